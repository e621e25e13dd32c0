"""The meanings that rules hang on, and fixed lists."""

from __future__ import annotations

from django.db import models


class Meaning(models.TextChoices):
    """What a status means, whatever a tenant calls it."""

    OPEN = "open", "Open"
    ASSIGNED = "assigned", "Assigned"
    IN_PROGRESS = "in_progress", "In progress"
    ON_HOLD = "on_hold", "On hold"
    COMPLETED = "completed", "Completed"
    CANCELLED = "cancelled", "Cancelled"
    CLOSED = "closed", "Closed"


ACTIVE = (Meaning.OPEN, Meaning.ASSIGNED, Meaning.IN_PROGRESS, Meaning.ON_HOLD)
FINISHED = (Meaning.COMPLETED, Meaning.CLOSED)
TERMINAL = (Meaning.COMPLETED, Meaning.CANCELLED, Meaning.CLOSED)


class HoldReason(models.TextChoices):
    PARTS = "parts", "Waiting for parts"
    ACCESS = "access", "No access"
    PERMIT = "permit", "Waiting for a permit"
    PRODUCTION = "production", "Production is running"
    WEATHER = "weather", "Weather"
    VENDOR = "vendor", "Waiting for a vendor"
    OTHER = "other", "Other"


class GuardOperator(models.TextChoices):
    PRESENT = "present", "is filled"
    EQUALS = "equals", "equals"
    IN = "in", "is one of"


# Fields of a work order that guards and required fields of a transition may name, with the word people see.
GUARDED_FIELDS = {
    "asset": "Asset",
    "location": "Place",
    "assigned_to": "Assignee",
    "due_at": "Due date",
    "scheduled_at": "Scheduled date",
    "estimated_minutes": "Estimated hours",
    "actual_minutes": "Actual hours",
    "resolution": "Resolution",
    "failure_cause": "Failure cause",
    "problem": "Failure code",
    "cause": "Cause code",
    "remedy": "Remedy code",
    "hold_reason": "Hold reason",
    "priority": "Priority",
    "type": "Type",
    "safety_requirements": "Safety requirements",
}


# A note is as long as this at every door.
NOTE_LENGTH = 10_000
# For so long its author may still change it.
NOTE_EDIT_MINUTES = 15
# Events that tell of notes; who only follows their own request does not hear of those meant for the workshop.
NOTE_EVENTS = ("work_order.commented", "work_order.mentioned", "work_order.note_edited")


class TaskKind(models.TextChoices):
    """How a step is answered."""

    TICK = "tick", "Tick"
    PASS_FAIL = "pass_fail", "Pass or fail"
    NUMBER = "number", "Number"
    CHOICE = "choice", "Choice"
    TEXT = "text", "Text"
    PHOTO = "photo", "Photo"
    SIGNATURE = "signature", "Signature"
    METER = "meter", "Meter reading"


class TaskStatus(models.TextChoices):
    PENDING = "pending", "Pending"
    IN_PROGRESS = "in_progress", "In progress"
    COMPLETED = "completed", "Completed"
    FAILED = "failed", "Failed"
    SKIPPED = "skipped", "Skipped"
    NOT_APPLICABLE = "not_applicable", "Not applicable"


# A step in one of these needs nothing more; a required one that is skipped still does.
TASK_SETTLED = (TaskStatus.COMPLETED, TaskStatus.FAILED, TaskStatus.SKIPPED, TaskStatus.NOT_APPLICABLE)


class ConditionOperator(models.TextChoices):
    """When a step applies, by the answer to an earlier one."""

    IS = "is", "is"
    IS_NOT = "is_not", "is not"
    ABOVE = "above", "is above"
    BELOW = "below", "is below"


class PartStatus(models.TextChoices):
    REQUESTED = "requested", "Requested"
    RESERVED = "reserved", "Reserved"
    ISSUED = "issued", "Issued"
    USED = "used", "Used"
    RETURNED = "returned", "Returned"


# A line in one of these waits at the counter.
TO_GIVE = (PartStatus.REQUESTED, PartStatus.RESERVED)


class MovementKind(models.TextChoices):
    """What the stock ledger will be told."""

    RESERVE = "reserve", "Reserved"
    RELEASE = "release", "Released"
    ISSUE = "issue", "Issued"
    RETURN = "return", "Returned"


class TimeCategory(models.TextChoices):
    WORK = "work", "Work"
    TRAVEL = "travel", "Travel"
    WAITING = "waiting", "Waiting"


class CostKind(models.TextChoices):
    VENDOR = "vendor", "Vendor invoice"
    OTHER = "other", "Other cost"


class CodeKind(models.TextChoices):
    """The three questions of a failure report: what was seen, why, what was done."""

    PROBLEM = "problem", "Problem"
    CAUSE = "cause", "Cause"
    REMEDY = "remedy", "Remedy"


class LinkKind(models.TextChoices):
    """Read from the first to the second: the first blocks the second, is a duplicate of it, …"""

    BLOCKS = "blocks", "Blocks"
    DUPLICATE_OF = "duplicate_of", "Duplicate of"
    SPLIT_FROM = "split_from", "Split from"
    MERGED_INTO = "merged_into", "Merged into"
    RELATED = "related", "Related to"


class MediaLabel(models.TextChoices):
    NONE = "", "No label"
    BEFORE = "before", "Before"
    AFTER = "after", "After"


class SignatureMeaning(models.TextChoices):
    PERFORMED = "performed", "I did this work"
    VERIFIED = "verified", "I verified this work"
    ACCEPTED = "accepted", "I accept this work"
