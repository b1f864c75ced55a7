"""Rows on disk: tables, transactions, migrations, bulk writing. Knows nothing of what they mean."""
