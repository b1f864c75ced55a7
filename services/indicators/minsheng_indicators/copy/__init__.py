"""The copy of the registry's facts: kept up to date, summed once, and asked for figures."""
