"""The page of one work order: what it is, who and where, what may be done next, and its whole story."""

from __future__ import annotations

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from assets.models import Asset, Location
from core import relative_time
from core.pages import MemberRequest, page, status_of
from tenancy.models import Member
from tenancy.permissions import may
from workorders import history, panels, permissions, steps
from workorders.choices import NOTE_LENGTH, TERMINAL, Meaning
from workorders.forms.comments import CommentForm
from workorders.models import StatusLog, WorkOrder

RELATED = (
    "status",
    "priority",
    "type",
    "asset",
    "location",
    "assigned_to__member",
    "crew",
    "requested_by",
    "follow_up_of",
    "problem",
    "cause",
    "remedy",
)


@page()
def detail(request: MemberRequest, pk: UUID) -> HttpResponse:
    WorkOrder.objects.get_visible(request.member, pk)
    work_order = WorkOrder.objects.select_related(*RELATED).get(pk=pk)
    return show(request, work_order)


def show(request: MemberRequest, work_order: WorkOrder, *, comment_form: CommentForm | None = None) -> HttpResponse:
    member: Member = request.member
    primary, beside, more = steps.offers(work_order, member)
    ended = work_order.meaning in TERMINAL
    lead, crew = work_order.assigned_to, work_order.crew
    above = places_above(work_order)
    main, side = panels.of(panels.MAIN, work_order, member), panels.of(panels.SIDE, work_order, member)
    context = {
        "main_panels": main,
        "side_panels": side,
        "live_parts": ",".join(
            ["#head", "#work", "#people", "#history", "#act-bar"]
            + [f"#panel-{panel['name']}" for panel in (*main, *side) if panel.get("live")]
        ),
        "crumbs": crumbs(work_order, member),
        "work_order": work_order,
        "primary": primary,
        "acts": beside,
        "more": more,
        "due": relative_time.due(work_order.due_at, timezone.now(), ended=ended, zone=timezone.get_current_timezone()),
        "due_exact": timezone.localtime(work_order.due_at).strftime("%a %-d %b %Y, %H:%M %Z")
        if work_order.due_at
        else "",
        "sent_back": sent_back(work_order),
        "assignee": lead.member.name if lead else "",
        "crew": crew.name if crew else "",
        "assistants": list(
            work_order.assignments.order_by("technician__member__name").values_list(
                "technician__member__name", flat=True
            )
        ),
        "requester": work_order.requested_by.name if work_order.requested_by else "",
        "asset": asset_card(work_order, member),
        "place": " › ".join(name for name, _ in above),
        "other_jobs": other_jobs(work_order, member),
        "dates": dates(work_order),
        "minutes": {
            "estimated": relative_time.hours(work_order.estimated_minutes),
            "actual": relative_time.hours(work_order.actual_minutes),
        },
        "zone_note": zone_note(above, member),
        "follow_up_of": follow_up_of(work_order, member),
        "history": history.of(work_order, member),
        "edit_href": reverse("workorders:edit", args=[work_order.pk])
        if permissions.can_edit(member, work_order) and work_order.meaning != Meaning.CLOSED
        else "",
        "may_comment": permissions.can_comment(member, work_order),
        "comment_form": comment_form or CommentForm(),
        "note_length": NOTE_LENGTH,
        "mentionable_href": reverse("api-work-order-mentionable", args=[work_order.pk])
        if permissions.reads_every_note(member)
        else "",
        "comment_href": reverse("workorders:comment", args=[work_order.pk]),
        "ask_requester": bool(work_order.requested_by_id and work_order.requested_by_id != member.pk)
        and may(member, "workorder.view_all", "workorder.view_own"),
    }
    return render(request, "workorders/detail.html", context, status=status_of(comment_form))


def crumbs(work_order: WorkOrder, member: Member) -> list[tuple[str, str]]:
    """Back to where this member came from: their work, their requests or the list."""
    if may(member, "workorder.view_all"):
        return [("Work orders", reverse("workorders:list"))]
    if may(member, "workorder.view_own"):
        return [("My work", reverse("workorders:my_work"))]
    return [("My requests", reverse("workorders:requests"))]


def sent_back(work_order: WorkOrder) -> str:
    """Why the work came back, as long as it is being done again."""
    if work_order.meaning != Meaning.IN_PROGRESS:
        return ""
    last = StatusLog.objects.filter(work_order=work_order).order_by("-recorded_at", "-id").first()
    return last.reason if last and last.from_meaning == Meaning.COMPLETED else ""


def asset_card(work_order: WorkOrder, member: Member) -> dict[str, Any] | None:
    asset: Asset | None = work_order.asset
    if asset is None:
        return None
    return {
        "name": asset.name,
        "tag": asset.tag,
        "criticality": asset.criticality,
        "href": reverse("workorders:asset", args=[asset.pk]) if may(member, "asset.view") else "",
    }


def other_jobs(work_order: WorkOrder, member: Member) -> list[dict[str, Any]]:
    if work_order.asset_id is None:
        return []
    jobs = WorkOrder.objects.visible_to(member).active().filter(asset_id=work_order.asset_id).exclude(pk=work_order.pk)
    found = jobs.order_by("-created_at").values_list("id", "number", "title")[:5]
    return [{"id": pk, "number": number, "title": title} for pk, number, title in found]


def dates(work_order: WorkOrder) -> list[tuple[str, Any]]:
    named = [
        ("Reported", work_order.created_at),
        ("Due", work_order.due_at),
        ("Scheduled", work_order.scheduled_at),
        ("Started", work_order.started_at),
        ("Completed", work_order.completed_at),
        ("Closed", work_order.closed_at),
        ("Cancelled", work_order.cancelled_at),
    ]
    return [(label, at) for label, at in named if at]


def places_above(work_order: WorkOrder) -> list[tuple[str, str]]:
    """Name and time zone of the place and those above it, topmost first."""
    if work_order.location is None:
        return []
    return list(Location.objects.above(work_order.location).values_list("name", "time_zone"))


def zone_note(above: list[tuple[str, str]], member: Member) -> str:
    """The site's zone (that of the nearest place that has one), where it differs from the one this page is written in."""
    zone = next((zone for _, zone in reversed(above) if zone), "")
    if not zone or zone == member.tenant.time_zone:
        return ""
    return f"{zone}; it is {timezone.now().astimezone(ZoneInfo(zone)):%H:%M} there"


def follow_up_of(work_order: WorkOrder, member: Member) -> dict[str, str] | None:
    earlier = work_order.follow_up_of
    if earlier is None or not WorkOrder.objects.visible_to(member).filter(pk=earlier.pk).exists():
        return None
    return {"number": earlier.number, "href": reverse("workorders:detail", args=[earlier.pk])}
