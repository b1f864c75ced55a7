"""Who is calling, and what they may do: tokens, scopes, divisions, rates. Nothing is open that does not say so."""
