"""The floor of plans: the goals of a year, and the reading of work plans."""
