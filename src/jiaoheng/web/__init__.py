"""The floor of web: pages; no rules of their own."""
