"""Settings of the organisation: its name, its people, roles, calendars and keys."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from core import toasts
from core.errors import Invalid, NotFound
from core.pages import MemberRequest, page, status_of, submit
from tenancy import actions
from tenancy.forms import (
    WEEKDAYS,
    CalendarForm,
    InviteForm,
    KeyForm,
    MemberForm,
    OrganisationForm,
    RoleForm,
    calendar_initial,
)
from tenancy.models import ApiKey, Calendar, Department, Invitation, Member, Role
from tenancy.permissions import PERMISSIONS

PARTS = {
    "workorder": "Work orders",
    "view": "Saved views",
    "time": "Time",
    "cost": "Costs",
    "part": "Parts",
    "jobplan": "Job plans",
    "failure": "Failure catalogue",
    "project": "Projects",
    "asset": "Assets",
    "location": "Places",
    "people": "People",
    "member": "Members",
    "role": "Roles",
    "settings": "Settings",
    "key": "API keys",
    "audit": "Audit",
    "admin": "Administration",
}


def one(rows: QuerySet[Any], request: MemberRequest, pk: UUID) -> Any:
    found = rows.filter(tenant_id=request.member.tenant_id, pk=pk).first()
    if found is None:
        raise NotFound("There is no such record.")
    return found


def show_form(request: MemberRequest, heading: str, form: Any, **context: Any) -> HttpResponse:
    return render(request, "settings/form.html", {"heading": heading, "form": form, **context}, status=status_of(form))


@page("settings.manage")
def organisation(request: MemberRequest) -> HttpResponse:
    tenant = request.member.tenant
    initial = {name: getattr(tenant, name) for name in ("name", "time_zone", "currency")}
    form = OrganisationForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_bound and submit(
        form,
        lambda data: actions.update_tenant(tenant, by=request.member, changes=data),
    ):
        toasts.say(request, "Saved.")
        return redirect("tenancy:organisation")
    return show_form(request, "Organisation", form)


@page("member.manage")
def members(request: MemberRequest) -> HttpResponse:
    tenant_id = request.member.tenant_id
    open_invitations = Invitation.objects.filter(
        tenant_id=tenant_id, accepted_at=None, revoked_at=None, expires_at__gt=timezone.now()
    )
    context = {
        "heading": "Members",
        "lede": "Who belongs to the organisation, and what their role lets them do.",
        "members": Member.objects.filter(tenant_id=tenant_id).select_related("role").order_by("-is_active", "name"),
        "invitations": open_invitations.select_related("role"),
    }
    return render(request, "settings/members.html", context)


@page("member.manage")
def invite(request: MemberRequest) -> HttpResponse:
    member = request.member
    form = InviteForm(request.POST if request.method == "POST" else None, member=member)
    back = reverse("tenancy:members")
    invitation = submit(form, lambda data: actions.invite(by=member, **data)) if form.is_bound else None
    if invitation is None:
        return show_form(request, "Invite somebody", form, button="Invite", back_href=back)
    context = {
        "heading": "Invited",
        "warning": f"{invitation.email} gets this link by e-mail. It works once, for seven days; you can also pass it on yourself.",
        "secret": actions.invitation_link(invitation),
        "back_href": back,
    }
    return render(request, "settings/secret.html", context)


@page("member.manage")
@require_POST
def invitation_revoke(request: MemberRequest, pk: UUID) -> HttpResponse:
    invitation = one(Invitation.objects.all(), request, pk)
    actions.revoke_invitation(invitation, by=request.member)
    toasts.say(request, f"The invitation of {invitation.email} no longer works.")
    return redirect("tenancy:members")


@page("member.manage")
def member(request: MemberRequest, pk: UUID) -> HttpResponse:
    person: Member = one(Member.objects.select_related("role"), request, pk)
    departments = list(person.department_scopes.values_list("department_id", flat=True))
    initial = {name: getattr(person, name) for name in ("name", "role", "scoped", "is_active")}
    form = MemberForm(
        request.POST if request.method == "POST" else None,
        member=request.member,
        initial=initial | {"departments": departments},
    )
    if form.is_bound and submit(form, lambda data: save_member(request, person, data)):
        toasts.say(request, f"{form.cleaned_data['name']}: saved.")
        return redirect("tenancy:members")
    return show_form(
        request,
        person.name,
        form,
        lede=person.email,
        back_href=reverse("tenancy:members"),
        more_href=reverse("assets:member_places", args=[pk]) if person.scoped else "",
        more_label="Places they see",
    )


def save_member(request: MemberRequest, person: Member, data: dict[str, Any]) -> Member:
    by = request.member
    departments = data.pop("departments", None)
    changes = {name: value for name, value in data.items() if getattr(person, name) != value}
    person = actions.change_member(person, by=by, changes=changes)
    if departments is not None and set(departments) != set(Department.objects.filter(pk__in=scoped_to(person))):
        actions.set_departments(person, by=by, departments=list(departments))
    return person


def scoped_to(person: Member) -> Any:
    return person.department_scopes.values("department")


@page("role.manage")
def roles(request: MemberRequest) -> HttpResponse:
    """The matrix: every role beside every permission, saved together."""
    by = request.member
    found = list(Role.objects.filter(tenant_id=by.tenant_id).order_by("-is_admin", "name"))
    form = RolesMatrix(request.POST if request.method == "POST" else None, found)
    if form.is_bound and submit(form, lambda data: form.hand_on(by)) is not None:
        toasts.say(request, "Roles saved. They hold from the next page on.")
        return redirect("tenancy:roles")
    context = {
        "heading": "Roles",
        "lede": "A role is a bundle of permissions. Change what it bundles; it holds at once.",
        "roles": found,
        "parts": list(form.parts()),
        "form": form,
    }
    return render(request, "settings/roles.html", context, status=status_of(form))


class RolesMatrix(forms.Form):
    """Checkboxes named after their role; the administrator's column is fixed."""

    data: QueryDict

    def __init__(self, data: QueryDict | None, found: list[Role]) -> None:
        super().__init__(data)
        self.found = found

    def chosen(self, role: Role) -> list[str]:
        if not self.is_bound or role.is_admin:
            return role.permissions
        return [name for name in self.data.getlist(f"role-{role.pk}") if name in PERMISSIONS]

    def parts(self) -> Iterator[tuple[str, list[Any]]]:
        chosen = {role.pk: set(self.chosen(role)) for role in self.found}
        grouped: dict[str, list[Any]] = {}
        for permission, sentence in PERMISSIONS.items():
            cells = [
                {
                    "role": role.name,
                    "name": f"role-{role.pk}",
                    "checked": permission in chosen[role.pk],
                    "fixed": role.is_admin,
                }
                for role in self.found
            ]
            grouped.setdefault(permission.partition(".")[0], []).append((permission, sentence, cells))
        for key, rows in grouped.items():
            yield PARTS.get(key, key), rows

    def hand_on(self, by: Member) -> int:
        changed = 0
        for role in self.found:
            wanted = sorted(self.chosen(role))
            if wanted != sorted(role.permissions):
                version = self.data.get(f"version-{role.pk}", "")
                expected = int(version) if version.isdecimal() and len(version) < 10 else None
                actions.save_role(by=by, role=role, name=role.name, permissions=wanted, expected_version=expected)
                changed += 1
        return changed


