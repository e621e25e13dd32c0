"""Where each role begins: the dispatcher's dashboard, the technician's work, the requester's requests."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from core.models import Event
from core.pages import fragment, page
from tenancy.models import Member
from tenancy.permissions import may
from workorders import history, page_rows
from workorders.choices import ACTIVE, Meaning
from workorders.models import WorkOrder

NEWS = 12
AHEAD = 8


@page()
def home(request: HttpRequest) -> HttpResponse:
    """The start page of the member's role."""
    member: Member = request.member  # type: ignore[attr-defined]
    if may(member, "workorder.assign"):
        return redirect("workorders:dashboard")
    if may(member, "workorder.take", "workorder.work"):
        return redirect("workorders:my_work")
    if may(member, "workorder.view_all"):
        return redirect("workorders:list")
    return redirect("workorders:requests")


@page("workorder.view_all")
def dashboard(request: HttpRequest) -> HttpResponse:
    member: Member = request.member  # type: ignore[attr-defined]
    now = timezone.now()
    seen = WorkOrder.objects.visible_to(member)
    local = timezone.localtime(now)
    ahead = seen.active().filter(due_at__lt=now + dt.timedelta(days=7)).order_by("due_at", "pk")[:AHEAD]
    context = {
        "greeting": f"Good {'morning' if local.hour < 12 else 'afternoon' if local.hour < 18 else 'evening'}, {member.name.split()[0]}",
        "today": local.strftime("%A, %-d %B %Y"),
        "tiles": tiles(seen, now, member),
        "ahead": page_rows.dress(page_rows.read(ahead), member, now=now),
        "ahead_href": f"{reverse('workorders:list')}?sort=dueDate",
        "news": news(member),
    }
    return render(request, "workorders/dashboard.html", context)


def tiles(seen: Any, now: dt.datetime, member: Member) -> list[dict[str, Any]]:
    listed = reverse("workorders:list")
    figures = [
        ("Open", seen.active(), "", " tile-accent", "all that is not done"),
        ("Overdue", seen.overdue(now), "show=overdue", " tile-late", ""),
        ("Due in 24 h", seen.due_within(24, now), "show=soon", " tile-soon", ""),
        ("On hold", seen.filter(meaning=Meaning.ON_HOLD), "status=on_hold", "", ""),
        ("Unassigned", seen.unassigned(), "show=unassigned", "", "nobody has taken them"),
    ]
    if may(member, "workorder.close"):
        figures.append(("To verify", seen.filter(meaning=Meaning.COMPLETED), "show=verify", "", "done, not yet closed"))
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


def news(member: Member) -> list[dict[str, Any]]:
    """The latest facts about work orders this member sees."""
    events = list(
        Event.objects.filter(tenant_id=member.tenant_id, work_order_id__isnull=False)
        .exclude(type="work_order.deleted")
        .order_by("-seq")[: NEWS * 2]
    )
    ids = {event.work_order_id for event in events}
    numbers = dict(WorkOrder.objects.visible_to(member).filter(pk__in=ids).values_list("pk", "number"))
    shown = [event for event in events if event.work_order_id in numbers][:NEWS]
    names = history.Names({event.actor_id for event in shown if event.actor_id} | history.mentioned(shown))
    told = [(event, history.told(event, names, inside=True)) for event in shown]
    return [
        {
            "icon": item.icon,
            "number": numbers[event.work_order_id],
            "href": reverse("workorders:detail", args=[event.work_order_id]),
            "text": item.text.replace("this ", "").replace(" it", "").replace(" this", ""),
            "who": item.who,
            "at": item.at,
        }
        for event, item in told
    ]


RANGES = {"today": "Today", "week": "This week", "all": "All"}


@page("workorder.take", "workorder.work")
def my_work(request: HttpRequest) -> HttpResponse:
    """The technician's jobs: what is running, what is late, what comes next."""
    member: Member = request.member  # type: ignore[attr-defined]
    chosen = request.GET.get("range", "")
    chosen = chosen if chosen in RANGES else "all"
    now = timezone.now()
    jobs = WorkOrder.objects.visible_to(member).worked_by(member).active()
    if chosen != "all":
        jobs = jobs.filter(due_at__lt=until(chosen)) | jobs.filter(meaning=Meaning.IN_PROGRESS)
    rows = page_rows.dress(page_rows.read(jobs.order_by("due_at", "priority__rank", "pk")[:200]), member, now=now)
    here = request.get_full_path()
    context = {
        "ranges": [(label, f"?range={key}", key == chosen) for key, label in RANGES.items()],
        "groups": grouped(page_rows.cards(rows)),
        "may_take": may(member, "workorder.take"),
        "free_href": f"{reverse('workorders:list')}?show=unassigned",
        "here": here,
    }
    return fragment(request, "workorders/my_work.html", context)


def until(chosen: str) -> dt.datetime:
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    days = 1 if chosen == "today" else 7 - midnight.weekday()
    return midnight + dt.timedelta(days=days)


def grouped(rows: list[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Now, overdue, next, waiting: in the order a technician needs them; empty groups are left out."""
    groups: dict[str, list[dict[str, Any]]] = {"Now": [], "Overdue": [], "Next": [], "Waiting": []}
    for row in rows:
        late = "due-late" in row["due_css"]
        name = {Meaning.IN_PROGRESS: "Now", Meaning.ON_HOLD: "Waiting"}.get(row["meaning"]) or (
            "Overdue" if late else "Next"
        )
        groups[name].append(row)
    return [(name, found) for name, found in groups.items() if found]


@page("workorder.view_requested", "workorder.request", "workorder.create")
def requests(request: HttpRequest) -> HttpResponse:
    """What this member reported, newest first; open before finished."""
    member: Member = request.member  # type: ignore[attr-defined]
    own = WorkOrder.objects.visible_to(member).filter(requested_by_id=member.pk)
    before = request.GET.get("before", "")
    shown = 30
    rows = own.order_by("-created_at", "-pk")
    if before:
        try:
            rows = rows.filter(created_at__lt=dt.datetime.fromisoformat(before))
        except ValueError:
            rows = rows.none()
    found = page_rows.cards(page_rows.dress(page_rows.read(rows[: shown + 1]), member))
    more, found = found[shown:], found[:shown]
    if not before:
        found.sort(key=lambda row: row["meaning"] not in ACTIVE)
        last = min((row["created_at"] for row in found), default=None)
    else:
        last = found[-1]["created_at"] if found else None
    context = {
        "rows": found,
        "next_href": f"?{urlencode({'before': last.isoformat()})}" if more and last else "",
        "here": request.get_full_path(),
    }
    return fragment(request, "workorders/requests.html", context)
