"""What a number means: measures, indicators, formulas, packs, the catalogue."""