@page("role.manage")
def role_add(request: MemberRequest) -> HttpResponse:
    by = request.member
    form = RoleForm(request.POST if request.method == "POST" else None, member=by)

    def add(data: dict[str, Any]) -> Role:
        return actions.save_role(by=by, name=data["name"], permissions=data["like"].permissions if data["like"] else [])

    if form.is_bound and submit(form, add):
        toasts.say(request, f"{form.cleaned_data['name']}: choose what it may do.")
        return redirect("tenancy:roles")
    return show_form(request, "Add a role", form, button="Add", back_href=reverse("tenancy:roles"))


@page("settings.manage")
def calendars(request: MemberRequest) -> HttpResponse:
    found = list(Calendar.objects.filter(tenant_id=request.member.tenant_id).prefetch_related("intervals", "holidays"))
    today = timezone.localdate()
    shown = [
        {
            "pk": calendar.pk,
            "name": calendar.name,
            "is_default": calendar.is_default,
            "time_zone": calendar.time_zone,
            "week": week_of(calendar),
            "days_off": [holiday for holiday in calendar.holidays.all() if holiday.on >= today][:12],
        }
        for calendar in found
    ]
    context = {
        "heading": "Calendars",
        "lede": "When people work. Deadlines count working time only.",
        "calendars": shown,
    }
    return render(request, "settings/calendars.html", context)


