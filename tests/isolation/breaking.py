"""The careless hands that try to break a promise of the database."""

from __future__ import annotations

from typing import Any

from django.db import models


def first(model: type[models.Model], **filters: Any) -> Any:
    rows = model._default_manager.filter(**filters)
    return rows.order_by("pk").first()


def copy(model: type[models.Model], _from: dict[str, Any] | None = None, **changes: Any) -> None:
    """Insert the first row again under a new key."""
    row = first(model, **(_from or {}))
    row.pk = None if model._meta.pk.get_internal_type() == "BigAutoField" else model._meta.pk.get_default()
    row._state.adding = True
    for name, value in changes.items():
        setattr(row, name, value)
    row.save(force_insert=True)


def update(model: type[models.Model], _of: dict[str, Any] | None = None, **changes: Any) -> None:
    """`.update()` of one row, as a careless hand would."""
    assert model._default_manager.filter(pk=first(model, **(_of or {})).pk).update(**changes) == 1
