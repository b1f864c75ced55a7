"""What both services speak HTTP with: refusals, pages, tokens, forms of answers, documents. No meaning of any figure."""
