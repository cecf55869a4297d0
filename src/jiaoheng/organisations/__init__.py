"""The floor of organisations: the tree everything hangs on; school years."""
