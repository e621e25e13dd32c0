"""Everything a measurement needs: services of its own, the data, callers with keys, and the servers.

State lives in `var/bench` (or below BENCH_VAR), apart from the demo's; loaded data is kept for the next run.
"""

from __future__ import annotations

import os
import pickle
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parent.parent
STATE = Path(os.environ.get("BENCH_VAR") or ROOT / "var" / "bench").absolute()

# Before Django is set up: the settings read these names, in this process and in the servers.
os.environ["MILLWRIGHT_VAR"] = str(STATE)
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
os.environ["ENVIRONMENT"] = "local"
os.environ["LOG_FORMAT"] = "json"
# One caller asks as often as it can here; the limit is for the others.
os.environ["API_RATE"] = "100000000/min"
for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "PORT"):
    os.environ.pop(name, None)

from config import children, embedded  # noqa: E402

if TYPE_CHECKING:
    import psycopg

    from tenancy.models import Member, Tenant

DISPATCHER = "dispatcher@bench.example"
PASSWORD = "millwright-bench"
# A caller may have eight event streams: this many people hold two hundred and something to spare.
VIEWERS = [f"Viewer {number:02}" for number in range(1, 31)]


@dataclass
class World:
    """Open while measuring. `keys`: bearer secrets by member name; the dispatcher's is the one requests are made with."""

    stack: ExitStack
    keys: dict[str, str] = field(default_factory=dict)
    servers: dict[str, tuple[int, list[subprocess.Popen[bytes]]]] = field(default_factory=dict)

    @property
    def tenant(self) -> Tenant:
        return self.member.tenant

    @cached_property
    def member(self) -> Member:
        return member_of("Dispatcher")

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.keys['Dispatcher']}", "Accept": "application/json"}

    def server(self, name: str, application: str, *, workers: int, environment: dict[str, str] | None = None) -> int:
        """The port of that many uvicorn processes sharing one listening socket, as `manage.py up` starts them."""
        if name in self.servers:
            return self.servers[name][0]
        listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # as config.supervisor does
        port = listener.getsockname()[1]
        argv = [
            *(sys.executable, "-m", "uvicorn", application, "--fd", str(listener.fileno())),
            *("--loop", "uvloop", "--http", "httptools", "--lifespan", "auto", "--timeout-graceful-shutdown", "2"),
            *("--no-access-log", "--no-server-header", "--no-proxy-headers", "--log-level", "warning"),
        ]
        started = []
        for number in range(workers):
            started.append(
                children.spawn(
                    argv,
                    log=STATE / "log" / f"bench-{name}-{number}.log",
                    env=dict(os.environ) | (environment or {}),
                    cwd=ROOT,
                    pass_fds=(listener.fileno(),),
                )
            )
            self.stack.callback(children.finish, started[-1], 15, 5)
        self.stack.callback(listener.close)
        self.servers[name] = (port, started)
        if not children.wait_until(lambda: answers(port), 60, 0.05):
            raise RuntimeError(f"{name} does not answer:\n{children.tail(STATE / 'log' / f'bench-{name}-0.log')}")
        return port

    def app(self) -> int:
        """Millwright with two web workers."""
        (STATE / "static").mkdir(exist_ok=True)
        return self.server("app", "config.asgi:application", workers=2)

    def bare(self, plan: dict[str, Any]) -> int:
        """The bare handler with two workers, told what to run."""
        path = STATE / "bare.pickle"
        path.write_bytes(pickle.dumps(plan))
        return self.server("bare", "bench.bare:app", workers=2, environment={"BENCH_BARE": str(path)})


def answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            return connection.recv(12).startswith(b"HTTP/1.1")
    except OSError:
        return False


