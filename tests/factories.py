"""Valid rows for tests: plain functions, each working inside its tenant whatever the context of the caller.

Longer histories of work orders are made by the actions themselves (`advance`), so that logs and events are there too.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from itertools import count
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction

from assets.models import Asset, Category, Location, LocationScope
from core import context
from inventory.models import Part, PartCategory
from labor.models import Crew, CrewMembership, Technician
from tenancy import access
from tenancy.models import ApiKey, Department, DepartmentScope, Member, Role, Tenant, User
from tenancy.permissions import PERMISSIONS
from tenancy.shipped import ROLES
from workorders import actions
from workorders.choices import Meaning
from workorders.models import Comment, FailureCode, JobPlan, PartLine, WorkOrder
from workorders.shipped import install

PASSWORD = "correct horse battery"
_number = count(1)


@contextmanager
def inside(tenant: Tenant, **changes: Any) -> Iterator[None]:
    """A transaction in which row-level security shows this tenant."""
    with context.use(tenant_id=tenant.pk, **changes), transaction.atomic():
        yield


def make_tenant(name: str = "", *, slug: str = "", time_zone: str = "UTC", currency: str = "EUR") -> Tenant:
    """A tenant with the shipped roles, statuses, transitions, priorities and types; nobody in it yet."""
    number = next(_number)
    tenant = Tenant(
        name=name or f"Tenant {number}", slug=slug or f"tenant-{number}", time_zone=time_zone, currency=currency
    )
    with inside(tenant):
        tenant.save(force_insert=True)
        for key, (label, permissions) in ROLES.items():
            Role.objects.create(tenant=tenant, key=key, name=label, permissions=permissions, is_admin=key == "admin")
        install(tenant)
        tenant.refresh_from_db()
    return tenant


def make_role(tenant: Tenant, permissions: Iterable[str], *, key: str = "") -> Role:
    """A role of the tenant's own with exactly these permissions."""
    number = next(_number)
    with inside(tenant):
        return Role.objects.create(
            tenant=tenant, key=key or f"role-{number}", name=f"Role {number}", permissions=list(permissions)
        )


def make_user(email: str = "", *, password: str = PASSWORD, username: str = "") -> User:
    number = next(_number)
    email = email or f"person{number}@example.com"
    return User.objects.create(username=username or email, email=email, password=make_password(password))


def make_member(
    tenant: Tenant,
    role: str | Role = "technician",
    *,
    name: str = "",
    email: str = "",
    user: User | None = None,
    login: bool = True,
    scoped: bool = False,
    places: Iterable[Location] = (),
    departments: Iterable[Department] = (),
    is_active: bool = True,
) -> Member:
    """A person with a login (unless `login=False`); with the shipped role "technician" they get a technician profile too."""
    number = next(_number)
    with inside(tenant):
        found = role if isinstance(role, Role) else Role.objects.get(tenant=tenant, key=role)
        if user is None and login:
            user = make_user(email)
        member = Member.objects.create(
            tenant=tenant,
            role=found,
            user=user,
            name=name or f"{found.name} {number}",
            email=email or (user.email if user else ""),
            scoped=scoped,
            is_active=is_active,
        )
        for place in places:
            LocationScope.objects.create(tenant=tenant, member=member, location=place)
        for department in departments:
            DepartmentScope.objects.create(tenant=tenant, member=member, department=department)
        if found.key == "technician":
            Technician.objects.create(member=member, tenant=tenant, trade="Fitter", hourly_rate=50)
    return member


def make_technician(tenant: Tenant, **options: Any) -> Technician:
    """A member with the technician's role and profile; the profile is returned (`.member` is the person)."""
    member = make_member(tenant, "technician", **options)
    with inside(tenant):
        return Technician.objects.select_related("member__role", "member__tenant").get(pk=member.pk)


def make_crew(tenant: Tenant, technicians: Iterable[Technician | Member] = (), *, name: str = "") -> Crew:
    with inside(tenant):
        crew = Crew.objects.create(tenant=tenant, name=name or f"Crew {next(_number)}")
        for person in technicians:
            CrewMembership.objects.create(tenant=tenant, crew=crew, technician_id=person.pk)
    return crew


def make_department(tenant: Tenant, *, name: str = "") -> Department:
    with inside(tenant):
        return Department.objects.create(tenant=tenant, name=name or f"Department {next(_number)}")


def make_location(
    tenant: Tenant, *, name: str = "", kind: str = "site", parent: Location | None = None, **fields: Any
) -> Location:
    number = next(_number)
    with inside(tenant):
        fields.setdefault("code", f"L-{number}")
        place = Location.objects.create(
            tenant=tenant, name=name or f"Place {number}", kind=kind, parent=parent, **fields
        )
        place.refresh_from_db()
    return place


