"""For machines that watch: `/healthz` (the process answers), `/readyz` (it can do its work), `/metrics` (how it does).

Answers name what is wrong in one word and never how it is set up.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable
from functools import cache
from ipaddress import ip_address
from typing import Any

import structlog
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError

from core import context, outbox, redis
from core import metrics as figures
from core.live_reader import SETTLED
from core.shell.environ import FORWARDED

HEARTBEAT_KEY = "mw:worker:heartbeat"
HEARTBEAT_OLD = 20.0
QUEUE = "celery"
PROXY_SIGNS = (FORWARDED, "HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_VIA", "HTTP_X_REAL_IP")

log = structlog.get_logger(__name__)
Check = Callable[[], dict[str, Any]]


class NotReadyError(Exception):
    """One word or short phrase that says what is missing."""


@require_safe
@transaction.non_atomic_requests
def healthz(request: HttpRequest) -> HttpResponse:
    """The process takes requests and answers them; nothing else is touched."""
    return JsonResponse({"status": "ok"})


@require_safe
@transaction.non_atomic_requests
def readyz(request: HttpRequest) -> HttpResponse:
    """503 with the failing checks until the whole system can serve."""
    checks: dict[str, Check] = {
        "database": check_database,
        "migrations": check_migrations,
        "broker": check_broker,
        "worker": check_worker,
    }
    results = {name: run(name, check) for name, check in checks.items()}
    ready = all(result["ok"] for result in results.values())
    body = {"status": "ready" if ready else "not ready", "checks": results}
    response = JsonResponse(body, status=200 if ready else 503, headers={} if ready else {"Retry-After": "2"})
    response._has_been_logged = True  # type: ignore[attr-defined]  # the access line says it
    return response


def run(name: str, check: Check) -> dict[str, Any]:
    started = time.perf_counter()
    try:
        result = {"ok": True, **check()}
    except NotReadyError as problem:
        result = {"ok": False, "problem": str(problem)}
    except (DatabaseError, RedisError, OSError) as error:
        log.warning("not_ready", check=name, error=type(error).__name__)
        if isinstance(error, DatabaseError):
            connection.close()
        result = {"ok": False, "problem": "no answer"}
    return result | {"ms": round((time.perf_counter() - started) * 1000, 1)}


def check_database() -> dict[str, Any]:
    """Reached, and under a role for which row-level security holds: no superuser, not the owner of the tables."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper OR rolbypassrls, EXISTS (SELECT 1 FROM pg_class WHERE relowner = r.oid AND relkind = 'r')"
            " FROM pg_roles r WHERE rolname = current_user"
        )
        mighty, owner = cursor.fetchone()
    if mighty:
        raise NotReadyError("the role bypasses row-level security")
    if owner:
        raise NotReadyError("the role owns tables")
    return {}


@cache
def wanted_migrations() -> frozenset[tuple[str, str]]:
    """Every migration on disk that an up-to-date database has applied. What is on disk does not change under a process."""
    loader = MigrationLoader(None)
    return frozenset(loader.disk_migrations) - {
        replaced for migration in loader.replacements.values() for replaced in migration.replaces
    }


def check_migrations() -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations")
        applied = set(cursor.fetchall())
    pending = wanted_migrations() - applied
    if pending:
        raise NotReadyError(f"{len(pending)} migrations are not applied")
    return {}


def check_broker() -> dict[str, Any]:
    redis.client().ping()
    return {}


def check_worker() -> dict[str, Any]:
    value = redis.client().get(HEARTBEAT_KEY)
    if value is None:
        raise NotReadyError("no worker has been heard of")
    age = time.time() - float(value)
    if age > HEARTBEAT_OLD:
        raise NotReadyError(f"the last heartbeat is {age:.0f} seconds old")
    return {"ageSeconds": round(max(age, 0.0), 1)}


@require_safe
@transaction.non_atomic_requests
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' text; for the holder of METRICS_TOKEN, or without one for this machine itself."""
    if not may_scrape(request):
        return HttpResponse("Permission denied.\n", status=403, content_type="text/plain; charset=utf-8")
    sources = [
        ("millwright_outbox_lag_seconds", "Age of the oldest event that a consumer has not read.", outbox_lag),
        ("millwright_queue_depth", "Tasks that wait in the broker.", queue_depth),
        ("process_resident_memory_bytes", "Memory of the process that answered.", figures.resident_bytes),
    ]
    return HttpResponse(figures.render(sources), content_type=figures.CONTENT_TYPE)


def may_scrape(request: HttpRequest) -> bool:
    token: str = settings.METRICS_TOKEN
    if token:
        offered = request.headers.get("Authorization", "")
        return hmac.compare_digest(offered.encode(), f"Bearer {token}".encode())
    # A proxy on this machine makes the whole world look local.
    if settings.TRUSTED_PROXY or any(sign in request.META for sign in PROXY_SIGNS):
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def queue_depth() -> float | None:
    try:
        return float(redis.client().llen(QUEUE))
    except RedisError:
        return None


def outbox_lag() -> float | None:
    """Seconds since the oldest unread event of any tenant was written; 0 when every consumer is level."""
    consumers = outbox.consumers()
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT core_tenants_behind(%s)", [consumers])
            tenants = [row[0] for row in cursor.fetchall()]
        oldest = 0.0
        for tenant in tenants[:50]:
            with context.use(tenant_id=tenant, source="metrics"), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(
                    "SELECT max(extract(epoch FROM now() - unread.recorded_at))::float FROM core_consumercursor c,"
                    " LATERAL (SELECT recorded_at FROM core_event e WHERE e.tenant_id = c.tenant_id"
                    f"  AND (e.txid, e.seq) > (c.txid, c.seq) AND e.{SETTLED}"
                    "  ORDER BY e.tenant_id, e.txid, e.seq LIMIT 1) unread"
                    " WHERE c.tenant_id = %s AND c.consumer = ANY(%s)",
                    [tenant, consumers],
                )
                oldest = max(oldest, cursor.fetchone()[0] or 0.0)
        return oldest
    except DatabaseError:
        return None
