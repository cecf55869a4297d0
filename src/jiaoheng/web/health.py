"""Health: the address that a monitor asks.

Changes when what counts as healthy changes.
"""

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache

from jiaoheng import __version__

__all__ = ["health"]


@login_not_required
@never_cache
def health(request: HttpRequest) -> JsonResponse:
    """200 where the database answers, 503 where it does not. Says nothing that an outsider could use."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"status": "unavailable", "database": "no answer"}, status=503)
    return JsonResponse({"status": "ok", "database": "ok", "version": __version__})