def make_category(tenant: Tenant, *, name: str = "") -> Category:
    with inside(tenant):
        return Category.objects.create(tenant=tenant, name=name or f"Category {next(_number)}")


def make_asset(
    tenant: Tenant, *, name: str = "", location: Location | None = None, parent: Asset | None = None, **fields: Any
) -> Asset:
    number = next(_number)
    with inside(tenant):
        fields.setdefault("tag", f"A-{number}")
        asset = Asset.objects.create(
            tenant=tenant, name=name or f"Asset {number}", location=location, parent=parent, **fields
        )
        asset.refresh_from_db()
    return asset


def make_work_order(
    tenant: Tenant, *, by: Member | None = None, title: str = "", meaning: str = "", **fields: Any
) -> WorkOrder:
    """A work order reported by `by` (the system when None), then led to `meaning` along the graph by the actions."""
    with inside(tenant):
        work_order = actions.report(by=by, tenant=tenant, title=title or f"Work order {next(_number)}", **fields)
    return advance(work_order, meaning) if meaning else work_order


def advance(work_order: WorkOrder, meaning: str, *, to: Technician | None = None) -> WorkOrder:
    """Take a fresh work order to a meaning as the system, by the acts a person would do."""
    target = Meaning(meaning)
    with inside(work_order.tenant):
        if target is Meaning.ASSIGNED:
            return actions.assign(work_order, by=None, to=to or make_technician(work_order.tenant))
        if target is Meaning.CANCELLED:
            return actions.cancel(work_order, by=None, reason="Not needed")
        if to is not None:
            work_order = actions.assign(work_order, by=None, to=to)
        if target is Meaning.OPEN:
            return work_order
        work_order = actions.start(work_order, by=None)
        if target is Meaning.ON_HOLD:
            return actions.hold(work_order, by=None, reason="parts", note="Seal kit ordered")
        if target in (Meaning.COMPLETED, Meaning.CLOSED):
            work_order = actions.complete(work_order, by=None, resolution="Replaced the seal")
        if target is Meaning.CLOSED:
            work_order = actions.verify(work_order, by=None)
    return work_order


def make_failure_code(tenant: Tenant, code: str = "", *, kind: str = "problem", **fields: Any) -> FailureCode:
    with inside(tenant):
        code = code or f"F-{next(_number)}"
        return FailureCode.objects.create(
            tenant=tenant, kind=kind, code=code, name=fields.pop("name", f"Failure {code}"), **fields
        )


def make_plan(tenant: Tenant, *, by: Member, name: str = "", **content: Any) -> JobPlan:
    """A job plan of two steps, unless `content` says otherwise."""
    name = name or f"Plan {next(_number)}"
    steps = [{"description": "Isolate"}, {"description": "Pressure", "kind": "number", "unit": "bar"}]
    with inside(tenant):
        return actions.write_plan(by=by, name=name, content={"title": name, "steps": steps} | content)


def make_comment(
    work_order: WorkOrder, *, by: Member | None = None, text: str = "Looked at it", **options: Any
) -> Comment:
    with inside(work_order.tenant):
        return actions.comment(work_order, by=by, text=text, **options)


def make_part(tenant: Tenant, *, number: str = "", name: str = "", **fields: Any) -> Part:
    count_ = next(_number)
    with inside(tenant):
        return Part.objects.create(
            tenant=tenant, number=number or f"P-{count_}", name=name or f"Part {count_}",
            **({"unit_cost": Decimal(10)} | fields),
        )  # fmt: skip


def make_part_category(tenant: Tenant, *, name: str = "") -> PartCategory:
    with inside(tenant):
        return PartCategory.objects.create(tenant=tenant, name=name or f"Heading {next(_number)}")


def make_line(
    work_order: WorkOrder, part: Part | None = None, quantity: Any = 2, *, to: str = "", by: Member | None = None
) -> PartLine:
    """A part line of the work order, led to the status `to` by the acts."""
    part = part or make_part(work_order.tenant)
    with inside(work_order.tenant):
        line = actions.add_parts(work_order, by=by, lines=[{"part": part, "quantity": Decimal(quantity)}])[0]
        return actions.update_part(line, by=by, changes={"status": to}) if to else line


def make_key(
    member: Member, scopes: Iterable[str] = tuple(PERMISSIONS), *, kind: str = ApiKey.KEY, **fields: Any
) -> str:
    """An API key of the member; returns the secret."""
    secret = "mw_" + secrets.token_urlsafe(32)
    with inside(member.tenant):
        ApiKey.objects.create(
            tenant=member.tenant, member=member, kind=kind, name=f"Key {next(_number)}", prefix=secret[:8],
            secret_hash=access.secret_hash(secret), scopes=list(scopes), **fields,
        )  # fmt: skip
    return secret
