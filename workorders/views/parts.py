"""Doors of parts: on the page of a job, at the counter, and the page of one part with where it was used."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from core import pagination, relative_time, toasts
from core.errors import Conflict, NotFound
from core.pages import MemberRequest, fragment, go, page, submit, version_of
from customfields import records
from customfields.choices import Entity
from inventory import views_media
from inventory.models import Part
from inventory.quantities import plain
from tenancy.models import Member
from tenancy.permissions import may, require
from workorders import actions, part_lines
from workorders.actions.stockroom import taken, wanting
from workorders.choices import TO_GIVE, Meaning, PartStatus
from workorders.forms.parts import AddPartForm, LineForm
from workorders.models import PartLine, WorkOrder

SHOWN = 50
USED_SHOWN = 30
DUE = [pagination.Key("work_order__due_at", nullable=True), pagination.Key("pk")]


def found(request: MemberRequest, pk: UUID) -> WorkOrder:
    require(request.member, "part.view")
    work_order: WorkOrder | None = WorkOrder.objects.with_parts_for(request.member).filter(pk=pk).first()
    if work_order is None:
        raise NotFound("There is no such work order.", headline="Work order not found")
    return work_order


def panel_of(request: MemberRequest, work_order: WorkOrder) -> str:
    """Back to the parts of the job; to the counter for whoever does not see the job (any more)."""
    if WorkOrder.objects.visible_to(request.member).filter(pk=work_order.pk).exists():
        return reverse("workorders:detail", args=[work_order.pk]) + "#panel-parts"
    return reverse("workorders:to_give")


# --- On the job ------------------------------------------------------------------------------------------------------
@page("part.view")
def parts(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Add a part: chosen from what was found, or named exactly by a scan. GET and what was not found: a page to choose on."""
    work_order = found(request, pk)
    form = AddPartForm(request.POST if request.method == "POST" else None)
    if form.is_bound:
        done = submit(form, lambda data: add(request, work_order, data))
        if done is not None:
            return done
    return choose(request, work_order, form)


def add(request: MemberRequest, work_order: WorkOrder, data: dict[str, Any]) -> HttpResponse | None:
    member: Member = request.member
    pk = data["use"] or data["part"]
    if pk:
        chosen = list(Part.objects.visible_to(member).current().filter(pk=pk))
        if not chosen:
            raise Conflict("This part was taken out of the catalogue; choose another.", field="part_q")
    else:
        chosen = part_lines.named(member, data["part_q"])
        if len(chosen) != 1:
            return None
    part, amount = chosen[0], data["quantity"]
    works = part_lines.Rights.of(work_order, member).works
    use = bool(data["use"]) or (not pk and works and work_order.meaning == Meaning.IN_PROGRESS)
    planned = PartLine.objects.filter(work_order=work_order, part=part).to_give_or_use().first()
    if use and planned is not None:
        before = planned.status
        line = actions.use_part(planned, by=member, quantity=amount)
        undo = [("act", "set"), ("status", before)]
    elif planned is not None and not pk:
        # Scanned at the desk: one more of what is asked for already.
        line = actions.update_part(planned, by=member, changes={"quantity": planned.quantity + (amount or 1)})
        undo = []
    else:
        (line,) = actions.add_parts(work_order, by=member, lines=[{"part": part, "quantity": amount or 1}])
        undo = [("act", "remove")]
        if use:
            line = actions.use_part(line, by=member)
            undo = [("act", "set"), ("status", PartStatus.REQUESTED)]
    said = f"{plain(taken(line))} used" if use else f"{plain(line.quantity)} asked for"
    href = reverse("workorders:part_act", args=[work_order.pk, line.pk])
    toasts.say(request, f"{part.name}: {said}.", undo=href if undo else "", undo_data=undo)
    return go(request, panel_of(request, work_order))


def choose(request: MemberRequest, work_order: WorkOrder, form: AddPartForm) -> HttpResponse:
    given = request.POST if request.method == "POST" else request.GET
    text = given.get("part_q", "").strip()[:200]
    rights = part_lines.Rights.of(work_order, request.member)
    options = part_lines.suggestions(request.member, work_order, text, rights)
    context = {
        "crumbs": [(work_order.number, reverse("workorders:detail", args=[work_order.pk]))],
        "work_order": work_order,
        "panel": {
            "add_href": request.path,
            "find_href": reverse("workorders:part_find", args=[work_order.pk]),
            "uses": rights.works and work_order.meaning == Meaning.IN_PROGRESS,
        },
        "part_q": text,
        "options": options,
        "form": form,
        "back_href": panel_of(request, work_order),
        "catalogue_href": f"{reverse('inventory:add')}?{urlencode({'number': text})}"
        if may(request.member, "part.edit")
        else "",
    }
    return render(request, "workorders/parts_add.html", context, status=422 if form.errors else 200)


