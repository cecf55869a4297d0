"""The floor of texts: documents read: their characters and the quantities written in them."""
