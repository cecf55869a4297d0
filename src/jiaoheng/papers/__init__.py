"""Reports whose figures are looked up, and the audit of anybody's report."""