@page("part.view")
def find(request: MemberRequest, pk: UUID) -> HttpResponse:
    """The parts under the field, as a fragment."""
    work_order = found(request, pk)
    text = request.GET.get("part_q", "").strip()[:200]
    rights = part_lines.Rights.of(work_order, request.member)
    context = {
        "options": part_lines.suggestions(request.member, work_order, text, rights),
        "part_q": text,
        "panel": {"uses": rights.works and work_order.meaning == Meaning.IN_PROGRESS},
    }
    return render(request, "workorders/parts_options.html", context)


SAID = {
    "reserve": "reserved",
    "issue": "given out",
    "use": "used",
    "return": "brought back",
}


@page("part.view")
@require_POST
def act(request: MemberRequest, pk: UUID, line_pk: UUID) -> HttpResponse:
    """One act on one line, named by the button."""
    work_order = found(request, pk)
    line: PartLine | None = PartLine.objects.select_related("part").filter(work_order=work_order, pk=line_pk).first()
    if line is None:
        raise NotFound("There is no such part on this work order.", headline="Part not found")
    form = LineForm(request.POST)
    name = request.POST.get("act", "")
    before = line.status
    amount = form.cleaned_data.get("quantity") if form.is_valid() else None
    if not form.is_valid():
        raise Conflict("This is no quantity: use a number such as 2 or 0.5. Nothing was changed.", code="quantity")
    href = reverse("workorders:part_act", args=[pk, line_pk])
    if name == "remove":
        actions.remove_part(line, by=request.member, expected_version=version_of(request))
        toasts.say(request, f"{line.part.name} is off this job.")
        return go(request, back(request, work_order))
    line = perform(request, line, name, amount, form.cleaned_data.get("status", ""))
    undo: list[tuple[str, str]] = []
    if name == "use":
        undo = [("act", "set"), ("status", before)]
    elif name == "issue" and amount is None:
        undo = [("act", "return")]
    elif name == "issue":
        undo = [("act", "return"), ("quantity", str(amount))]
    told = SAID.get(name, PartStatus(line.status).label.lower())
    toasts.say(request, f"{line.part.name}: {told}.", undo=href if undo else "", undo_data=undo)
    return go(request, back(request, work_order))


def perform(request: MemberRequest, line: PartLine, name: str, amount: Any, status: str) -> PartLine:
    by: Member = request.member
    expected = version_of(request)
    if name == "reserve":
        return actions.reserve_part(line, by=by, quantity=amount, expected_version=expected)
    if name == "issue":
        return actions.issue_part(line, by=by, quantity=amount, expected_version=expected)
    if name == "use":
        return actions.use_part(line, by=by, quantity=amount, expected_version=expected)
    if name == "return":
        return actions.return_part(line, by=by, quantity=amount, expected_version=expected)
    if name == "wanted":
        return actions.update_part(
            line, by=by, changes={"quantity": amount or line.quantity}, expected_version=expected
        )
    if name == "set":
        return actions.update_part(line, by=by, changes={"status": status}, expected_version=expected)
    raise NotFound("There is no such act.")


def back(request: MemberRequest, work_order: WorkOrder) -> str:
    if request.POST.get("back") == "counter":
        return reverse("workorders:to_give")
    return panel_of(request, work_order)


# --- At the counter --------------------------------------------------------------------------------------------------
@page("part.give")
def to_give(request: MemberRequest) -> HttpResponse:
    """What active work waits for, the most urgent first."""
    member: Member = request.member
    text = request.GET.get("search", "").strip()[:200]
    rows = PartLine.objects.to_give(member).matching(text)
    good_for = pagination.binding("to-give", member.tenant_id, pagination.filters_of(request.GET))
    cursor = request.GET.get("cursor")
    after = pagination.unseal(cursor, good_for) if cursor else None
    lines: list[PartLine] = []
    for stretch in pagination.stretches(rows, DUE, after):
        related = stretch.select_related("part", "work_order__assigned_to__member", "work_order__crew")
        lines += list(related[: SHOWN + 1 - len(lines)])
        if len(lines) > SHOWN:
            break
    more, lines = lines[SHOWN:], lines[:SHOWN]
    here = reverse("workorders:to_give")
    kept = {"search": text} if text else {}
    last = pagination.seal([lines[-1].work_order.due_at, lines[-1].pk], good_for) if more else ""
    context = {
        "list_href": here,
        "here": request.get_full_path(),
        "text": text,
        "rows": [waiting(line) for line in lines],
        "first_href": f"{here}?{urlencode(kept)}" if cursor else "",
        "next_href": f"{here}?{urlencode({**kept, 'cursor': last})}" if last else "",
    }
    return fragment(request, "workorders/parts_to_give.html", context)


