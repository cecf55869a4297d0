"""The floor of registers: what exists, typed."""