@contextmanager
def opened() -> Iterator[World]:
    """Services up, database migrated and filled, keys made."""
    import psycopg

    with ExitStack() as stack:
        for service in (embedded.Postgres(STATE), embedded.Valkey(STATE)):
            stack.callback(service.stop)
            service.start()
        embedded.ensure_roles(STATE)
        subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], cwd=ROOT, check=True)
        import django

        django.setup()
        from bench import data

        with psycopg.connect(embedded.postgres_url("owner", state=STATE), autocommit=True) as owner:
            if not data.is_loaded(owner):
                began = time.monotonic()
                print("Loading 300,000 work orders ...", end=" ", flush=True)
                for slug in (data.LARGE, *data.SMALL):
                    make_tenant(slug, owner)
                data.load(owner)
                print(f"{time.monotonic() - began:.0f} s")
        world = World(stack)
        world.keys = make_keys()
        clean()
        try:
            yield world
        finally:
            from django.db import connections

            connections.close_all()


def clean() -> None:
    """Take away what earlier measurements reported, so that each run finds the same data."""
    import psycopg

    made = "SELECT id FROM workorders_workorder WHERE title LIKE 'Bench:%'"
    with psycopg.connect(embedded.postgres_url("owner", state=STATE), autocommit=True) as owner:
        below = owner.execute(
            "SELECT table_name FROM information_schema.columns WHERE column_name = 'work_order_id'"
            " AND table_name LIKE 'workorders\\_%'"
        ).fetchall()
        for (table,) in below:
            owner.execute(f"DELETE FROM {table} WHERE work_order_id IN ({made})")
        owner.execute("DELETE FROM workorders_comment WHERE text LIKE 'Bench:%'")
        if owner.execute("DELETE FROM workorders_workorder WHERE title LIKE 'Bench:%'").rowcount:
            owner.execute("VACUUM (ANALYZE)")


def make_tenant(slug: str, owner: psycopg.Connection) -> None:
    """A tenant as the sign-up page makes it, unless it is there."""
    from tenancy.actions.organisations import sign_up

    if not owner.execute("SELECT 1 FROM tenancy_tenant WHERE slug = %s", [slug]).fetchone():
        sign_up(organisation=slug, name="Admin", email=f"admin@{slug}.example", password=PASSWORD, slug=slug)


def tenant_id() -> Any:
    from bench import data

    return query_owner("SELECT id FROM tenancy_tenant WHERE slug = %s", [data.LARGE])[0][0]


def query_owner(statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    import psycopg

    with psycopg.connect(embedded.postgres_url("owner", state=STATE), autocommit=True) as owner:
        return owner.execute(statement, parameters).fetchall()


def member_of(name: str) -> Member:
    from core import context
    from tenancy.models import Member

    with context.use(tenant_id=tenant_id()), atomic():
        return Member.objects.select_related("role", "tenant").get(name=name)


def atomic() -> Any:
    from django.db import transaction

    return transaction.atomic()


def make_keys() -> dict[str, str]:
    """A new key for the dispatcher and for each viewer of the large tenant; keys of earlier runs are removed."""
    from core import context
    from tenancy.actions.keys import issue
    from tenancy.actions.organisations import make_user
    from tenancy.models import ApiKey, Member, Role

    tenant = tenant_id()
    keys: dict[str, str] = {}
    with context.use(tenant_id=tenant, source="bench"), atomic():
        ApiKey.objects.filter(tenant_id=tenant).delete()
        if not Member.objects.filter(tenant_id=tenant, name="Dispatcher").exists():
            user = make_user(DISPATCHER, PASSWORD, "Dispatcher", verified=True)
            role = Role.objects.get(tenant_id=tenant, key="dispatcher")
            Member.objects.create(tenant_id=tenant, user=user, role=role, name="Dispatcher", email=DISPATCHER)
        if not Member.objects.filter(tenant_id=tenant, name=VIEWERS[0]).exists():
            role = Role.objects.get(tenant_id=tenant, key="viewer")
            Member.objects.bulk_create(Member(tenant_id=tenant, role=role, name=name) for name in VIEWERS)
        people = Member.objects.filter(tenant_id=tenant, name__in=["Dispatcher", *VIEWERS]).select_related("role")
        for member in people:
            scopes = sorted(member.role.permissions)
            _, keys[member.name] = issue(member, kind=ApiKey.KEY, name="bench", scopes=scopes, expires_at=None, by=None)
    return keys
