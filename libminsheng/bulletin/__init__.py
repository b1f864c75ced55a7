"""Figures in prose: reading a bulletin's quantities, matching them to measures, checking them together."""
