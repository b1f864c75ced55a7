"""The nouns of the field: divisions, periods, units, domains, programme kinds."""
