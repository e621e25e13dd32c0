"""What the work hangs together with: the whole, its parts, what blocks it, duplicates, further assets."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from core import relative_time
from tenancy.models import Member
from tenancy.permissions import may
from workorders import links, permissions
from workorders.choices import TERMINAL, Meaning
from workorders.links import Family, Other
from workorders.models import WorkOrder


def panel(work_order: WorkOrder, member: Member) -> dict[str, Any] | None:
    found = links.family(work_order, member)
    edits = permissions.can_edit(member, work_order) and work_order.meaning != Meaning.CLOSED
    groups = grouped(work_order, found, edits)
    assets = further(work_order, found, edits, sees=may(member, "asset.view"))
    if not groups and not assets and not edits:
        return None
    here = [work_order.pk]
    open_ = work_order.meaning not in TERMINAL
    return {
        "groups": groups,
        "assets": assets,
        "counted": f"{found.done} of {found.due} parts done" if found.children else "",
        "percent": round(100 * found.done / found.due) if found.due else 0,
        "booked": booked(found, member),
        "link_href": reverse("workorders:link", args=here) if edits else "",
        "asset_href": reverse("workorders:further_asset", args=here) if edits and may(member, "asset.view") else "",
        "split_href": reverse("workorders:split", args=here)
        if edits and open_ and may(member, "workorder.create")
        else "",
        "merge_href": reverse("workorders:merge", args=here)
        if edits and open_ and may(member, "workorder.cancel")
        else "",
        "live": True,
    }


def entry(other: Other, remove: str = "", back: str = "") -> dict[str, Any]:
    return {
        "href": reverse("workorders:detail", args=[other.id]),
        "number": other.number,
        "title": other.title,
        "status": other.status,
        "meaning": other.meaning,
        "remove_href": remove,
        "back": back,
    }


def grouped(work_order: WorkOrder, found: Family, edits: bool) -> list[tuple[str, list[dict[str, Any]]]]:
    """The links under their words, what holds the work up first."""

    def out(child: Any) -> str:
        return reverse("workorders:parent", args=[child]) if edits else ""

    groups: dict[str, list[dict[str, Any]]] = {"Blocked by": [], "Part of": [], "Parts": []}
    if found.parent:
        groups["Part of"].append(entry(found.parent, out(work_order.pk)))
    for one in found.children:
        groups["Parts"].append(entry(one, out(one.id), back="1"))
    for link in found.links:
        remove = reverse("workorders:unlink", args=[work_order.pk, link.id]) if edits and link.removable else ""
        groups.setdefault(link.label, []).append(entry(link.other, remove))
    if found.earlier:
        groups["Follow-up of"] = [entry(found.earlier)]
    if found.follow_ups:
        groups["Follow-ups"] = [entry(one) for one in found.follow_ups]
    return [(label, entries) for label, entries in groups.items() if entries]


def further(work_order: WorkOrder, found: Family, edits: bool, *, sees: bool) -> list[dict[str, Any]]:
    return [
        {
            "name": row["asset__name"],
            "tag": row["asset__tag"],
            "href": reverse("workorders:asset", args=[row["asset_id"]]) if sees else "",
            "remove_href": reverse("workorders:further_asset_off", args=[work_order.pk, row["asset_id"]])
            if edits
            else "",
        }
        for row in found.further
    ]


def booked(found: Family, member: Member) -> str:
    """Time and costs of its parts and of what was merged into it, which stay where they were booked."""
    said = [relative_time.hours(found.minutes)] if found.minutes else []
    if found.costs and may(member, "cost.view"):
        said.append(f"{found.costs:,.2f} {member.tenant.currency}")
    return " and ".join(said)
