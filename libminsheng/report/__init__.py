"""Figures and definitions shown: tables, notebook fragments, pages, sheets, files for other programs.

What is shown is never computed here, and nothing shown is loaded from anywhere.
"""
