"""What is shown to people (阳光公示): pages made here, that need no script and load nothing from anywhere.

They show the figures of public facts; who signs in with a token sees those of their own divisions as well. A page is
made from the same sight of the copy as an answer below ``/v1``, so both always agree.
"""
