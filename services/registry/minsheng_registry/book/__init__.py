"""What the registry is, without HTTP: projects, submissions, facts, changes, corrections, audit.

Every function takes the connection of a transaction, and where it writes the principal's name (`by`), the time
(`at`) and the id: nothing here asks a clock or a dice, so all of it can be run again.
"""
