"""The floor of papers: documents whose figures are looked up, and the audit of any document."""
