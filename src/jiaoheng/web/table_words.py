"""Table words: what the tables of a snapshot and their columns are called, those of ledgers too.

Changes when a table is called otherwise.
"""

from jiaoheng.rulebook.tables import load_tables
from jiaoheng.web.current_snapshot import catalogue
from jiaoheng.web.words import field_label, in_language, register_label

__all__ = ["column_label", "table_label"]


def table_label(name: str) -> str:
    """What a table of a snapshot is called."""
    tables = {**load_tables(), **catalogue().tables}
    return in_language(tables[name].label) if name in tables else register_label(name)


def column_label(table: str, name: str) -> str:
    """What a column of a table is called."""
    tables = catalogue().tables
    rule = tables[table].columns.get(name) if table in tables else None
    return in_language(rule.label) if rule else field_label(name)
