"""What every act shares: the locked row, its version, and which fields really changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import connection, models
from django.utils import timezone
from django.utils.text import slugify

from core.errors import Invalid, NotFound, Stale

M = TypeVar("M", bound=models.Model)


def lock(row: M, *, expected_version: int | None = None) -> M:
    """The row as it is now, locked until the transaction ends; `Stale` when the caller had read an older version."""
    name = str(row._meta.verbose_name)
    locked = type(row)._default_manager.select_for_update(of=("self",)).filter(pk=row.pk).first()
    if locked is None:
        raise NotFound(f"There is no such {name}.", headline=f"{name.capitalize()} not found")
    if expected_version is not None and locked.version != expected_version:  # type: ignore[attr-defined]
        raise Stale(locked.version, headline=f"{name.capitalize()} has changed")  # type: ignore[attr-defined]
    return locked


def lock_tree(row: models.Model) -> None:
    """Moves in one tenant's tree take turns. Taken before any row's lock: two moves would wait for each other otherwise."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT core_tree_lock(%s, %s)", [row._meta.db_table, row.tenant_id])  # type: ignore[attr-defined]


def as_told(value: Any) -> Any:
    """A field's value as events and the API tell it."""
    if isinstance(value, models.Model):
        return getattr(value, "key", None) or str(value.pk)
    return value


def apply(row: models.Model, changes: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Set the fields; returns {field: [before, after]} of those that really changed."""
    told = {}
    for name, value in changes.items():
        before = getattr(row, name)
        if before != value:
            setattr(row, name, value)
            told[name] = [as_told(before), as_told(value)]
    return told


def next_version(row: Any, fields: Iterable[str]) -> set[str]:
    """Number the row's next version; returns the fields to be written with it."""
    row.version += 1
    names = {*fields, "version"}
    if any(field.name == "updated_at" for field in row._meta.local_fields):
        row.updated_at = timezone.now()
        names.add("updated_at")
    return names


def save(row: Any, fields: Iterable[str]) -> None:
    """Write the fields with the next version."""
    row.save(update_fields=sorted(next_version(row, fields)))


def check(row: models.Model, *, headline: str = "") -> None:
    """`full_clean` as a refusal, all problems at once; uniqueness too, so that people get a sentence."""
    try:
        row.full_clean()
    except ValidationError as error:
        raise Invalid(
            {"" if name == "__all__" else name: " ".join(texts) for name, texts in error.message_dict.items()},
            headline=headline,
        ) from None


def same_tenant(row: Any, *names: str) -> None:
    """Refuse references to another tenant's rows before the database does."""
    problems = {
        name: "There is no such record."
        for name in names
        if (other := getattr(row, name)) is not None and other.tenant_id != row.tenant_id
    }
    if problems:
        raise Invalid(problems)


def slug_key(text: str, taken: Iterable[str]) -> str:
    """A key for a name: lower case, digits and underscores, unique among those taken."""
    base = slugify(text).replace("-", "_")[:36] or "entry"
    known = set(taken)
    key, number = base, 1
    while key in known:
        number += 1
        key = f"{base}_{number}"
    return key
