"""Pages of a list by keyset: the next page begins after the last row's sort values, so depth costs nothing.

A cursor is those values, sealed: signed together with what they are good for (tenant, filters, order), so that one of
another list, tenant or sort is refused. Plain functions, shared by the API's lists and the pages'.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import orjson
from django.conf import settings
from django.db import connection
from django.db.models import BooleanField, F, Func, OrderBy, Q, QuerySet, Value
from django.http import QueryDict

from core.api.query import refuse, whole_number

DEFAULT_LIMIT, MAX_LIMIT, MAX_OFFSET = 50, 500, 100_000
COUNTED_EXACTLY = 5_000
PARAMETERS = ("limit", "offset", "cursor", "count", "sort", "fields")


@dataclass(frozen=True, slots=True)
class Key:
    """One sort key: a path of the ORM. Nulls come last in either direction."""

    path: str
    descending: bool = False
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of a list is asked for. `cursor` is still sealed."""

    limit: int = DEFAULT_LIMIT
    offset: int = 0
    cursor: str = ""
    count: str = ""


class RowAfter(Func):
    """`(a, b) > (x, y)`: the comparison of whole rows, which an index on (a, b) answers by one descent."""

    output_field = BooleanField()

    def __init__(self, paths: Sequence[Any], values: Sequence[Any], sign: str = ">") -> None:
        super().__init__(*[F(path) if isinstance(path, str) else path for path in paths], *map(Value, values))
        self.sign = sign

    def as_sql(self, compiler: Any, connection: Any, **context: Any) -> Any:  # type: ignore[override]
        parts, params = [], []
        for source in self.source_expressions:
            sql, inner = compiler.compile(source)
            parts.append(sql)
            params += inner
        half = len(parts) // 2
        return f"({', '.join(parts[:half])}) {self.sign} ({', '.join(parts[half:])})", params


def window(params: Mapping[str, Any]) -> Window:
    """Raises `Invalid` naming the parameter."""
    found = Window(
        limit=whole_number(params, "limit", DEFAULT_LIMIT, 1, MAX_LIMIT),
        offset=whole_number(params, "offset", 0, 0, MAX_OFFSET),
        cursor=params.get("cursor", ""),
        count=params.get("count", ""),
    )
    if found.count not in ("", "exact", "estimate"):
        raise refuse("count", "Use exact or estimate.")
    if "cursor" in params and "offset" in params:
        raise refuse("offset", "A cursor knows where to go on; leave offset out.")
    if "cursor" in params and not found.cursor:
        raise refuse("cursor", "This cursor is damaged or belongs to another list.")
    return found


def sort_keys(text: str | None, known: Mapping[str, Key], default: str) -> list[Key]:
    """`field,-field` as keys, closed by the id in the direction of the last one, so that the order is total."""
    names = [name.strip() for name in (text if text is not None else default).split(",")]
    keys: list[Key] = []
    for name in names:
        field, descending = name.removeprefix("-"), name.startswith("-")
        if field not in known:
            raise refuse("sort", f"Cannot sort by {field[:60]!r}. Use some of {', '.join(known)}.")
        keys.append(replace(known[field], descending=descending))
    if len({key.path for key in keys}) < len(keys) or len(keys) > 4:
        raise refuse("sort", "Name each field once, and at most four.")
    return [*keys, Key("pk", keys[-1].descending)]


def ordering(keys: Iterable[Key]) -> list[OrderBy]:
    return [OrderBy(F(key.path), descending=key.descending, nulls_last=True if key.nullable else None) for key in keys]


def beyond(keys: Sequence[Key], values: Sequence[Any]) -> Any:
    """The condition "after these values in this order", exact for mixed directions and nulls."""
    if len({key.descending for key in keys}) == 1 and not any(key.nullable for key in keys):
        return RowAfter([key.path for key in keys], values, "<" if keys[0].descending else ">")
    condition = Q(pk__in=[])
    equal = Q()
    for key, value in zip(keys, values, strict=True):
        if value is not None:
            further = Q(**{f"{key.path}__{'lt' if key.descending else 'gt'}": value})
            if key.nullable:
                further |= Q(**{f"{key.path}__isnull": True})
            condition |= equal & further
            equal &= Q(**{key.path: value})
        else:
            equal &= Q(**{f"{key.path}__isnull": True})
    return condition


