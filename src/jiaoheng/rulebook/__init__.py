"""The floor of rulebook: policy as data."""
