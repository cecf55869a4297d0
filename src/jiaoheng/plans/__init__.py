"""The floor of plans: the goals of a year."""
