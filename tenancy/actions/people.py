"""Invite and join; roles, scopes, leaving."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from core import context, events, writing
from core.errors import Conflict, Invalid, NotFound, PermissionDenied
from core.ids import uuid7
from tenancy import provisioning
from tenancy.access import secret_hash
from tenancy.actions.organisations import EMAIL_LENGTH, login_problems, make_user
from tenancy.models import ApiKey, Department, DepartmentScope, Invitation, Member, Role, User
from tenancy.permissions import PERMISSIONS, require

INVITATION_DAYS = 7


def invitation_token(invitation: Invitation) -> str:
    """The link's secret. It is derived, not stored, so that the mail can be sent after the commit, and again."""
    return salted_hmac("millwright.invitation", f"{invitation.pk}:{invitation.email}", algorithm="sha256").hexdigest()


def invitation_link(invitation: Invitation) -> str:
    return f"{settings.BASE_URL}/join/{invitation_token(invitation)}"


@transaction.atomic
def invite(*, by: Member, email: str, role: Role, name: str = "") -> Invitation:
    """Ask somebody in. The mail goes out after the commit (consumer `invitation_mail`)."""
    require(by, "member.manage")
    email = email.strip().lower()
    problems = {}
    try:
        validate_email(email)
    except ValidationError:
        problems["email"] = "Enter an e-mail address."
    else:
        if len(email) > EMAIL_LENGTH:
            problems["email"] = f"An address has at most {EMAIL_LENGTH} characters."
        elif Member.objects.filter(
            tenant_id=by.tenant_id, email__iexact=email, user__isnull=False, is_active=True
        ).exists():
            problems["email"] = "This person is a member already."
    if role.tenant_id != by.tenant_id:
        problems["role"] = "There is no such role."
    if problems:
        raise Invalid(problems)
    refuse_escalation(by, role.permissions)
    Invitation.objects.filter(tenant_id=by.tenant_id, email__iexact=email, accepted_at=None, revoked_at=None).update(
        revoked_at=timezone.now()
    )
    invitation = Invitation(
        id=uuid7(), tenant_id=by.tenant_id, email=email, name=name.strip()[:150], role=role, invited_by=by,
        expires_at=timezone.now() + dt.timedelta(days=INVITATION_DAYS),
    )  # fmt: skip
    invitation.token_hash = secret_hash(invitation_token(invitation))
    invitation.save(force_insert=True)
    events.record("member.invited", invitation, by=by, changes={"email": [None, email], "role": [None, role.key]})
    return invitation


@transaction.atomic
def revoke_invitation(invitation: Invitation, *, by: Member | None) -> None:
    require(by, "member.manage")
    done = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None).update(
        revoked_at=timezone.now()
    )
    if not done:
        raise Conflict("This invitation was accepted or revoked already.", code="used")
    events.record("member.invitation_revoked", invitation, by=by)


