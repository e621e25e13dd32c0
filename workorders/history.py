"""The story of one work order as a page tells it: events, status changes and comments in one line of time."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString

from core.models import Event
from labor.models import Crew
from tenancy.models import Member
from tenancy.permissions import may
from workorders import gallery
from workorders.choices import GUARDED_FIELDS, NOTE_EDIT_MINUTES, NOTE_EVENTS, LinkKind, Meaning
from workorders.models import Comment, Mention, StatusLog, WorkOrder

SYSTEM = "Millwright"
EVENTS_SHOWN = 200
# event → icon, what somebody did; {} is the work order: "this" in its own story, its number elsewhere
TOLD: dict[str, tuple[str, str]] = {
    "work_order.created": ("flag", "reported {}"),
    "work_order.assigned": ("user-plus", "assigned {}"),
    "work_order.unassigned": ("user-minus", "took everybody off {}"),
    "work_order.started": ("play", "started {}"),
    "work_order.held": ("pause", "put {} on hold"),
    "work_order.resumed": ("play", "went on with {}"),
    "work_order.completed": ("check", "completed {}"),
    "work_order.closed": ("badge-check", "verified and closed {}"),
    "work_order.sent_back": ("undo-2", "sent {} back"),
    "work_order.cancelled": ("ban", "cancelled {}"),
    "work_order.reinstated": ("rotate-ccw", "took {} up again"),
    "work_order.updated": ("pencil", "changed {}"),
    "work_order.commented": ("message-square", "commented on {}"),
    "work_order.shared": ("share-2", "showed {} to somebody"),
    "work_order.unshared": ("share-2", "no longer shows {} to somebody"),
    "work_order.time_booked": ("timer", "booked time on {}"),
    "work_order.time_corrected": ("timer", "corrected time on {}"),
    "work_order.timer_started": ("timer", "started the clock on {}"),
    "work_order.timer_stopped": ("timer-off", "stopped the clock on {}"),
    "work_order.cost_booked": ("coins", "booked a cost on {}"),
    "work_order.cost_taken_back": ("coins", "took a cost back from {}"),
    "work_order.deleted": ("trash-2", "deleted {}"),
    "work_order.linked": ("link", "linked {} to other work"),
    "work_order.unlinked": ("unlink", "unlinked {} from other work"),
    "work_order.split": ("split", "split {}; a part of it became a work order of its own"),
    "work_order.merged": ("merge", "merged other work into {}"),
    "work_order.part_added": ("package-plus", "asked for parts for {}"),
    "work_order.part_reserved": ("package", "reserved a part for {}"),
    "work_order.part_issued": ("package-open", "gave out a part for {}"),
    "work_order.part_used": ("package-check", "used a part on {}"),
    "work_order.part_returned": ("undo-2", "brought back a part from {}"),
    "work_order.part_changed": ("package", "changed a part of {}"),
    "work_order.part_removed": ("package-x", "took a part off {}"),
    "work_order.tasks_added": ("list-plus", "added steps to {}"),
    "work_order.task_updated": ("list-checks", "changed a step of {}"),
    "work_order.task_moved": ("list-ordered", "moved a step of {}"),
    "work_order.task_removed": ("list-x", "removed a step from {}"),
    "work_order.task_answered": ("list-checks", "answered a step of {}"),
    "work_order.tasks_answered": ("list-checks", "set steps of {} to OK"),
    "work_order.task_reopened": ("list-restart", "took the answer back to a step of {}"),
    "work_order.task_waived": ("stamp", "waived a step of {}"),
    "work_order.task_followed_up": ("git-branch", "opened a follow-up of a step of {}"),
    "work_order.plan_applied": ("clipboard-list", "applied a job plan to {}"),
    "work_order.plan_made": ("save", "saved {} as a job plan"),
    "work_order.media_added": ("image-plus", "added a file to {}"),
    "work_order.media_changed": ("image", "described a file of {}"),
    "work_order.media_removed": ("image-off", "deleted a file of {}"),
    "work_order.media_refused": ("image-off", "refused a file sent to {}"),
}
# How a link reads from the work order whose story it is in; the other one is not named, not everybody sees it.
LINK_SAID = {
    LinkKind.BLOCKS: "It must be done before other work",
    f"{LinkKind.BLOCKS}:by": "It waits until other work is done",
    LinkKind.DUPLICATE_OF: "It is a duplicate",
    f"{LinkKind.DUPLICATE_OF}:by": "Other work is a duplicate of it",
    LinkKind.SPLIT_FROM: "It was split from other work",
    f"{LinkKind.SPLIT_FROM}:by": "Other work was split from it",
    LinkKind.MERGED_INTO: "It was merged into other work",
    f"{LinkKind.MERGED_INTO}:by": "Other work was merged into it",
}
BY_MEANING: dict[str, str] = {
    Meaning.OPEN: "work_order.created",
    Meaning.ASSIGNED: "work_order.assigned",
    Meaning.IN_PROGRESS: "work_order.started",
    Meaning.ON_HOLD: "work_order.held",
    Meaning.COMPLETED: "work_order.completed",
    Meaning.CLOSED: "work_order.closed",
    Meaning.CANCELLED: "work_order.cancelled",
}
FIELD_WORDS = {name: label.lower() for name, label in GUARDED_FIELDS.items()} | {
    "title": "title",
    "description": "description",
    "department": "department",
    "requested_by": "requester",
    "progress": "progress",
    "external_id": "external id",
    "parent": "what it is a part of",
    "children": "the parts",
    "further_assets": "the further assets",
}


# What happens by itself, and only open pages need to hear of.
QUIET = ("work_order.media_prepared",)


@dataclass(slots=True)
class Item:
    at: dt.datetime
    icon: str
    who: str
    text: str
    said: str = ""
    tag: str = ""
    # Of a note: its id, where its earlier texts are read, and where it may still be changed.
    note: UUID | None = None
    earlier_href: str = ""
    edit_href: str = ""
    files: list[dict[str, Any]] = field(default_factory=list)


class Names:
    """The people and crews that a story mentions, each table asked once."""

    def __init__(self, ids: set[UUID]) -> None:
        self.members = dict(Member.objects.filter(pk__in=ids).values_list("pk", "name"))
        self.crews = dict(Crew.objects.filter(pk__in=ids).values_list("pk", "name"))

    def person(self, pk: UUID | None) -> str:
        return self.members.get(pk, SYSTEM) if pk else SYSTEM

    def listed(self, values: list[Any]) -> str:
        found = [self.members.get(pk) or self.crews.get(pk) for pk in map(as_id, values) if pk]
        return ", ".join(name for name in found if name)


def as_id(value: Any) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None


def after(event: Event, name: str) -> Any:
    return (event.changes.get(name) or [None, None])[1]


def assignees(event: Event) -> list[Any]:
    values = [after(event, "assigned_to"), after(event, "crew"), *(after(event, "helpers") or [])]
    return [value for value in values if value]


def mentioned(events: list[Event]) -> set[UUID]:
    """The people and crews that assignments name."""
    return {pk for event in events for pk in map(as_id, assignees(event)) if pk}


def of(work_order: WorkOrder, member: Member) -> list[Item]:
    """Newest first. Somebody who may only follow their own request does not see notes meant for the workshop."""
    inside = may(member, "workorder.view_all", "workorder.view_own")
    told_here = Event.objects.filter(tenant_id=work_order.tenant_id, work_order_id=work_order.pk)
    told_here = told_here.exclude(type__in=(*NOTE_EVENTS, *QUIET))
    if not inside:
        # What the workshop ticks off is its own affair.
        told_here = told_here.exclude(type__startswith="work_order.task")
    events = list(told_here.order_by("-seq")[:EVENTS_SHOWN])
    log = list(StatusLog.objects.filter(work_order=work_order))
    comments = Comment.objects.filter(work_order=work_order)
    notes = list(comments if inside else comments.filter(for_requester=True))
    names = Names(
        {event.actor_id for event in events if event.actor_id}
        | {row.by_id for row in log if row.by_id}
        | {note.author_id for note in notes if note.author_id}
        | mentioned(events)
    )
    items = [told(event, names, inside=inside) for event in events]
    for item in items:
        item.text = item.text.replace("{}", "this", 1)
    # Loaded history has its status log but no events.
    known = {event.occurred_at for event in events if "status" in event.changes or event.type == "work_order.created"}
    items += [moved(row, names) for row in log if row.occurred_at not in known]
    mentioned_in, files = mentions_of(work_order), gallery.of_comments(work_order, member)
    for note in notes:
        item = remark(note, names, mentioned_in.get(note.pk, []), member, inside=inside)
        item.files = files.get(note.pk, [])
        items.append(item)
    items.sort(key=lambda item: item.at, reverse=True)
    return items


def mentions_of(work_order: WorkOrder) -> dict[UUID, list[str]]:
    """Whom each note mentions, by name."""
    found: dict[UUID, list[str]] = {}
    rows = Mention.objects.filter(comment__work_order=work_order).values_list("comment_id", "member__name")
    for pk, name in rows:
        found.setdefault(pk, []).append(name)
    return found


def remark(note: Comment, names: Names, mentioned: list[str], member: Member, *, inside: bool) -> Item:
    fresh = timezone.now() - note.created_at <= dt.timedelta(minutes=NOTE_EDIT_MINUTES)
    here = [note.work_order_id, note.pk]
    return Item(
        note.created_at,
        "message-square",
        names.person(note.author_id),
        "commented",
        marked(note.text, mentioned),
        "Shown to the requester" if note.for_requester and inside else "",
        note=note.pk,
        earlier_href=reverse("workorders:comment_earlier", args=here) if note.edited_at else "",
        edit_href=reverse("workorders:comment_edit", args=here)
        if fresh and note.author_id == member.pk and may(member, "workorder.comment")
        else "",
    )


def marked(text: str, mentioned: list[str]) -> SafeString:
    """The text with the names of those it mentions set off."""
    shown = str(escape(text))
    for name in sorted(mentioned, key=len, reverse=True):
        typed = re.compile(re.escape(f"@{escape(name)}") + r"(?![^<]*</span>)", re.IGNORECASE)
        shown = typed.sub(lambda found: f'<span class="mention">{found.group()}</span>', shown)
    return SafeString(shown)


def told(event: Event, names: Names, *, inside: bool) -> Item:
    icon, text = TOLD.get(event.type, ("circle", event.type.partition(".")[2].replace("_", " ")))
    said = str(after(event, "reason") or "")
    if event.type == "work_order.assigned" and (people := names.listed(assignees(event))):
        text = "assigned {} to " + people
    if event.type in ("work_order.linked", "work_order.unlinked"):
        said = LINK_SAID.get(link_kind(event), "")
    if event.type == "work_order.updated":
        fields = [FIELD_WORDS.get(name, name) for name in event.changes if name not in ("status", "updated_at")]
        text = f"changed {', '.join(fields[:4])} of {{}}" if fields else text
    if inside and event.type.startswith("work_order.part_"):
        listed = event.changes.get("parts") or [[], []]
        said = ", ".join(listed[1] or listed[0] or [])
    if "step" in event.changes:
        said = step_said(event)
    if not inside and event.type in ("work_order.held", "work_order.sent_back"):
        said = ""
    return Item(event.occurred_at, icon, names.person(event.actor_id), text, said)


def link_kind(event: Event) -> str:
    before, now = event.changes.get("link") or [None, None]
    return str((now or before or {}).get("kind", ""))


def step_said(event: Event) -> str:
    """ "3. Oil pressure: 5.2 bar" """
    more = after(event, "answer") or after(event, "reason") or after(event, "follow_up")
    return f"{after(event, 'step')}: {more}" if more else str(after(event, "step"))


def moved(row: StatusLog, names: Names) -> Item:
    kind = BY_MEANING[row.to_meaning]
    if row.from_meaning == Meaning.ON_HOLD and row.to_meaning == Meaning.IN_PROGRESS:
        kind = "work_order.resumed"
    if row.from_meaning == Meaning.CANCELLED and row.to_meaning == Meaning.OPEN:
        kind = "work_order.reinstated"
    if row.from_meaning == Meaning.ASSIGNED and row.to_meaning == Meaning.OPEN:
        kind = "work_order.unassigned"
    if row.from_meaning == Meaning.COMPLETED and row.to_meaning == Meaning.IN_PROGRESS:
        kind = "work_order.sent_back"
    icon, text = TOLD[kind]
    return Item(row.occurred_at, icon, names.person(row.by_id), text.replace("{}", "this", 1), row.reason)