def week_of(calendar: Calendar) -> list[tuple[str, str]]:
    texts = calendar_initial(calendar)
    return [(day, texts.get(f"day_{number}", "closed").replace("-", "–")) for number, day in enumerate(WEEKDAYS)]


@page("settings.manage")
def calendar(request: MemberRequest, pk: UUID) -> HttpResponse:
    found: Calendar = one(Calendar.objects.all(), request, pk)
    form = CalendarForm(request.POST if request.method == "POST" else None, initial=calendar_initial(found))
    if form.is_bound and submit(
        form,
        lambda data: actions.set_working_time(
            found,
            by=request.member,
            time_zone=data["time_zone"],
            intervals=data["intervals"],
            holidays=data["holidays"],
        ),
    ):
        toasts.say(request, f"{found.name}: saved.")
        return redirect("tenancy:calendars")
    lede = "Working time per day, like 08:00-12:00, 13:00-17:00. An empty day is closed."
    return show_form(request, found.name, form, lede=lede, back_href=reverse("tenancy:calendars"))


@page("key.manage")
def keys(request: MemberRequest) -> HttpResponse:
    found = ApiKey.objects.filter(tenant_id=request.member.tenant_id, kind=ApiKey.KEY)
    context = {
        "heading": "API keys",
        "lede": "For programs. A key acts as its member, within the permissions it was given.",
        "keys": found.select_related("member")[:200],
    }
    return render(request, "settings/keys.html", context)


@page("key.manage")
def key_add(request: MemberRequest) -> HttpResponse:
    by = request.member
    form = KeyForm(request.POST if request.method == "POST" else None, member=by)
    made = (
        submit(form, lambda data: create_key(by, data), names={"expires_at": "expires_on"}) if form.is_bound else None
    )
    if made is None:
        return show_form(request, "Create an API key", form, button="Create", back_href=reverse("tenancy:keys"))
    key, secret = made
    context = {
        "heading": key.name,
        "warning": "Copy the key now: it is shown only this once.",
        "secret": secret,
        "example": f'curl -H "Authorization: Bearer {secret}" {settings.BASE_URL}/api/v1/work-orders',
        "back_href": reverse("tenancy:keys"),
    }
    return render(request, "settings/secret.html", context)


def create_key(by: Member, data: dict[str, Any]) -> tuple[ApiKey, str]:
    on: dt.date | None = data["expires_on"]
    if on is not None and on.year > 2200:
        raise Invalid({"expires_at": "Use a year up to 2200."})
    # The key works through its last day.
    expires = timezone.make_aware(dt.datetime.combine(on + dt.timedelta(days=1), dt.time())) if on else None
    return actions.create_key(by=by, name=data["name"], scopes=data["scopes"], expires_at=expires)


@page("key.manage")
@require_POST
def key_revoke(request: MemberRequest, pk: UUID) -> HttpResponse:
    key = one(ApiKey.objects.all(), request, pk)
    actions.revoke_key(key, by=request.member)
    toasts.say(request, f"{key.name} no longer works.")
    return redirect("tenancy:keys")
