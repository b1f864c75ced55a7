"""Tables on their way out, some rows at a time: never whole in memory, and never whole to look at when they are not."""
