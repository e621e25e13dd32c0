"""Values of custom fields: what is sound, what is missing, and how a value is shown.

A row keeps them in its `custom` column: {key: text | number | "2026-11-20" | option | [options] | member id | address}.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from core.errors import Invalid
from customfields.choices import FieldKind
from customfields.models import CustomField
from tenancy.models import Member

LONGEST_TEXT = 2000
EMPTY: tuple[Any, ...] = (None, "", [])


class Unsound(ValueError):
    """A value does not fit its field; the text says what would."""


def text(field: CustomField, value: Any) -> str:
    if not isinstance(value, str):
        raise Unsound("Use text.")
    if "\x00" in value:
        raise Unsound("This holds a character that cannot be kept.")
    if len(value) > LONGEST_TEXT:
        raise Unsound(f"This has at most {LONGEST_TEXT:,} characters.")
    return value


def number(field: CustomField, value: Any) -> int | float:
    if isinstance(value, Decimal):
        value = int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or abs(value) > 1e15:
        raise Unsound("Use a number.")
    return value


def day(field: CustomField, value: Any) -> str:
    try:
        found = value if isinstance(value, dt.date) else dt.date.fromisoformat(str(value))
    except ValueError:
        raise Unsound("Use a date such as 2026-11-20.") from None
    if not 1900 <= found.year <= 2200:
        raise Unsound("Use a year from 1900 to 2200.")
    return found.isoformat()


def option(field: CustomField, value: Any) -> str:
    if value not in field.options:
        raise Unsound(f"Use one of: {', '.join(field.options)}.")
    return str(value)


def options(field: CustomField, value: Any) -> list[str]:
    if not isinstance(value, list):
        raise Unsound("Use a list.")
    return list(dict.fromkeys(option(field, one) for one in value))


def person(field: CustomField, value: Any) -> str:
    try:
        return str(value.pk if isinstance(value, Member) else UUID(str(value)))
    except ValueError:
        raise Unsound("Choose a member.") from None


def link(field: CustomField, value: Any) -> str:
    if not isinstance(value, str) or len(value) > 500 or any(one.isspace() for one in value.strip()):
        raise Unsound("Use an address such as https://example.com/manual.")
    try:
        parts = urlsplit(value.strip())
    except ValueError:
        parts = urlsplit("")
    # Nothing but the web: an address that runs a script has another scheme.
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise Unsound("Use an address such as https://example.com/manual.")
    return value.strip()


SOUND = {
    FieldKind.TEXT: text,
    FieldKind.NUMBER: number,
    FieldKind.DATE: day,
    FieldKind.CHOICE: option,
    FieldKind.MULTI_CHOICE: options,
    FieldKind.PERSON: person,
    FieldKind.LINK: link,
}


def merged(
    fields: Iterable[CustomField],
    current: Mapping[str, Any],
    given: Mapping[str, Any],
    *,
    type_key: str = "",
    complete: bool = True,
) -> dict[str, Any]:
    """The values with those given laid over them; `None` clears. `complete`: required fields must be filled afterwards.

    Raises `Invalid` with a sentence per field (`custom.<key>`), all at once. A value that stays is not checked again, so that
    a record outlives an option that was taken away.
    """
    known = {field.key: field for field in fields}
    result, problems = dict(current), {}
    for key, value in given.items():
        field = known.get(key)
        if field is None:
            problems[f"custom.{key[:60]}"] = "There is no such field."
        elif value in EMPTY:
            result.pop(key, None)
        elif value != current.get(key):
            try:
                result[key] = SOUND[FieldKind(field.kind)](field, value)
            except Unsound as wrong:
                problems[f"custom.{key}"] = str(wrong)
    problems |= strangers(known, result, current)
    if complete:
        for key in missing(known.values(), result, type_key):
            problems.setdefault(f"custom.{key}", f"Fill in “{known[key].name}”.")
    if problems:
        raise Invalid(problems)
    return result


def strangers(
    known: Mapping[str, CustomField], values: Mapping[str, Any], current: Mapping[str, Any]
) -> dict[str, str]:
    """People newly named who are not active members of the tenant; one query however many there are."""
    named = {
        key: value
        for key, value in values.items()
        if key in known and known[key].kind == FieldKind.PERSON and value != current.get(key)
    }
    if not named:
        return {}
    tenant_id = next(iter(known.values())).tenant_id
    here = {str(pk) for pk in Member.objects.filter(
        tenant_id=tenant_id, pk__in=set(named.values()), is_active=True
    ).values_list("pk", flat=True)}  # fmt: skip
    return {f"custom.{key}": "Choose an active member." for key, value in named.items() if value not in here}


def missing(fields: Iterable[CustomField], values: Mapping[str, Any], type_key: str = "") -> list[str]:
    """Keys of required fields without a value, for a record of this type."""
    return [
        field.key
        for field in fields
        if field.required
        and (not field.required_for or type_key in field.required_for)
        and values.get(field.key) in EMPTY
    ]


def shown(fields: Iterable[CustomField], values: Mapping[str, Any], names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Filled values as a page shows them: label, text, href (of links). `names`: member id → name."""
    found = []
    for field in fields:
        value = values.get(field.key)
        if value not in EMPTY:
            found.append({"label": field.name, "text": as_text(field, value, names), "href": href(field, value)})
    return found


def as_text(field: CustomField, value: Any, names: Mapping[str, str]) -> str:
    """One value in words, as in a table cell or an export."""
    if value in EMPTY:
        return ""
    if field.kind == FieldKind.PERSON:
        return names.get(str(value), "somebody who left")
    return ", ".join(value) if isinstance(value, list) else str(value)


def href(field: CustomField, value: Any) -> str:
    return str(value) if field.kind == FieldKind.LINK else ""


def people_in(fields: Iterable[CustomField], rows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Names of all members that these rows' values mention; no query where no field is of that kind."""
    keys = [field.key for field in fields if field.kind == FieldKind.PERSON]
    wanted = {str(row[key]) for row in rows for key in keys if row.get(key)} if keys else set()
    if not wanted:
        return {}
    return {str(pk): name for pk, name in Member.objects.filter(pk__in=wanted).values_list("pk", "name")}
