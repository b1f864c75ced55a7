"""The registry: livelihood projects, and what was reported for them, with the whole history of both.

``storage`` keeps rows in SQLite or PostgreSQL; ``book`` is what the registry is, as functions that take a
connection, a principal's name, a time and ids, and do one thing each.
"""
