"""What stands on the paper of work orders: read for all of them at once, in the words of a page."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from assets.models import Location
from core import files, relative_time
from core.errors import DomainError, NotFound
from media.choices import MediaKind, MediaState
from tenancy.models import Member
from workorders import checklist, permissions, rows
from workorders.choices import TaskKind, TaskStatus
from workorders.models import Assignment, PartLine, Signature, Task, WorkOrder, WorkOrderMedia
from workorders.paper import printing

MOST = 100
PHOTOS = 6
RELATED = (
    "status", "priority", "type", "asset", "location__site", "assigned_to__member", "crew", "requested_by", "department",
    "problem", "cause", "remedy", "project",
)  # fmt: skip
BOXES = {TaskStatus.COMPLETED: "x", TaskStatus.FAILED: "!", TaskStatus.SKIPPED: "-", TaskStatus.NOT_APPLICABLE: "-"}


def address(work_order_id: UUID) -> str:
    return f"{settings.BASE_URL}/work-orders/{work_order_id}"


def work_orders(pks: Sequence[UUID], member: Member) -> bytes:
    """One paper with a page or more for each of these work orders, in this order; those the member may not see are left out."""
    visible = WorkOrder.objects.visible_to(member).filter(pk__in=pks[:MOST]).select_related(*RELATED)
    found = {work_order.pk: work_order for work_order in visible}
    orders = [found[pk] for pk in dict.fromkeys(pks) if pk in found]
    if not orders:
        raise NotFound("There is no such work order.", headline="Work order not found")
    pictures: dict[str, bytes] = {}
    below = Below.read(orders, member)
    papers = [paper(work_order, member, below, pictures) for work_order in orders]
    data = {
        "organisation": member.tenant.name,
        "printed": f"Printed {moment(timezone.now())} by {member.name}",
        "title": papers[0]["number"] if len(papers) == 1 else f"{len(papers)} work orders",
        "papers": papers,
    }
    return printing.pdf("work_order", data, pictures)


class Below:
    """Steps, parts, photos, signatures and places of several work orders: one query each."""

    def __init__(self) -> None:
        self.tasks: dict[UUID, list[Task]] = defaultdict(list)
        self.parts: dict[UUID, list[PartLine]] = defaultdict(list)
        self.photos: dict[UUID, list[WorkOrderMedia]] = defaultdict(list)
        self.signatures: dict[UUID, list[Signature]] = defaultdict(list)
        self.helpers: dict[UUID, list[str]] = defaultdict(list)
        self.places: dict[str, str] = {}

    @classmethod
    def read(cls, orders: Sequence[WorkOrder], member: Member) -> Below:
        found, pks = cls(), [work_order.pk for work_order in orders]
        inside = rows.sees_all_notes(member)
        if checklist.sees(member):
            for task in Task.objects.filter(work_order__in=pks).order_by("position", "pk"):
                found.tasks[task.work_order_id].append(task)
        if permissions.can_see_parts(member):
            for line in PartLine.objects.filter(work_order__in=pks).select_related("part").order_by("added_at", "pk"):
                found.parts[line.work_order_id].append(line)
        photos = WorkOrderMedia.objects.filter(
            work_order__in=pks, file__kind=MediaKind.IMAGE, file__state=MediaState.READY
        ).select_related("file")
        for photo in (photos if inside else photos.filter(for_requester=True)).order_by("file__uploaded_at", "pk"):
            found.photos[photo.work_order_id].append(photo)
        for signature in Signature.objects.filter(work_order__in=pks).select_related("drawing", "task"):
            found.signatures[signature.work_order_id].append(signature)
        for pk, name in Assignment.objects.filter(work_order__in=pks).values_list(
            "work_order", "technician__member__name"
        ):
            found.helpers[pk].append(name)
        paths = {str(one.location.path) for one in orders if one.location}
        wanted = {".".join(path.split(".")[:depth]) for path in paths for depth in range(1, path.count(".") + 2)}
        found.places = {
            str(path): name for path, name in Location.objects.filter(path__in=wanted).values_list("path", "name")
        }
        return found

    def place(self, location: Location | None) -> str:
        """The place and those above it, topmost first."""
        if location is None:
            return ""
        steps = str(location.path).split(".")
        above = [self.places.get(".".join(steps[:depth]), "") for depth in range(1, len(steps) + 1)]
        return " › ".join(name for name in above if name)


def paper(work_order: WorkOrder, member: Member, below: Below, pictures: dict[str, bytes]) -> dict[str, Any]:
    pk = work_order.pk
    code = f"qr-{pk}.svg"
    pictures[code] = printing.qr(address(pk))
    tasks = below.tasks[pk]
    asked = checklist.applicable(tasks)
    return {
        "number": work_order.number,
        "title": work_order.title,
        "description": work_order.description,
        "address": address(pk),
        "qr": code,
        "facts": [[label, text] for label, text in facts(work_order, below) if text],
        "safety": list(work_order.safety_requirements),
        "hazards": list(work_order.asset.hazards) if work_order.asset else [],
        "tools": list(work_order.tools),
        "tasks": [step(task) for task in tasks if task.pk in asked],
        "parts": [
            [line.part.number, line.part.name, f"{line.quantity.normalize():f} {line.part.unit}", line.part.kept_in]
            for line in below.parts[pk]
        ],
        "done": [[label, text] for label, text in done(work_order) if text],
        # Lines to write on, until somebody wrote what was done.
        "open": not work_order.resolution,
        "photos": kept(below.photos[pk][:PHOTOS], pictures),
        "signatures": [signature(one, pictures) for one in below.signatures[pk]],
    }


def facts(work_order: WorkOrder, below: Below) -> list[tuple[str, str]]:
    asset = work_order.asset
    people = [
        work_order.assigned_to.member.name if work_order.assigned_to else "",
        work_order.crew.name if work_order.crew else "",
    ]
    return [
        ("Status", work_order.status.name),
        ("Priority", f"{work_order.priority.letter} {work_order.priority.name}"),
        ("Type", work_order.type.name),
        ("Asset", f"{asset.name} ({asset.tag})" if asset else ""),
        ("Place", below.place(work_order.location)),
        ("Assigned to", ", ".join(name for name in (*people, *below.helpers[work_order.pk]) if name)),
        ("Reported by", work_order.requested_by.name if work_order.requested_by else ""),
        ("Reported", moment(work_order.created_at)),
        ("Due", moment(work_order.due_at)),
        ("Scheduled", moment(work_order.scheduled_at)),
        ("Estimate", relative_time.hours(work_order.estimated_minutes)),
        ("Project", str(work_order.project or "")),
    ]


def done(work_order: WorkOrder) -> list[tuple[str, str]]:
    return [
        ("Started", moment(work_order.started_at)),
        ("Completed", moment(work_order.completed_at)),
        ("What was done", work_order.resolution),
        ("Problem", work_order.problem.name if work_order.problem else ""),
        (
            "Cause",
            " – ".join(filter(None, [work_order.cause.name if work_order.cause else "", work_order.failure_cause])),
        ),
        ("Remedy", work_order.remedy.name if work_order.remedy else ""),
        ("Time spent", relative_time.hours(work_order.actual_minutes)),
    ]


def step(task: Task) -> dict[str, Any]:
    number = "" if task.answer_number is None else f"{task.answer_number.normalize():f} {task.unit}".strip()
    answer = number or task.answer_text
    return {
        "position": task.position,
        "box": BOXES.get(TaskStatus(task.status), ""),
        "state": task.get_status_display(),
        "description": task.description,
        "required": task.required,
        "hint": "" if answer else hint(task),
        # Nothing to write beside a box that is ticked.
        "line": not answer and task.kind != TaskKind.TICK,
        "answer": answer,
        "notes": task.notes,
    }


def hint(task: Task) -> str:
    """What to write on the line: within which limits, or which of these."""
    low, high = task.lowest, task.highest
    if task.kind in (TaskKind.NUMBER, TaskKind.METER):
        limits = [
            f"from {low.normalize():f}" if low is not None else "",
            f"to {high.normalize():f}" if high is not None else "",
        ]
        return " ".join([*filter(None, limits), task.unit]).strip()
    if task.kind == TaskKind.PASS_FAIL:
        return "pass / fail"
    return " / ".join(task.options)


def kept(photos: Iterable[WorkOrderMedia], pictures: dict[str, bytes]) -> list[dict[str, str]]:
    found = []
    for photo in photos:
        content = bytes_of(photo.file.thumbnail_name)
        if content:
            name = f"photo-{photo.file_id}.webp"
            pictures[name] = content
            words = [photo.get_label_display() if photo.label else "", photo.file.caption or photo.file.original_name]
            found.append({"file": name, "text": ": ".join(filter(None, words))})
    return found


def signature(one: Signature, pictures: dict[str, bytes]) -> dict[str, str]:
    file, drawing = "", one.drawing
    if drawing is not None and drawing.state == MediaState.READY:
        content = bytes_of(drawing.thumbnail_name)
        if content:
            file = f"signature-{one.pk}.webp"
            pictures[file] = content
    return {
        "name": one.signer_name,
        "meaning": one.get_meaning_display() + (", by password" if one.authenticated else ""),
        "at": moment(one.signed_at),
        "step": f"Step {one.task.position}" if one.task else "",
        "digest": one.digest,
        "file": file,
    }


def bytes_of(name: str) -> bytes:
    """A picture, or nothing where the storage does not give it: a paper without it is better than none."""
    if not name:
        return b""
    try:
        with files.open(name) as file:
            return bytes(file.read())
    except DomainError:
        return b""


def moment(at: dt.datetime | None) -> str:
    return timezone.localtime(at).strftime("%a %-d %b %Y, %H:%M %Z") if at else ""


def labels(pks: Sequence[UUID], member: Member) -> bytes:
    """A sheet of labels, each with the code that opens its work order, its number, title and asset."""
    visible = WorkOrder.objects.visible_to(member).filter(pk__in=pks[:MOST]).select_related("asset")
    found = {work_order.pk: work_order for work_order in visible}
    orders = [found[pk] for pk in dict.fromkeys(pks) if pk in found]
    if not orders:
        raise NotFound("There is no such work order.", headline="Work order not found")
    pictures = {f"qr-{one.pk}.svg": printing.qr(address(one.pk)) for one in orders}
    data = {
        "title": f"Labels of {len(orders)} work orders",
        "labels": [
            {
                "qr": f"qr-{one.pk}.svg",
                "head": one.number,
                "text": one.title,
                "foot": f"{one.asset.name} ({one.asset.tag})" if one.asset else "",
            }
            for one in orders
        ],
    }
    return printing.pdf("labels", data, pictures)
