"""Joint papers 合写公文: papers that offices write together in the browser, from a template and one snapshot, until a leader signs."""
