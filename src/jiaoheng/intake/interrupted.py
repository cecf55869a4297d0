"""Interrupted: the database or the disk failed while files were taken in; what that means and what to do, in one sentence.

Changes when a new way of failing gets words of its own. Everything of an import is one transaction, so that nothing of it is stored.
"""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.utils.translation import gettext as _

__all__ = ["Interrupted", "in_clear_words"]

_OF_DATABASE = {"OperationalError", "InterfaceError"}
"""By name: Django's own, and the drivers', where rows are streamed to the server past Django."""
_FULL = {errno.ENOSPC, errno.EDQUOT}


class Interrupted(Exception):
    """An import that ended half-way, of which nothing is stored; says why and what to do."""


@contextmanager
def in_clear_words() -> Iterator[None]:
    """Raises: Interrupted in place of the database's and the operating system's own errors."""
    try:
        yield
    except OSError as error:
        raise Interrupted(_of_disk(error)) from error
    except Exception as error:
        if not _OF_DATABASE.isdisjoint(kind.__name__ for kind in type(error).__mro__):
            raise Interrupted(_of_database(str(error).strip())) from error
        raise


def _of_database(words: str) -> str:
    said = words.lower()
    if "locked" in said or "lock timeout" in said or "deadlock" in said:
        return _("Somebody else is storing, and the database did not become free in time. Nothing was stored. Import again in a minute.")
    if "disk is full" in said or "no space left" in said or "could not extend file" in said:
        return _("The disk of the database is full. Nothing was stored. Make room there, and import again.")
    if "readonly" in said or "read-only" in said:
        return _("The database may only be read. Nothing was stored. Give this program the right to write to it, and import again.")
    if "disk i/o" in said or "malformed" in said:
        return _(
            "The database cannot be read or written ({reason}). Nothing was stored. Check the disk; restore a backup if need be."
        ).format(reason=words.splitlines()[0])
    return _("The database went away during the import. Nothing was stored. See that it runs and can be reached, and import again.")


def _of_disk(error: OSError) -> str:
    if error.errno in _FULL:
        return _("The disk is full. Nothing was stored. Make room in the data folder and for temporary files, and import again.")
    reason = error.strerror or type(error).__name__
    if error.filename:
        return _("{file} cannot be read or written: {reason}. Nothing was stored. Mend that, and import again.").format(
            file=Path(str(error.filename)).name, reason=reason
        )
    return _("The files cannot be read or written: {reason}. Nothing was stored. Mend that, and import again.").format(reason=reason)
