"""Doors of the acts on many work orders: choose on the list, say what, see how it went, take it back."""

from __future__ import annotations

import csv
import io
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from core import toasts
from core.api import query
from core.errors import Conflict, Invalid, NotFound
from core.pages import MemberRequest, go, page, status_of, submit
from tenancy.models import Member
from tenancy.permissions import may
from workorders import actions, catalogue
from workorders.actions.bulk import ACTS, DONE, MOST
from workorders.asked import Asked
from workorders.choices import TERMINAL, Meaning
from workorders.exporting import DANGEROUS
from workorders.forms.bulk import FORMS, BulkForm
from workorders.models import BulkRun

SEES = ("workorder.view_all", "workorder.view_own")
# name → label on the bar, icon, title of the dialog, its button
WORDS = {
    "assign": ("Assign", "user-plus", "Who does it?", "Assign"),
    "priority": ("Priority", "flag", "How urgent?", "Set priority"),
    "schedule": ("Schedule", "calendar-clock", "When?", "Set dates"),
    "type": ("Type", "tag", "What kind of work?", "Set type"),
    "department": ("Department", "building-2", "Whose work?", "Set department"),
    "comment": ("Comment", "message-square", "Write the same note to each", "Comment"),
}
SHOWN = 200


def offered(member: Member) -> dict[str, Any]:
    """What the bar of the list offers this member; empty when nothing."""
    acts = [
        {"name": name, "label": label, "icon": icon}
        for name, (label, icon, _, _) in WORDS.items()
        if may(member, ACTS[name].permission)
    ]
    moves = may(member, "workorder.work", "workorder.work_any", "workorder.close", "workorder.cancel")
    found = sorted(catalogue.of(member).statuses.values(), key=lambda one: one.position) if moves else []
    statuses = [
        {"name": f"status.{one.key}", "label": one.name, "meaning": one.meaning}
        for one in found
        if one.is_active and one.meaning != Meaning.ASSIGNED
    ]
    return {"acts": acts[:3], "more": acts[3:], "statuses": statuses} if acts or statuses else {}


@page(*SEES)
@require_POST
def ask(request: MemberRequest) -> HttpResponse:
    """First what to do and how many it will touch, then, once that is confirmed, do it."""
    member: Member = request.member
    name, _, key = request.POST.get("act", "").partition(".")
    if name not in FORMS:
        raise Invalid({"act": "Choose what to do."})
    options: dict[str, Any] = {"member": member}
    if name == "status":
        options["to"] = actions.catalogue_status(member, key)
    asked = Asked.from_text(member, request.POST.get("query", ""))
    everything = request.POST.get("all") == "1"
    ids = chosen_ids(request.POST.getlist("ids"))
    number = asked.rows().order_by().count() if everything else len(ids)
    if not number:
        raise Conflict("Select at least one work order first.", code="nothing_selected")
    if number > MOST:
        raise Conflict(
            f"That are {number:,} work orders; at most {MOST:,} go at a time. Narrow the list.", code="too_many"
        )
    form = FORMS[name](request.POST if "confirmed" in request.POST else None, **options)
    told_before = request.POST.get("confirmed", "")
    if form.is_bound and everything and told_before.isdigit() and number > int(told_before):
        form.add_error(None, f"More match by now: {number:,} instead of {int(told_before):,}. Confirm once more.")
    run = None
    if form.is_bound:
        where: dict[str, Any] = {"matching": asked.rows()} if everything else {"ids": ids}
        run = submit(form, lambda data: actions.bulk(name, by=member, data=form.answer(), told=form.told(), **where))
    back = f"{reverse('workorders:list')}?{asked.text() or 'view=all'}"
    if run is None:
        return render(
            request,
            "workorders/bulk.html",
            dialog(name, form, ids, number, everything, asked, back),
            status=status_of(form),
        )
    return finished(request, run, back)


def chosen_ids(texts: list[str]) -> list[UUID]:
    found = [query.uuid_or_none(text) for text in query.words(texts)]
    return list(dict.fromkeys(pk for pk in found if pk))


