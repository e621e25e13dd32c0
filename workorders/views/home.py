"""Where each role begins: the dispatcher's dashboard, the technician's work, the requester's requests."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from core import pagination
from core.models import Event
from core.pages import MemberRequest, fragment, page
from core.pagination import Key, Window
from tenancy.models import Member
from tenancy.permissions import may
from workorders import catalogue, history, page_rows, rows
from workorders.choices import Meaning
from workorders.models import WorkOrder

NEWS = 10
AHEAD = 8
JOBS = 200
REQUESTS = 30


@page()
def home(request: MemberRequest) -> HttpResponse:
    """The start page of the member's role."""
    member: Member = request.member
    if may(member, "workorder.assign"):
        return redirect("workorders:dashboard")
    if may(member, "workorder.take", "workorder.work"):
        return redirect("workorders:my_work")
    if may(member, "workorder.view_all"):
        return redirect("workorders:list")
    if may(member, "workorder.view_parts"):
        return redirect("workorders:to_give")
    return redirect("workorders:requests")


@page("workorder.view_all")
def dashboard(request: MemberRequest) -> HttpResponse:
    member: Member = request.member
    now = timezone.now()
    seen = WorkOrder.objects.visible_to(member)
    local = timezone.localtime(now)
    ahead = seen.active().filter(due_at__lt=now + dt.timedelta(days=7))
    context = {
        "greeting": f"Good {'morning' if local.hour < 12 else 'afternoon' if local.hour < 18 else 'evening'}, {member.name.split()[0]}",
        "today": local.strftime("%A, %-d %B %Y"),
        "tiles": tiles(seen, now, member),
        "ahead": page_rows.listed(ahead, [Key("due_at")], AHEAD, member),
        "ahead_href": f"{reverse('workorders:list')}?sort=dueDate",
        "news": news(member),
    }
    return render(request, "workorders/dashboard.html", context)


def tiles(seen: Any, now: dt.datetime, member: Member) -> list[dict[str, Any]]:
    listed = reverse("workorders:list")
    figures = [
        ("Open", seen.active(), "", " tile-accent", "all that is not done"),
        ("Overdue", seen.overdue(now), "overdue=true", " tile-late", ""),
        (
            "Due in 24 h",
            seen.due_within(24, now),
            urlencode({"dueAfter": stamp(now), "dueBefore": stamp(now + dt.timedelta(hours=24)), "sort": "dueDate"}),
            " tile-soon",
            "",
        ),
        ("On hold", seen.filter(meaning=Meaning.ON_HOLD), keyed(member, Meaning.ON_HOLD), "", ""),
        ("Unassigned", seen.unassigned(), "assignedTo=none", "", "nobody has taken them"),
    ]
    if may(member, "workorder.close"):
        figures.append(
            (
                "To verify",
                seen.filter(meaning=Meaning.COMPLETED),
                keyed(member, Meaning.COMPLETED),
                "",
                "done, not yet closed",
            )
        )
    return [
        {
            "label": label,
            "count": rows.count(),
            "href": f"{listed}?{query}" if query else listed,
            "css": css,
            "note": note,
        }
        for label, rows, query, css, note in figures
    ]


def stamp(at: dt.datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def keyed(member: Member, meaning: str) -> str:
    """The list's query for every status of one meaning, whatever the tenant calls them."""
    return urlencode(
        {"status": ",".join(s.key for s in catalogue.of(member).statuses.values() if s.meaning == meaning)}
    )


def news(member: Member) -> list[dict[str, Any]]:
    """The latest facts about work orders this member sees."""
    events = list(
        Event.objects.filter(tenant_id=member.tenant_id, work_order_id__isnull=False)
        .exclude(type="work_order.deleted")
        .order_by("-seq")[: NEWS * 3]
    )
    ids = {event.work_order_id for event in events if event.work_order_id}
    orders = {
        pk: (number, title)
        for pk, number, title in WorkOrder.objects.visible_to(member)
        .filter(pk__in=ids)
        .values_list("pk", "number", "title")
    }
    shown = [event for event in events if event.work_order_id in orders]
    shown.sort(key=lambda event: event.occurred_at, reverse=True)
    names = history.Names({event.actor_id for event in shown if event.actor_id} | history.mentioned(shown))
    found = []
    for event in shown[:NEWS]:
        item = history.told(event, names, inside=True)
        before, _, after = item.text.partition("{}")
        number, title = orders[event.work_order_id]  # type: ignore[index]
        found.append(
            {
                "icon": item.icon,
                "who": item.who,
                "before": before,
                "number": number,
                "after": after,
                "title": title,
                "href": reverse("workorders:detail", args=[event.work_order_id]),
                "at": item.at,
            }
        )
    return found


RANGES = {"today": "Today", "week": "This week", "all": "All"}


@page("workorder.take", "workorder.work")
def my_work(request: MemberRequest) -> HttpResponse:
    """The technician's jobs: what is running, what is late, what comes next."""
    member: Member = request.member
    chosen = request.GET.get("range", "")
    chosen = chosen if chosen in RANGES else "all"
    jobs = WorkOrder.objects.visible_to(member).worked_by(member).active()
    if chosen != "all":
        jobs = jobs.filter(due_at__lt=until(chosen)) | jobs.filter(meaning=Meaning.IN_PROGRESS)
    order = [Key("due_at", nullable=True), Key("priority__rank")]
    found = page_rows.with_steps(page_rows.sent_back(page_rows.cards(page_rows.listed(jobs, order, JOBS, member))))
    here = request.get_full_path()
    context = {
        "ranges": [(label, f"?range={key}", key == chosen) for key, label in RANGES.items()],
        "groups": grouped(found),
        "may_take": may(member, "workorder.take"),
        "free_href": f"{reverse('workorders:list')}?assignedTo=none",
        "here": here,
    }
    return fragment(request, "workorders/my_work.html", context)


def until(chosen: str) -> dt.datetime:
    midnight = page_rows.midnight()
    days = 1 if chosen == "today" else 7 - midnight.weekday()
    return midnight + dt.timedelta(days=days)


def grouped(rows: list[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Sent back, now, overdue, next, waiting: in the order a technician needs them; empty groups are left out."""
    groups: dict[str, list[dict[str, Any]]] = {"Sent back": [], "Now": [], "Overdue": [], "Next": [], "Waiting": []}
    for row in rows:
        late = "due-late" in row["due_css"]
        name = {Meaning.IN_PROGRESS: "Now", Meaning.ON_HOLD: "Waiting"}.get(row["meaning"]) or (
            "Overdue" if late else "Next"
        )
        groups["Sent back" if row["sent_back"] else name].append(row)
    return [(name, found) for name, found in groups.items() if found]


@page("workorder.view_requested", "workorder.request", "workorder.create")
def requests(request: MemberRequest) -> HttpResponse:
    """What this member reported, newest first."""
    member: Member = request.member
    own = WorkOrder.objects.visible_to(member).filter(requested_by_id=member.pk)
    keys = [Key("created_at", descending=True), Key("pk", descending=True)]
    good_for = pagination.binding("requests", member.tenant_id, member.pk)
    cursor = request.GET.get("cursor")
    after = pagination.unseal(cursor, good_for) if cursor else None
    found, last = rows.summaries(lambda: own, keys, after, Window(limit=REQUESTS))
    context = {
        "rows": page_rows.cards(page_rows.dress(found, member)),
        "next_href": f"?{urlencode({'cursor': pagination.seal(last, good_for)})}" if last else "",
        "here": request.get_full_path(),
    }
    return fragment(request, "workorders/requests.html", context)
