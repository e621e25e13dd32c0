"""What a signature is given for: one canonical text of a work order, and its hash."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from typing import Any

from core.api.renderers import encode
from workorders import checklist
from workorders.models import PartLine, Signature, Task, TimeEntry, WorkOrder, WorkOrderMedia

# Raised when what is hashed changes, so that old signatures are checked by the rules of their day.
RULES = 1


def content_of(work_order: WorkOrder, task: Task | None = None) -> str:
    """The state that is signed, as JSON with sorted keys: of one step, or of the whole work order."""
    return json.dumps(
        step(task) if task else whole(work_order),
        sort_keys=True,
        ensure_ascii=False,
        separators=(",", ":"),
        default=plain,
    )


def plain(value: Any) -> Any:
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else encode(value)


def digest(content: str) -> str:
    """SHA-256, hexadecimal."""
    return hashlib.sha256(content.encode()).hexdigest()


def whole(work_order: WorkOrder) -> dict[str, Any]:
    parts = PartLine.objects.filter(work_order=work_order).order_by("added_at", "pk")
    hours = TimeEntry.objects.filter(work_order=work_order).order_by("worked_on", "posted_at", "pk")
    files = WorkOrderMedia.objects.filter(work_order=work_order).order_by("file__uploaded_at", "file_id")
    return {
        "rules": RULES,
        "number": work_order.number,
        "title": work_order.title,
        "description": work_order.description,
        "asset": work_order.asset.tag if work_order.asset else None,
        "status": work_order.meaning,
        "startedAt": work_order.started_at,
        "completedAt": work_order.completed_at,
        "resolution": work_order.resolution,
        "failureCause": work_order.failure_cause,
        "codes": [code.code if code else None for code in (work_order.problem, work_order.cause, work_order.remedy)],
        "custom": work_order.custom,
        "tasks": [step(task) for task in checklist.tasks_of(work_order)],
        "parts": list(parts.values_list("part__number", "issued", "returned")),
        "minutes": list(hours.values_list("person__name", "worked_on", "minutes")),
        "files": list(files.values_list("file_id", "file__sha256")),
    }


def step(task: Task) -> dict[str, Any]:
    return {
        "rules": RULES,
        "id": task.pk,
        "description": task.description,
        "status": task.status,
        "number": task.answer_number,
        "text": task.answer_text,
        "notes": task.notes,
        "completedBy": task.completed_by_id,
        "completedAt": task.completed_at,
    }


def is_untouched(signature: Signature) -> bool:
    """Whether the kept text still has the hash that was signed: the row itself was not tampered with."""
    return digest(signature.content) == signature.digest


def differs_from_now(signature: Signature) -> bool:
    """Whether the record has changed since, by any way past the acts."""
    return content_of(signature.work_order, signature.task) != signature.content
