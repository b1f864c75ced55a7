"""Noise that learns: coverage-guided fuzzing of what reads texts and files from strangers."""