def stretches(queryset: QuerySet[Any], keys: Sequence[Key], after: Sequence[Any] | None = None) -> list[QuerySet[Any]]:
    """The list from `after` on as one or two querysets to be read in turn.

    A leading key that may be null makes two: the rows that have it and those that do not, each in an order that an index
    can give; "nulls last" in one query would sort everything that follows.
    """
    lead, rest = keys[0], list(keys[1:])
    if not lead.nullable:
        rows = queryset if after is None else queryset.filter(beyond(keys, after))
        return [rows.order_by(*ordering(keys))]
    null = Q(**{f"{lead.path}__isnull": True})
    without = queryset.filter(null).order_by(*ordering(rest))
    if after is not None and after[0] is None:
        return [without.filter(beyond(rest, after[1:]))]
    present = [replace(lead, nullable=False), *rest]
    having = queryset.filter(~null)
    if after is not None:
        having = having.filter(beyond(present, after))
    return [having.order_by(*ordering(present)), without]


# --- Cursors ----------------------------------------------------------------------------------------------------------
def binding(*parts: Any) -> str:
    """What a cursor is good for: the tenant, the kind of list, the filters and the order."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def filters_of(params: QueryDict) -> list[tuple[str, list[str]]]:
    """The parameters that decide which rows a list has and in which order; a page may change its size on the way."""
    return sorted(
        (name, values)
        for name, values in params.lists()
        if name not in ("limit", "offset", "cursor", "count", "fields")
    )


def seal(values: Sequence[Any], good_for: str) -> str:
    payload = orjson.dumps([told(value) for value in values])
    return base64.urlsafe_b64encode(signature(payload, good_for) + payload).rstrip(b"=").decode()


def unseal(cursor: str, good_for: str) -> list[Any]:
    """The values in a cursor; `Invalid` when it was changed or belongs to another list."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        mark, payload = raw[:16], raw[16:]
        if hmac.compare_digest(mark, signature(payload, good_for)):
            return [untold(value) for value in orjson.loads(payload)]
    except ValueError:
        pass
    raise refuse("cursor", "This cursor is damaged or belongs to another list.")


def signature(payload: bytes, good_for: str) -> bytes:
    return hmac.digest(secret(settings.SECRET_KEY), good_for.encode() + payload, "sha256")[:16]


@lru_cache(maxsize=2)
def secret(key: str) -> bytes:
    return hashlib.sha256(b"core.pagination" + key.encode()).digest()


def told(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return {"t": value.isoformat()}
    if isinstance(value, UUID):
        return {"u": value.hex}
    if isinstance(value, Decimal):
        return {"d": str(value)}
    return value


def untold(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    ((kind, text),) = value.items()
    read: dict[str, Callable[[str], Any]] = {"t": dt.datetime.fromisoformat, "u": UUID, "d": Decimal}
    return read[kind](text)


# --- What goes around the rows ----------------------------------------------------------------------------------------
def next_query(params: QueryDict, cursor: str) -> str:
    """The query string of the next page: all parameters kept, the cursor instead of an offset."""
    kept = [
        (name, value)
        for name, values in params.lists()
        if name not in ("cursor", "offset", "count")
        for value in values
    ]
    return urlencode([*kept, ("cursor", cursor)])


def count(queryset: QuerySet[Any], mode: str) -> int:
    """`exact` counts; `estimate` counts up to 5,000 and asks the planner beyond that."""
    if mode == "exact":
        return queryset.order_by().count()
    seen = queryset.order_by()[: COUNTED_EXACTLY + 1].count()
    if seen <= COUNTED_EXACTLY:
        return seen
    sql, params = queryset.order_by().values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (FORMAT JSON) " + sql, params)
        plan = cursor.fetchone()[0]
    plan = orjson.loads(plan) if isinstance(plan, str) else plan
    return max(seen, int(plan[0]["Plan"]["Plan Rows"]))
