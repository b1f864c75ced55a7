"""Speed as ratios: each bench runs ours and a yardstick side by side on the same data."""