def find_invitation(token: str) -> Invitation:
    """The open invitation behind a link; works without a tenant. `NotFound` for any other token."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenant_id, invitation_id FROM tenancy_invitation(%s)", [secret_hash(token)])
        row = cursor.fetchone()
    if row is None:
        raise NotFound(
            "This invitation was used, revoked, or is older than a week. Ask for a new one.",
            headline="Invitation not found",
        )
    with context.use(tenant_id=row[0]), transaction.atomic():
        return Invitation.objects.select_related("tenant", "role").get(pk=row[1])


@transaction.atomic
def accept_invitation(token: str, *, user: User | None = None, name: str = "", password: str = "") -> Member:
    """Join: with a login one has (`user`, whose address must be the invited one) or a new one. Works once."""
    invitation = find_invitation(token)
    if user is None and User.objects.filter(email__iexact=invitation.email).exists():
        raise Conflict(
            "You have an account with this address: sign in, then open the link again.", code="sign_in_first"
        )
    if user is not None and user.email.lower() != invitation.email.lower():
        raise Conflict(
            f"This invitation is for {invitation.email}. Sign out and open the link again.", code="other_address"
        )
    with context.use(tenant_id=invitation.tenant_id):
        invitation = writing.lock(invitation)
        if invitation.accepted_at or invitation.revoked_at:
            raise NotFound("This invitation was used already.", headline="Invitation not found")
        name = (name or invitation.name or (str(user) if user else "")).strip()
        if user is None:
            problems = login_problems(invitation.email, password, name)
            if not name:
                problems["name"] = "What is your name?"
            if problems:
                raise Invalid(problems)
            user = make_user(invitation.email, password, name, verified=True)
        member = Member.objects.filter(
            tenant_id=invitation.tenant_id, email__iexact=invitation.email
        ).first() or Member(id=uuid7(), tenant_id=invitation.tenant_id, email=invitation.email)
        member.user, member.role, member.name, member.is_active = user, invitation.role, name[:150], True
        try:
            with transaction.atomic():
                member.save()
        except IntegrityError:
            raise Conflict("You are a member of this organisation already.", code="member") from None
        invitation.accepted_at, invitation.accepted_by = timezone.now(), member
        invitation.save(update_fields=["accepted_at", "accepted_by"])
        events.record("member.joined", member, by=member, changes={"role": [None, invitation.role.key]})
        provisioning.welcome(member)
    return member


@transaction.atomic
def add_member(*, by: Member, name: str, role: Role, email: str = "") -> Member:
    """A person without a login: a helper, a contractor. An invitation to the same address gives them one."""
    require(by, "member.manage")
    member = Member(id=uuid7(), tenant_id=by.tenant_id, name=name.strip(), role=role, email=email.strip().lower())
    writing.same_tenant(member, "role")
    refuse_escalation(by, role.permissions)
    writing.check(member)
    member.save(force_insert=True)
    events.record("member.joined", member, by=by, changes={"role": [None, role.key]})
    provisioning.welcome(member)
    return member


def refuse_escalation(by: Member | None, permissions: Sequence[str]) -> None:
    """Nobody gives away more than they hold."""
    if by is not None and (more := sorted(set(permissions) - by.permissions)):
        raise PermissionDenied(more[0], f"You cannot give “{more[0]}”, because you do not hold it yourself.")


@transaction.atomic
def change_member(
    member: Member, *, by: Member | None, changes: Mapping[str, Any], expected_version: int | None = None
) -> Member:
    """Name, role, scoped, active. One's own role is changed by somebody else; the last administrator stays one."""
    member = writing.lock(member, expected_version=expected_version)
    own_name = by is not None and by.pk == member.pk and set(changes) <= {"name"}
    if not own_name:
        require(by, "member.manage")
    if by is not None and by.pk == member.pk and set(changes) & {"role", "scoped", "is_active"}:
        raise Conflict("Somebody else must change your own role, scope or membership.", code="own_membership")
    if by is not None and member.role.permissions and set(changes) & {"role", "is_active"}:
        refuse_escalation(by, member.role.permissions)
    if role := changes.get("role"):
        refuse_escalation(by, role.permissions)
    told = writing.apply(
        member, {key: changes[key] for key in ("name", "role", "scoped", "is_active") if key in changes}
    )
    writing.same_tenant(member, "role")
    writing.check(member)
    if not told:
        return member
    try:
        with transaction.atomic():
            writing.save(member, told)
    except IntegrityError as error:
        if "the last administrator stays" not in str(error):
            raise
        raise Conflict("The last administrator stays: name another one first.", code="last_administrator") from None
    if told.get("is_active") == [True, False]:
        ApiKey.objects.filter(member=member, revoked_at=None).update(revoked_at=timezone.now())
        events.record("member.deactivated", member, by=by, changes=told)
    else:
        events.record("member.updated", member, by=by, changes=told)
        if "role" in told:
            provisioning.welcome(member)
    return member


@transaction.atomic
def set_departments(member: Member, *, by: Member | None, departments: Sequence[Department]) -> None:
    """The departments a scoped member sees. Places are set by `assets.actions.set_places`."""
    require(by, "member.manage")
    if any(department.tenant_id != member.tenant_id for department in departments):
        raise Invalid({"departments": "There is no such department."})
    DepartmentScope.objects.filter(member=member).delete()
    DepartmentScope.objects.bulk_create(
        DepartmentScope(tenant_id=member.tenant_id, member=member, department=department) for department in departments
    )
    events.record("member.scope_changed", member, by=by)


@transaction.atomic
def save_role(
    *, by: Member, name: str, permissions: Sequence[str], role: Role | None = None, expected_version: int | None = None
) -> Role:
    """Create or edit a role. The administrator's keeps every permission; nobody bundles more than they hold."""
    require(by, "role.manage")
    if unknown := sorted(set(permissions) - PERMISSIONS.keys()):
        raise Invalid({"permissions": f"Unknown permission: {', '.join(unknown)}."})
    if role is None:
        taken = Role.objects.filter(tenant_id=by.tenant_id).values_list("key", flat=True)
        role = Role(id=uuid7(), tenant_id=by.tenant_id, key=writing.slug_key(name, taken), name=name.strip())
        role.permissions = sorted(set(permissions))
        refuse_escalation(by, role.permissions)
        writing.check(role)
        role.save(force_insert=True)
        events.record("role.created", role, by=by, changes={"permissions": [[], role.permissions]})
        return role
    role = writing.lock(role, expected_version=expected_version)
    if role.is_admin and set(permissions) != PERMISSIONS.keys():
        raise Conflict("The administrator's role keeps every permission.", code="admin_role")
    refuse_escalation(by, sorted(set(permissions) ^ set(role.permissions)))
    if by.role_id == role.pk and not role.is_admin and set(permissions) - set(role.permissions):
        raise Conflict("Somebody else must widen your own role.", code="own_role")
    told = writing.apply(role, {"name": name.strip(), "permissions": sorted(set(permissions))})
    writing.check(role)
    if told:
        writing.save(role, told)
        events.record("role.updated", role, by=by, changes=told)
    return role


@transaction.atomic
def delete_role(role: Role, *, by: Member | None) -> None:
    role = writing.lock(role)
    require(by, "role.manage")
    if role.is_admin:
        raise Conflict("The administrator's role stays.", code="admin_role")
    if role.members.exists() or Invitation.objects.filter(role=role, accepted_at=None, revoked_at=None).exists():
        raise Conflict("Members or open invitations have this role: give them another first.", code="role_in_use")
    events.record("role.deleted", role, by=by, changes={"name": [role.name, None]})
    role.delete()
