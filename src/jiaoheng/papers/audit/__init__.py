"""The audit of any document's arithmetic."""
