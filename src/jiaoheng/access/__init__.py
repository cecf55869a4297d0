"""The floor of access: accounts, roles, scope."""
