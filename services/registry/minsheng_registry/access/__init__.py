"""Who may use the registry: API keys, kept in its database without their secrets."""
