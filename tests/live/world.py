"""Two committed tenants with people in the shipped roles, their sessions and keys."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
import psycopg
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction

from core import context, events, redis
from core.ids import uuid7
from labor.models import Technician
from tenancy import access
from tenancy.models import ApiKey, Member, Role, Tenant, User
from tenancy.shipped import ROLES
from tests.live.process import database_url
from workorders import shipped
from workorders.actions.reporting import report
from workorders.models import WorkOrder

INSERT = (
    "INSERT INTO core_event (tenant_id, type, object_type, object_id, work_order_id, source, request_id, occurred_at,"
    " recorded_at, changes) VALUES (%s, %s, 'workorder', %s, %s, 'test', '', now(), now(), '{\"title\": [null, \"x\"]}')"
)


@dataclass
class House:
    """One tenant."""

    tenant: Tenant
    roles: dict[str, Role]
    members: dict[str, Member] = field(default_factory=dict)

    def inside(self) -> Any:
        return context.use(tenant_id=self.tenant.pk, source="test")

    def member(self, role: str, name: str = "") -> Member:
        """The member of that name, made when there is none."""
        name = name or role
        if name in self.members:
            return self.members[name]
        with self.inside(), transaction.atomic():
            login = f"{name}-{self.tenant.slug}"
            user = User.objects.create(username=login, email=f"{login}@example.org", password="!")
            member = Member.objects.create(
                tenant=self.tenant, user=user, role=self.roles[role], name=name, email=user.email
            )
            if role == "technician":
                Technician.objects.create(member=member, tenant=self.tenant)
        self.members[name] = member
        return member

    def cookie(self, member: Member) -> str:
        """A signed-in session of the member, as the header a browser sends."""
        assert member.user is not None
        session = SessionStore()
        session[SESSION_KEY] = str(member.user.pk)
        session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
        session[HASH_SESSION_KEY] = member.user.get_session_auth_hash()
        session.create()
        return f"Cookie: sessionid={session.session_key}"

    def key(self, member: Member, scopes: list[str]) -> tuple[str, ApiKey]:
        secret = secrets.token_urlsafe(32)
        with self.inside(), transaction.atomic():
            key = ApiKey.objects.create(
                tenant=self.tenant, name="test", member=member, prefix="test", scopes=scopes,
                secret_hash=access.secret_hash(secret),
            )  # fmt: skip
        return f"Authorization: Bearer {secret}", key

    def report(self, title: str = "Pump leaks", **fields: Any) -> WorkOrder:
        with self.inside(), transaction.atomic():
            return report(by=self.member("dispatcher"), title=title, **fields)

    def tell(self, work_order: WorkOrder | UUID, kind: str = "work_order.updated", number: int = 1) -> None:
        """Record events in one transaction, through the front door."""
        with self.inside(), transaction.atomic():
            row = work_order if isinstance(work_order, WorkOrder) else WorkOrder(pk=work_order, tenant=self.tenant)
            events.record_many([(kind, row, {"title": ["a", "secret words"]})] * number, by=self.member("dispatcher"))

    def writer(self) -> psycopg.Connection:
        """A connection of one's own with an open transaction in this tenant."""
        connection = psycopg.connect(database_url())
        connection.execute("SELECT set_config('app.tenant', %s, true)", [str(self.tenant.pk)])
        return connection

    def insert(self, connection: psycopg.Connection, work_order: UUID, kind: str) -> None:
        connection.execute(INSERT, [self.tenant.pk, kind, work_order, work_order])

    def wake(self) -> None:
        redis.client().publish(events.CHANNEL, orjson.dumps({"tenant": str(self.tenant.pk)}))


@dataclass
class World:
    pit: House
    campus: House

    @classmethod
    def make(cls) -> World:
        return cls(house("north-pit"), house("west-campus"))


def house(slug: str) -> House:
    tenant = Tenant(id=uuid7(), name=slug.title(), slug=slug, time_zone="UTC")
    with context.use(tenant_id=tenant.pk, source="test"), transaction.atomic():
        tenant.save(force_insert=True)
        roles = {
            key: Role.objects.create(tenant=tenant, key=key, name=name, permissions=permissions)
            for key, (name, permissions) in ROLES.items()
        }
        shipped.install(tenant)
    made = House(tenant, roles)
    for role in ROLES:
        made.member(role)
    return made
