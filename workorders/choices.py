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
    "failure_code": "Failure code",
    "hold_reason": "Hold reason",
    "priority": "Priority",
    "type": "Type",
    "safety_requirements": "Safety requirements",
}
