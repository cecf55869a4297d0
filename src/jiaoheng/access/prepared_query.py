"""Prepared query: a query that is asked again and again with other texts: Django puts its SQL together once, which costs more than asking.

Changes when Django's compiler of queries does.
"""

from collections.abc import Callable
from copy import copy
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, models
from django.db.models.query import ModelIterable

__all__ = ["PreparedQuery"]


M = TypeVar("M", bound=models.Model)


class _Asked(str):
    """Stands in the query for a text that is given later, by its name."""


class PreparedQuery(Generic[M]):
    """`PreparedQuery(lambda code: Organisation.objects.filter(code=code), "code").rows(code="1001")`.

    A text stands for itself alone: it is compared as it is, with «exact». Raises on its first use: ValueError where it is not so.
    """

    def __init__(self, make: Callable[..., "models.QuerySet[M]"], *names: str) -> None:
        self._make, self._names = make, names
        self._compiled: dict[str, tuple[Any, str, tuple[Any, ...]]] = {}

    def rows(self, **texts: str) -> list[M]:
        """What the query gives for these texts."""
        compiler, sql, places = self._compiled.get(connection.vendor) or self._put_together()
        compiler = copy(compiler)  # another thread may be asking
        compiler.connection = connection
        said = sql, tuple(texts[place] if type(place) is _Asked else place for place in places)
        compiler.as_sql = lambda *_with, **_named: said
        asked: Any = models.QuerySet(compiler.query.model, copy(compiler.query), DEFAULT_DB_ALIAS)
        asked.query.get_compiler = lambda *_with, **_named: compiler
        return list(ModelIterable(asked))

    def _put_together(self) -> tuple[Any, str, tuple[Any, ...]]:
        query = self._make(**{name: _Asked(name) for name in self._names}).query
        compiler = query.get_compiler(DEFAULT_DB_ALIAS)
        sql, places = compiler.as_sql()
        if {str(place) for place in places if type(place) is _Asked} != set(self._names):
            raise ValueError(f"a text is not compared as it is: {sql}")
        self._compiled[connection.vendor] = compiler, sql, tuple(places)
        return self._compiled[connection.vendor]
