"""The steps from the first schema to the present one, one file each; a released step is never edited."""
