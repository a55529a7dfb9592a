"""Is this process ready to serve? Asked by start scripts, the proxy and whoever watches the machine."""

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from council.models import Council

_known = {"migrated": False}  # once seen it stays true for the life of this process


def what_is_missing() -> str:
    """Name the first thing that is not ready, or give an empty string: database, migrations, demonstration."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        if not _known["migrated"]:
            executor = MigrationExecutor(connection)
            if executor.migration_plan(executor.loader.graph.leaf_nodes()):
                return "migrations"
            _known["migrated"] = True
        if settings.DEMO and not Council.objects.filter(is_demo=True).exists():
            return "demonstration"
    except DatabaseError:
        return "database"
    return ""


@never_cache
@require_safe
def healthz(request):
    """200 when the migrations are applied and, with DEMO=1, the demonstration council is loaded; else 503."""
    missing = what_is_missing()
    if missing:
        return JsonResponse({"status": "waiting", "for": missing}, status=503)
    return JsonResponse({"status": "ok"})
