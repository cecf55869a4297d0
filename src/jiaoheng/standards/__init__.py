"""The floor of standards: verdicts from measures."""
