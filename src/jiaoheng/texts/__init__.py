"""Documents as they are read: their characters, and the quantities written in them. Pure Python; knows no pages or
tables."""
