"""The floor of intake: workbooks become checked rows of registers."""
