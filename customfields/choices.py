"""What can have fields of a tenant's own, and of which kinds."""

from __future__ import annotations

from django.db import models


class Entity(models.TextChoices):
    WORK_ORDER = "work_order", "Work orders"
    ASSET = "asset", "Assets"
    PART = "part", "Parts"
    REQUEST = "request", "Requests"


class FieldKind(models.TextChoices):
    TEXT = "text", "Text"
    NUMBER = "number", "Number"
    DATE = "date", "Date"
    CHOICE = "choice", "One of a list"
    MULTI_CHOICE = "multi_choice", "Several of a list"
    PERSON = "person", "Person"
    LINK = "link", "Link"
