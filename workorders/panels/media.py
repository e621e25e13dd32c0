"""Photos and files on the page of a work order: a gallery with what it looked like before and after."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from media import showing
from media.choices import HERE
from tenancy.models import Member
from tenancy.permissions import may
from workorders import gallery, permissions
from workorders.choices import Meaning, MediaLabel
from workorders.models import WorkOrder

COLUMNS = ("label", "for_requester", "task_id", "comment_id")


def panel(work_order: WorkOrder, member: Member) -> dict[str, Any] | None:
    gallery.collect(work_order, member)
    rows = gallery.seen_by(member, work_order=work_order.pk, comment=None)
    works = permissions.can_work(member, work_order)
    open_to = work_order.meaning != Meaning.CLOSED
    adds = open_to and (works or may(member, "workorder.comment", "workorder.edit"))
    every = open_to and (works or may(member, "workorder.edit"))
    items = [
        item(work_order, member, values, every=every, own=adds) for values in rows.values(*showing.columns(), *COLUMNS)
    ]
    if not items and not adds:
        return None
    before = [one for one in items if one["label"] == MediaLabel.BEFORE and one["picture"]]
    after = [one for one in items if one["label"] == MediaLabel.AFTER and one["picture"]]
    pairs = [("Before", before), ("After", after)] if before and after else []
    return {
        "live": True,
        "count": len([one for one in items if one["state"] in HERE]),
        "pairs": pairs,
        "items": [one for one in items if not (pairs and one["picture"] and one["label"])],
        "add_href": reverse("workorders:media_add", args=[work_order.pk]) if adds else "",
        "back": f"{reverse('workorders:detail', args=[work_order.pk])}#panel-media",
    }


def item(work_order: WorkOrder, member: Member, values: dict[str, Any], *, every: bool, own: bool) -> dict[str, Any]:
    one = showing.item(values)
    changes = every or (own and one["by_id"] == member.pk)
    here = [work_order.pk, one["id"]]
    tags = [MediaLabel(values["label"]).label] if values["label"] else []
    if values["task_id"]:
        tags.append("Step")
    if values["for_requester"] and may(member, "workorder.view_all", "workorder.view_own"):
        tags.append("Shown to the requester")
    return one | {
        "label": values["label"],
        "tags": tags,
        "edit_href": reverse("workorders:media_edit", args=here) if changes and one["state"] in HERE else "",
        "remove_href": reverse("workorders:media_remove", args=here) if changes else "",
    }
