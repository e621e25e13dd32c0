"""Query parameters, strictly: an unknown name or a value that does not parse is refused by name, never ignored."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any
from uuid import UUID

from django.http import QueryDict

from core.errors import Invalid

HEADLINE = "Invalid query"
MAX_LENGTH = 2000
# An unescaped "+02:00" arrives as " 02:00".
LOST_PLUS = re.compile(r"(T[0-9:.]+) (\d\d:?\d\d)$")


def refuse(name: str, sentence: str) -> Invalid:
    return Invalid({name: sentence}, headline=HEADLINE)


def check(params: QueryDict, known: Collection[str], repeatable: Collection[str] = ()) -> None:
    """Raises `Invalid` naming every parameter that is unknown, given twice without meaning, or unreadable."""
    problems = {}
    for name, values in params.lists():
        if name not in known:
            problems[name[:100]] = "Unknown parameter."
        elif len(values) > 1 and name not in repeatable:
            problems[name] = "Given more than once."
        elif any("\x00" in value for value in values):
            problems[name] = "Holds a NUL character."
        elif sum(map(len, values)) > MAX_LENGTH:
            problems[name] = "Too long."
    if problems:
        raise Invalid(problems, headline=HEADLINE)


def whole_number(params: Mapping[str, Any], name: str, default: int, lowest: int, highest: int) -> int:
    text = params.get(name)
    if text is None:
        return default
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 18:
        raise refuse(name, f"Use a whole number from {lowest:,} to {highest:,}.")
    if not lowest <= int(text) <= highest:
        raise refuse(name, f"Use a whole number from {lowest:,} to {highest:,}.")
    return int(text)


def words(values: Iterable[str]) -> list[str]:
    """Repeated or comma-separated values as one list, in order, without duplicates."""
    return list(dict.fromkeys(word.strip() for value in values for word in value.split(",") if word.strip()))


def instant(text: str) -> dt.datetime:
    """ISO 8601 in UTC; a date alone is its first moment. Raises ValueError with a sentence."""
    text = LOST_PLUS.sub(r"\1+\2", text.strip())
    if len(text) > 40:
        raise ValueError("Use a date and time such as 2026-11-20T08:00:00Z.")
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("Use a date and time such as 2026-11-20T08:00:00Z.") from None
    if not 1990 <= moment.year <= 2200:
        raise ValueError("Use a year from 1990 to 2200.")
    return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)


def uuid_or_none(text: Any) -> UUID | None:
    """An id that is no UUID is an id of nothing."""
    if not isinstance(text, str) or len(text) not in (32, 36):
        return None
    try:
        return UUID(text)
    except ValueError:
        return None


def picked(params: QueryDict, known: Iterable[str]) -> list[str] | None:
    """The names in `fields=`, or None when the whole answer is wanted."""
    if "fields" not in params:
        return None
    names = words(params.getlist("fields"))
    known = list(known)
    strange = [name for name in names if name not in known]
    if strange or not names:
        raise refuse("fields", f"Unknown field {', '.join(strange)[:100]}. Use some of {', '.join(known)}.")
    return names
