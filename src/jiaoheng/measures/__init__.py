"""The floor of measures: indicators computed from snapshots."""
