"""The built-in packs: folders of definitions with their own cases (TOML), no code."""
