"""API keys and sign-in tokens: shown once, stored as a hash, never more than their member may."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from core import context, events, writing
from core.errors import Conflict, Invalid
from tenancy import access
from tenancy.actions.people import refuse_escalation
from tenancy.models import ApiKey, Member
from tenancy.permissions import PERMISSIONS, may, require

LOGIN_HOURS = 12


@transaction.atomic
def create_key(
    *, by: Member, name: str, scopes: Sequence[str], member: Member | None = None, expires_at: dt.datetime | None = None
) -> tuple[ApiKey, str]:
    """A key that acts as `member` (default: oneself) within `scopes`; returns the row and the secret, shown only now."""
    require(by, "key.manage")
    member = member or by
    problems = {}
    if not name.strip() or len(name) > 80:
        problems["name"] = "Name the program that will use the key, in at most 80 characters."
    if unknown := sorted(set(scopes) - PERMISSIONS.keys()):
        problems["scopes"] = f"Unknown permission: {', '.join(unknown)}."
    elif not scopes:
        problems["scopes"] = "Choose at least one permission."
    if expires_at is not None and expires_at <= timezone.now():
        problems["expires_at"] = "The expiry lies in the past."
    if member.tenant_id != by.tenant_id or not member.is_active:
        problems["member"] = "Choose an active member."
    if problems:
        raise Invalid(problems)
    refuse_escalation(by, list(set(scopes)))
    return issue(member, kind=ApiKey.KEY, name=name.strip(), scopes=sorted(set(scopes)), expires_at=expires_at, by=by)


def issue(
    member: Member, *, kind: str, name: str, scopes: list[str], expires_at: dt.datetime | None, by: Member | None
) -> tuple[ApiKey, str]:
    secret = f"mw_{secrets.token_urlsafe(32)}"
    key = ApiKey.objects.create(
        tenant_id=member.tenant_id, kind=kind, name=name, member=member, prefix=secret[:9],
        secret_hash=access.secret_hash(secret), scopes=scopes, expires_at=expires_at, created_by=by,
    )  # fmt: skip
    events.record("key.created", key, by=by, changes={"name": [None, name], "kind": [None, kind]})
    return key, secret


@transaction.atomic
def sign_in_token(member: Member) -> tuple[ApiKey, str]:
    """What `auth/login` answers: everything the member may, for twelve hours."""
    expires = timezone.now() + dt.timedelta(hours=LOGIN_HOURS)
    return issue(member, kind=ApiKey.LOGIN, name="Sign-in", scopes=[], expires_at=expires, by=member)


@transaction.atomic
def revoke_key(key: ApiKey, *, by: Member | None) -> None:
    key = writing.lock(key)
    if by is None or key.member_id != by.pk or (key.kind == ApiKey.KEY and not may(by, "key.manage")):
        require(by, "key.manage")
    if key.revoked_at:
        raise Conflict("This key was revoked already.", code="revoked")
    key.revoked_at = timezone.now()
    key.save(update_fields=["revoked_at"])
    events.record("key.revoked", key, by=by, changes={"name": [key.name, None]})


def end_tokens_of_user(user_id: UUID) -> None:
    """After a password changed: sign-in tokens end in every tenant of the login."""
    for member in access.memberships(user_id):
        with context.use(tenant_id=member.tenant_id, actor_id=member.pk), transaction.atomic():
            ApiKey.objects.filter(member_id=member.pk, kind=ApiKey.LOGIN, revoked_at=None).update(
                revoked_at=timezone.now()
            )
