"""Settings: the organisation's own fields."""

from __future__ import annotations

from itertools import groupby
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from core import toasts
from core.pages import MemberRequest, page, submit, version_of
from customfields import actions
from customfields.choices import Entity
from customfields.forms import FieldForm, initial_of
from customfields.models import CustomField
from tenancy.models import Member
from tenancy.views_settings import one, show_form
from workorders import catalogue


def types(member: Member) -> list[tuple[str, str]]:
    return [(entry.key, entry.name) for entry in catalogue.of(member).types.values()]


@page("settings.manage")
def fields(request: MemberRequest) -> HttpResponse:
    found = CustomField.objects.filter(tenant_id=request.member.tenant_id).order_by("entity", "position", "name")
    groups = [(Entity(entity).label, list(group)) for entity, group in groupby(found, key=lambda field: field.entity)]
    return render(request, "settings/fields.html", {"heading": "Custom fields", "groups": groups})


@page("settings.manage")
def field_add(request: MemberRequest) -> HttpResponse:
    form = FieldForm(
        request.POST if request.method == "POST" else None, types=types(request.member),
        initial={"entity": request.GET.get("of", Entity.WORK_ORDER)},
    )  # fmt: skip
    if form.is_bound and submit(form, lambda data: actions.add_field(by=request.member, **data)):
        toasts.say(request, f"“{form.cleaned_data['name']}” is a field now.")
        return redirect("workorders:custom_fields")
    lede = "It appears in forms, on pages, in the API, in filters and in exports. Kind and key cannot be changed later."
    return show_form(
        request, "Add a custom field", form, lede=lede, button="Add", back_href=reverse("workorders:custom_fields")
    )


@page("settings.manage")
def field(request: MemberRequest, pk: UUID) -> HttpResponse:
    found: CustomField = one(CustomField.objects.all(), request, pk)
    posted = request.POST if request.method == "POST" else None
    form = FieldForm(posted, types=types(request.member), editing=True, initial=initial_of(found))
    if form.is_bound and submit(
        form,
        lambda data: actions.update_field(found, by=request.member, changes=data, expected_version=version_of(request)),
    ):
        toasts.say(request, "Saved.")
        return redirect("workorders:custom_fields")
    lede = f"{found.get_kind_display()} of {found.get_entity_display().lower()}; in the API `custom.{found.key}`."
    return show_form(request, found.name, form, lede=lede, back_href=reverse("workorders:custom_fields"))
