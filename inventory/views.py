"""Pages of the part catalogue. The page of one part is `workorders.views.parts`, because it tells where it was used."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from core import pagination, toasts
from core.errors import NotFound
from core.pages import MemberRequest, fragment, page, status_of, submit, version_of
from inventory import actions
from inventory.forms import CategoryForm, PartFilterForm, PartForm
from inventory.models import Part, PartCategory
from tenancy.models import Member
from tenancy.permissions import may

SHOWN = 50
KEYS = [pagination.Key("name"), pagination.Key("pk")]
COLUMNS = ("pk", "name", "number", "category__name", "kept_in", "unit", "unit_cost", "barcode")


def found(request: MemberRequest, pk: UUID) -> Part:
    part: Part | None = Part.objects.visible_to(request.member).filter(pk=pk).first()
    if part is None:
        raise NotFound("There is no such part.")
    return part


@page("part.view")
def parts(request: MemberRequest) -> HttpResponse:
    """The catalogue. What is asked for stands in the address."""
    member: Member = request.member
    form = PartFilterForm(request.GET, member=member)
    rows = Part.objects.visible_to(member).matching(form.value("search"))
    rows = rows.filter(archived_at__isnull=form.value("archived") != "true")
    if category := form.value("category"):
        rows = rows.filter(category=category)
    good_for = pagination.binding("parts", member.tenant_id, pagination.filters_of(request.GET))
    cursor = request.GET.get("cursor")
    if cursor:
        rows = rows.filter(pagination.beyond(KEYS, pagination.unseal(cursor, good_for)))
    listed = list(rows.order_by(*pagination.ordering(KEYS)).values_list(*COLUMNS)[: SHOWN + 1])
    more, listed = listed[SHOWN:], listed[:SHOWN]
    kept = {name: value for name, value in request.GET.items() if name != "cursor" and value}
    here = reverse("inventory:list")
    edits = may(member, "part.edit")
    folded = [name for name in ("category", "archived") if form.value(name)]
    costs = may(member, "cost.view", "part.edit")
    last = pagination.seal([listed[-1][1], listed[-1][0]], good_for) if more else ""
    context = {
        "list_href": here,
        "add_href": reverse("inventory:add") if edits else "",
        "categories_href": reverse("inventory:categories") if edits else "",
        "give_href": reverse("workorders:to_give") if may(member, "part.give") else "",
        "text": form.value("search"),
        "selects": [form["category"], form["archived"]],
        "folded_count": len(folded),
        "filtered": bool(kept),
        "costs": costs,
        "currency": member.tenant.currency,
        "rows": [row_of(values) for values in listed],
        "first_href": f"{here}?{urlencode(kept)}" if cursor else "",
        "next_href": f"{here}?{urlencode({**kept, 'cursor': last})}" if last else "",
    }
    return fragment(request, "inventory/list.html", context)


def row_of(values: tuple[Any, ...]) -> dict[str, Any]:
    row = dict(
        zip(("pk", "name", "number", "category", "kept_in", "unit", "unit_cost", "barcode"), values, strict=True)
    )
    return row | {"href": f"/parts/{row['pk']}", "cost": f"{row['unit_cost']:,.2f}", "category": row["category"] or ""}


def show_form(request: MemberRequest, heading: str, form: Any, back: str, **context: Any) -> HttpResponse:
    context |= {"heading": heading, "form": form, "back_href": back}
    return render(request, "inventory/form.html", context, status=status_of(form))


@page("part.edit")
def add(request: MemberRequest) -> HttpResponse:
    member: Member = request.member
    given = request.POST if request.method == "POST" else None
    form = PartForm(given, member=member, initial={"number": request.GET.get("number", "")[:80]})
    part = (
        submit(form, lambda data: actions.add_part_to_catalogue(by=member, **data), names=form.custom_names)
        if form.is_bound
        else None
    )
    if part is None:
        return show_form(request, "Add a part", form, reverse("inventory:list"), draft="part-add")
    toasts.say(request, f"{part.number} {part.name} is in the catalogue.", draft="part-add")
    return redirect("workorders:part", part.pk)


@page("part.edit")
def edit(request: MemberRequest, pk: UUID) -> HttpResponse:
    part = found(request, pk)
    form = PartForm(request.POST if request.method == "POST" else None, member=request.member, part=part)
    version = part.version
    if form.is_bound and submit(
        form,
        lambda data: actions.update_part(part, by=request.member, changes=data, expected_version=version_of(request)),
        names=form.custom_names,
    ):
        toasts.say(request, f"{form.cleaned_data['number']}: saved.", draft=f"part-{pk}")
        return redirect("workorders:part", pk)
    return show_form(
        request, f"Edit {part.number}", form, reverse("workorders:part", args=[pk]), version=version, draft=f"part-{pk}"
    )


@page("part.edit")
@require_POST
def archive(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Out of the catalogue; deleted for good when nothing ever used it and the form says so."""
    part = found(request, pk)
    if "delete" in request.POST:
        actions.delete_part(part, by=request.member)
        toasts.say(request, f"{part.number} {part.name} is deleted.")
        return redirect("inventory:list")
    actions.archive_part(part, by=request.member)
    toasts.say(
        request,
        f"{part.number} is out of the catalogue; its history stays.",
        undo=reverse("inventory:restore", args=[pk]),
    )
    return redirect("workorders:part", pk)


@page("part.edit")
@require_POST
def restore(request: MemberRequest, pk: UUID) -> HttpResponse:
    part = found(request, pk)
    actions.restore_part(part, by=request.member)
    toasts.say(request, f"{part.number} is in the catalogue again.")
    return redirect("workorders:part", pk)


# --- Categories ------------------------------------------------------------------------------------------------------
def category_found(request: MemberRequest, pk: UUID) -> PartCategory:
    category: PartCategory | None = PartCategory.objects.filter(tenant_id=request.member.tenant_id, pk=pk).first()
    if category is None:
        raise NotFound("There is no such category.")
    return category


@page("part.edit")
def categories(request: MemberRequest) -> HttpResponse:
    context = {
        "heading": "Part categories",
        "lede": "Headings under which parts stand in the catalogue.",
        "categories": PartCategory.objects.filter(tenant_id=request.member.tenant_id),
    }
    return render(request, "inventory/categories.html", context)


@page("part.edit")
def category_add(request: MemberRequest) -> HttpResponse:
    form = CategoryForm(request.POST if request.method == "POST" else None)
    if form.is_bound and submit(form, lambda data: actions.add_category(by=request.member, **data)):
        toasts.say(request, f"{form.cleaned_data['name']} is there.")
        return redirect("inventory:categories")
    return show_form(request, "Add a category", form, reverse("inventory:categories"))


@page("part.edit")
def category(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = category_found(request, pk)
    form = CategoryForm(request.POST if request.method == "POST" else None, initial={"name": row.name})
    version = row.version
    if form.is_bound and submit(
        form,
        lambda data: actions.rename_category(row, by=request.member, **data, expected_version=version_of(request)),
    ):
        toasts.say(request, f"{form.cleaned_data['name']}: saved.")
        return redirect("inventory:categories")
    return show_form(
        request, row.name, form, reverse("inventory:categories"), version=version,
        remove_href=reverse("inventory:category_remove", args=[pk]), remove_label="Delete this category",
        remove_help="When no part stands under it.",
    )  # fmt: skip


@page("part.edit")
@require_POST
def category_remove(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = category_found(request, pk)
    actions.delete_category(row, by=request.member)
    toasts.say(request, f"{row.name} is deleted.")
    return redirect("inventory:categories")