def dialog(
    name: str, form: BulkForm, ids: list[UUID], number: int, everything: bool, asked: Asked, back: str
) -> dict[str, Any]:
    to = getattr(form, "to", None)
    _, _, title, button = WORDS.get(name, ("", "", f"Move to {to}", f"Move to {to}"))
    return {
        "act": f"status.{to.key}" if to else name,
        "title": title,
        "button": f"{button}: {number:,} work order{'' if number == 1 else 's'}",
        "danger": bool(to and to.meaning in TERMINAL and to.meaning == Meaning.CANCELLED),
        "form": form,
        "number": number,
        "everything": everything,
        "ids": "" if everything else ",".join(str(pk) for pk in ids),
        "query": asked.text(),
        "back_href": back,
        "crumbs": [("Work orders", back)],
    }


def finished(request: MemberRequest, run: BulkRun, back: str) -> HttpResponse:
    """Back to the list when all went well; to the page of results when something was refused."""
    act = ACTS.get(run.act)
    undo = reverse("workorders:bulk_undo", args=[run.pk]) if act and act.restore and run.done else ""
    if run.refused:
        if run.done:
            toasts.say(request, f"{run.told}: {run.done:,} done, {run.refused:,} refused.", undo=undo)
        return go(request, reverse("workorders:bulk_result", args=[run.pk]))
    toasts.say(request, f"{run.told}: {run.done:,} work order{'' if run.done == 1 else 's'}.", undo=undo)
    return go(request, back)


@page(*SEES)
def count(request: MemberRequest) -> HttpResponse:
    """Exactly how many match the list's filters; asked only when somebody wants them all."""
    number = Asked.of(request.member, request.GET).rows().order_by().count()
    return HttpResponse(str(number), content_type="text/plain")


def own_run(request: MemberRequest, pk: UUID) -> BulkRun:
    run = BulkRun.objects.filter(pk=pk, by=request.member).first()
    if run is None:
        raise NotFound("There is no such act.")
    return run


@page(*SEES)
def result(request: MemberRequest, pk: UUID) -> HttpResponse:
    """A row for each: first what was refused, with its sentence. Also as a file."""
    run = own_run(request, pk)
    lines = sorted(run.results, key=lambda line: line["outcome"] == DONE)
    if request.GET.get("format") == "csv":
        return as_file(run, lines)
    act = ACTS.get(run.act)
    reversible = act is not None and act.restore is not None and run.done and not run.undone_at
    context = {
        "crumbs": [("Work orders", reverse("workorders:list"))],
        "run": run,
        "total": run.done + run.refused,
        "lines": lines[:SHOWN],
        "further": max(0, len(lines) - SHOWN),
        "undo_href": reverse("workorders:bulk_undo", args=[run.pk]) if reversible else "",
        "file_href": f"{request.path}?format=csv",
        "list_href": reverse("workorders:list"),
    }
    return render(request, "workorders/bulk_result.html", context)


def as_file(run: BulkRun, lines: list[dict[str, Any]]) -> HttpResponse:
    target = io.StringIO("\ufeff")
    target.seek(0, io.SEEK_END)
    writer = csv.writer(target)
    writer.writerow(["Number", "Title", "Result", "Why"])
    for line in lines:
        cells = [line.get("number", ""), line.get("title", ""), line["outcome"], line.get("why", "")]
        writer.writerow([f"'{cell}" if cell.startswith(DANGEROUS) else cell for cell in cells])
    headers = {"Content-Disposition": f'attachment; filename="result-{run.created_at:%Y-%m-%d-%H%M}.csv"'}
    return HttpResponse(target.getvalue(), headers=headers, content_type="text/csv; charset=utf-8")


@page(*SEES)
@require_POST
def undo(request: MemberRequest, pk: UUID) -> HttpResponse:
    run = own_run(request, pk)
    undone = actions.undo_bulk(run, by=request.member)
    return finished(request, undone, f"{reverse('workorders:list')}?view=all")
