"""The floor of ledgers: tables of what happens, defined by the bureau, and their clocks."""
