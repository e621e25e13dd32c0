"""Settings of what people are grouped by: single roles, departments, members without a login."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from core import toasts
from core.pages import MemberRequest, page, submit
from tenancy import actions
from tenancy.forms import AddMemberForm, DepartmentForm, RoleNameForm
from tenancy.models import Department, Role
from tenancy.views_settings import one, show_form


def posted(request: MemberRequest) -> Any:
    return request.POST if request.method == "POST" else None


@page("member.manage")
def member_add(request: MemberRequest) -> HttpResponse:
    """Somebody without a login: a helper, a contractor."""
    form = AddMemberForm(posted(request), member=request.member)
    if form.is_bound and submit(form, lambda data: actions.add_member(by=request.member, **data)):
        toasts.say(request, f"{form.cleaned_data['name']} is a member, without a login.")
        return redirect("tenancy:members")
    lede = "A helper or contractor whose work is recorded, but who does not sign in. An invitation gives them a login later."
    return show_form(
        request, "Add somebody without a login", form, lede=lede, button="Add", back_href=reverse("tenancy:members")
    )


@page("role.manage")
def role(request: MemberRequest, pk: UUID) -> HttpResponse:
    """The name of a role; what it bundles is chosen in the matrix."""
    found: Role = one(Role.objects.all(), request, pk)
    form = RoleNameForm(posted(request), initial={"name": found.name})
    if form.is_bound and submit(
        form,
        lambda data: actions.save_role(by=request.member, role=found, name=data["name"], permissions=found.permissions),
    ):
        toasts.say(request, f"{form.cleaned_data['name']}: saved.")
        return redirect("tenancy:roles")
    remove = {
        "remove_href": reverse("tenancy:role_remove", args=[pk]),
        "remove_label": "Remove the role",
        "remove_help": "Only when nobody has it.",
    }
    return show_form(
        request, found.name, form, back_href=reverse("tenancy:roles"), **({} if found.is_admin else remove)
    )


@page("role.manage")
@require_POST
def role_remove(request: MemberRequest, pk: UUID) -> HttpResponse:
    found = one(Role.objects.all(), request, pk)
    actions.delete_role(found, by=request.member)
    toasts.say(request, f"{found.name} is removed.")
    return redirect("tenancy:roles")


@page("settings.manage")
def departments(request: MemberRequest) -> HttpResponse:
    context = {
        "heading": "Departments",
        "lede": "Who owns a machine. A scoped member sees the work of their departments.",
        "departments": Department.objects.filter(tenant_id=request.member.tenant_id),
    }
    return render(request, "settings/departments.html", context)


@page("settings.manage")
def department(request: MemberRequest, pk: UUID | None = None) -> HttpResponse:
    found: Department | None = one(Department.objects.all(), request, pk) if pk else None
    initial = {"name": found.name, "code": found.code} if found else {}
    form = DepartmentForm(posted(request), initial=initial)

    def save(data: dict[str, Any]) -> Department:
        if found is None:
            return actions.add_department(by=request.member, **data)
        return actions.update_department(found, by=request.member, changes=data)

    if form.is_bound and submit(form, save):
        toasts.say(request, f"{form.cleaned_data['name']}: saved.")
        return redirect("tenancy:departments")
    heading = found.name if found else "Add a department"
    return show_form(request, heading, form, back_href=reverse("tenancy:departments"))
