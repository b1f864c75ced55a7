"""The words of every message, in Chinese and English: one TOML file for each part of the library."""
