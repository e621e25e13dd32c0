"""From a login or a key to the member who acts: one query, before any tenant is known.

The two SQL functions behind this run with the owner's rights, because row-level security shows nothing until a tenant is
set. They are asked with a user id from the session or with the hash of a secret, and answer nothing else.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from core import context
from core.context import Context
from core.db.prepared import read
from tenancy.models import ApiKey, Member, Role, Tenant, User

COLUMNS = (
    "member_id, member_name, member_email, scoped, is_default, member_version, role_id, role_key, role_name, permissions,"
    " tenant_id, tenant_name, slug, currency, time_zone, catalogue_version, user_id, username, user_email"
)
# The same round trip tells the transaction whose it is.
KEY_COLUMNS = [*COLUMNS.split(", "), "key_id", "kind", "scopes", "last_used_at"]
KEY_SQL = (
    f"SELECT {', '.join(KEY_COLUMNS)}, set_config('app.tenant', tenant_id::text, true),"
    " set_config('app.actor', member_id::text, true), set_config('app.user', coalesce(user_id::text, ''), true),"
    " set_config('app.source', %s, true), set_config('app.request', %s, true) FROM tenancy_key(%s)"
)


@dataclass(frozen=True, slots=True)
class KeyAccess:
    """What a secret opens: the member (permissions already narrowed to the key's scopes) and the key's row."""

    member: Member
    user: User
    key_id: UUID
    kind: str
    used_recently: bool


def secret_hash(secret: str) -> str:
    """Keys carry 256 random bits, so a plain SHA-256 is enough and is one index look-up."""
    return hashlib.sha256(secret.encode()).hexdigest()


def rows(sql: str, params: list[Any]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def memberships(user_id: UUID) -> list[Member]:
    """The active memberships of a login, default first, each with its tenant and role; no tenant need be set."""
    return [build(row) for row in rows(f"SELECT {COLUMNS} FROM tenancy_memberships(%s)", [user_id])]


def choose(members: list[Member], slug: str | None) -> Member | None:
    """The membership in the tenant named, or the default one. None when the login has none there."""
    if slug:
        return next((member for member in members if member.tenant.slug == slug), None)
    return members[0] if members else None


def by_secret(secret: str) -> KeyAccess | None:
    """The caller behind a key, or None when it is unknown, expired, revoked or its person was deactivated."""
    if not secret or len(secret) > 200 or not secret.isascii():
        return None
    here = context.current()
    found = read(KEY_SQL, [here.source, here.request_id, secret_hash(secret)])
    if not found:
        return None
    row = dict(zip(KEY_COLUMNS, found[0], strict=False))
    member = build(row)
    told = Context(row["tenant_id"], row["member_id"], row["user_id"], here.source, here.request_id)
    connection.heard(told.settings())  # type: ignore[attr-defined]
    if row["kind"] == ApiKey.KEY:
        member.narrowed_to(row["scopes"])
    user = User(id=row["user_id"], username=row["username"] or "", email=row["user_email"] or "")
    last = row["last_used_at"]
    return KeyAccess(
        member, user, row["key_id"], row["kind"], bool(last and (timezone.now() - last).total_seconds() < 60)
    )


def build(row: dict[str, Any]) -> Member:
    tenant = Tenant(
        id=row["tenant_id"],
        name=row["tenant_name"],
        slug=row["slug"],
        currency=row["currency"],
        time_zone=row["time_zone"],
        catalogue_version=row["catalogue_version"],
    )
    role = Role(
        id=row["role_id"],
        tenant_id=row["tenant_id"],
        key=row["role_key"],
        name=row["role_name"],
        permissions=row["permissions"],
    )
    member = Member(
        id=row["member_id"],
        name=row["member_name"],
        email=row["member_email"],
        scoped=row["scoped"],
        is_default=row["is_default"],
        version=row["member_version"],
        user_id=row["user_id"],
    )
    member.tenant, member.role = tenant, role
    for made in (tenant, role, member):
        made._state.adding = False
        made._state.db = "default"
    return member
