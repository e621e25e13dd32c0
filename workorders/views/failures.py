"""The failure catalogue: find, add, edit and retire codes, and say which classes of equipment they belong to."""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import UUID

from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from assets.models import Category
from core import toasts
from core.errors import NotFound
from core.pages import MemberRequest, fragment, page, submit, version_of
from workorders import actions
from workorders.choices import CodeKind
from workorders.forms.failures import LABELS, ClassForm, FailureCodeForm
from workorders.library.failure_codes import class_of, equipment_classes, shipped
from workorders.models import FailureCode, FailureCodeClass, WorkOrder
from workorders.views.settings import of_tenant, one, posted, show_form

LIST = "workorders:failure_codes"


def uses(request: MemberRequest) -> Counter[UUID]:
    """How many work orders name each code."""
    found: Counter[UUID] = Counter()
    for kind in CodeKind.values:
        rows = WorkOrder.objects.filter(tenant_id=request.member.tenant_id, **{f"{kind}__isnull": False})
        found.update(dict(rows.order_by().values_list(f"{kind}_id").annotate(number=Count("*"))))
    return found


@page("failure.manage")
def codes(request: MemberRequest) -> HttpResponse:
    text, kind = request.GET.get("search", "").strip()[:200], request.GET.get("kind", "")
    rows = list(of_tenant(FailureCode, request))
    names = dict(of_tenant(Category, request).values_list("pk", "name"))
    classes: dict[UUID, list[str]] = {}
    for code_id, category_id in of_tenant(FailureCodeClass, request).values_list("failure_code_id", "category_id"):
        classes.setdefault(code_id, []).append(names[category_id])
    numbers = uses(request)
    there = {(row.kind, row.code.upper()) for row in rows}
    words = text.casefold().split()
    found = [
        {
            "row": row,
            "uses": numbers[row.pk],
            "classes": sorted(classes.get(row.pk, [])),
            "jobs_href": f"{reverse('workorders:list')}?open=any&failureCode={row.code}"
            if row.kind == CodeKind.PROBLEM and numbers[row.pk] and not set(row.code) & set("&#+%, ")
            else "",
        }
        for row in rows
        if (not kind or row.kind == kind)
        and all(word in f"{row.code} {row.name} {row.description}".casefold() for word in words)
    ]
    context = {
        "heading": "Failure codes",
        "lede": "What was seen, why, and what was done: the words of every failure report.",
        "groups": [
            {"kind": value, "label": LABELS[CodeKind(value)], "codes": codes}
            for value in CodeKind.values
            if (codes := [one for one in found if one["row"].kind == value])
        ],
        "kinds": [(value, LABELS[CodeKind(value)]) for value in CodeKind.values],
        "kind": kind,
        "text": text,
        "some": bool(rows),
        "missing": sum((one.kind, one.code.upper()) not in there for one in shipped()),
        "here": request.path,
    }
    return fragment(request, "workorders/failures.html", context)


@page("failure.manage")
def classes(request: MemberRequest) -> HttpResponse:
    """Which category of assets is which class of ISO 14224."""
    links = of_tenant(FailureCodeClass, request).values_list("category_id").annotate(number=Count("*"))
    numbers = dict(links.order_by())
    names = equipment_classes()
    rows = [
        {
            "category": category,
            "codes": numbers.get(category.pk, 0),
            "form": ClassForm(auto_id=f"{category.pk}_%s", initial={"equipment_class": class_of(category.name)}),
            "likely": names.get(class_of(category.name), ""),
        }
        for category in of_tenant(Category, request)
    ]
    context = {
        "heading": "Classes of equipment",
        "lede": "A category that is given a class of ISO 14224 is offered the problems of that class first.",
        "rows": rows,
    }
    return render(request, "workorders/failures_classes.html", context)


@page("failure.manage")
@require_POST
def follow_class(request: MemberRequest, pk: UUID) -> HttpResponse:
    category = one(Category, request, pk)
    form = ClassForm(request.POST)
    if not form.is_valid():
        raise NotFound("There is no such class.")
    number = actions.follow_class(category, by=request.member, **form.cleaned_data)
    toasts.say(request, f"{category.name}: {number} problem codes of its own.")
    return redirect("workorders:failure_classes")


@page("failure.manage")
@require_POST
def install(request: MemberRequest) -> HttpResponse:
    made = actions.install_codes(by=request.member)
    toasts.say(request, f"{len(made)} codes added." if made else "All of them are there already.")
    return redirect(LIST)


@page("failure.manage")
def code_add(request: MemberRequest) -> HttpResponse:
    form = FailureCodeForm(posted(request), member=request.member, initial={"kind": request.GET.get("kind", "problem")})
    if form.is_bound and submit(form, lambda data: actions.add_code(by=request.member, **data)):
        toasts.say(request, f"{form.cleaned_data['code']}: added.")
        return redirect(LIST)
    return show_form(request, "Add a failure code", form, LIST, button="Add")


@page("failure.manage")
def code(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = one(FailureCode, request, pk)
    values: dict[str, Any] = {name: getattr(row, name) for name in ("code", "name", "description", "position")}
    values["classes"] = list(row.classes.values_list("category_id", flat=True))
    form = FailureCodeForm(posted(request), member=request.member, editing=True, initial=values)
    if form.is_bound and submit(
        form,
        lambda data: actions.update_code(row, by=request.member, changes=data, expected_version=version_of(request)),
    ):
        toasts.say(request, f"{form.cleaned_data['code']}: saved.")
        return redirect(LIST)
    switch = {
        "remove_href": reverse("workorders:failure_code_switch", args=[pk]),
        "remove_label": "Take out of use" if row.is_active else "Use again",
        "remove_help": "Offered no longer; work orders that name it keep it."
        if row.is_active
        else "It is offered for new reports again.",
    }
    return show_form(request, f"{row.code} {row.name}", form, LIST, lede=LABELS[CodeKind(row.kind)], **switch)


@page("failure.manage")
@require_POST
def switch(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = one(FailureCode, request, pk)
    act = actions.archive_code if row.is_active else actions.restore_code
    row = act(row, by=request.member)
    toasts.say(request, f"{row.code}: {'in use again' if row.is_active else 'out of use'}.", undo=request.path)
    return redirect(LIST)