def waiting(line: PartLine) -> dict[str, Any]:
    work_order, part = line.work_order, line.part
    due, due_css = relative_time.due(
        work_order.due_at, timezone.now(), ended=False, zone=timezone.get_current_timezone()
    )
    who = work_order.assigned_to.member.name if work_order.assigned_to else ""
    return {
        "act_href": reverse("workorders:part_act", args=[work_order.pk, line.pk]),
        "href": reverse("workorders:detail", args=[work_order.pk]) + "#panel-parts",
        "part_href": reverse("workorders:part", args=[part.pk]),
        "name": part.name,
        "number": part.number,
        "kept_in": part.kept_in,
        # A short name of a shelf stays in one line: it is compared with what stands on the shelf.
        "kept_css": "nowrap" if len(part.kept_in) <= 24 else "",
        "unit": "" if part.unit == "each" else part.unit,
        "quantity": plain(wanting(line)),
        "of": plain(line.quantity) if taken(line) else "",
        "status": PartStatus(line.status).label,
        "tone": part_lines.TONES[PartStatus(line.status)],
        "reservable": wanting(line) > line.reserved,
        "work": work_order.title,
        "work_number": work_order.number,
        "who": who or (work_order.crew.name if work_order.crew else ""),
        "due": due,
        "due_css": due_css,
        "note": line.note,
    }


# --- One part --------------------------------------------------------------------------------------------------------
@page("part.view")
def part(request: MemberRequest, pk: UUID) -> HttpResponse:
    """What it is, where to find it, what does instead, and which work used it."""
    member: Member = request.member
    visible = Part.objects.visible_to(member)
    it: Part | None = visible.filter(pk=pk).select_related("category").first()
    if it is None:
        raise NotFound("There is no such part.")
    edits = may(member, "part.edit")
    costs = may(member, "cost.view", "part.edit")
    instead = it.alternates.order_by("alternate__name").values_list(
        "alternate_id", "alternate__name", "alternate__number", "alternate__kept_in"
    )
    stands_in = it.stands_in_for.order_by("part__name").values_list(
        "part_id", "part__name", "part__number", "part__kept_in"
    )
    here = [pk]
    context = {
        "crumbs": [("Parts", reverse("inventory:list"))],
        "part": it,
        "costs": costs,
        "cost": f"{it.unit_cost:,.4f}".rstrip("0").rstrip(".")
        if it.unit_cost != round(it.unit_cost, 2)
        else f"{it.unit_cost:,.2f}",
        "currency": member.tenant.currency,
        "makers": list(it.manufacturer_numbers.values_list("manufacturer", "number")),
        "instead": [other(row) for row in instead],
        "stands_in": [other(row) for row in stands_in],
        "used": uses(it, member, costs=costs),
        "edit_href": reverse("inventory:edit", args=here) if edits else "",
        "archive_href": reverse("inventory:archive", args=here),
        "restore_href": reverse("inventory:restore", args=here),
        "gallery": views_media.panel(it, member),
    }
    context["own_facts"] = records.facts(Entity.PART, member.tenant, it.custom)
    return render(request, "inventory/detail.html", context)


def other(row: tuple[Any, ...]) -> dict[str, Any]:
    pk, name, number, kept_in = row
    return {"href": reverse("workorders:part", args=[pk]), "name": name, "number": number, "kept_in": kept_in}


def uses(it: Part, member: Member, *, costs: bool) -> list[dict[str, Any]]:
    """The newest lines of work that the member sees."""
    work = WorkOrder.objects.visible_to(member)
    lines = PartLine.objects.filter(part=it, work_order__in=work.values("pk"))
    found_lines = lines.select_related("work_order__asset").order_by("-added_at", "-pk")[:USED_SHOWN]
    return [
        {
            "href": reverse("workorders:detail", args=[line.work_order_id]),
            "title": line.work_order.title,
            "number": line.work_order.number,
            "asset": line.work_order.asset.name if line.work_order.asset else "",
            "tone": part_lines.TONES[PartStatus(line.status)],
            "label": PartStatus(line.status).label,
            "quantity": plain(taken(line) if line.status not in TO_GIVE else line.quantity),
            "cost": f"{part_lines.total_of(part_lines.figures(line)):,.2f}" if costs else "",
            "at": line.added_at,
        }
        for line in found_lines
    ]
