"""Shapes of answers, which are also what is read, and bodies of requests, which take nothing they do not know."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework import serializers

from core import pagination
from core.errors import Invalid
from core.translation import flatten

HUMP = re.compile(r"(?<=[a-z0-9])([A-Z])")


class Shape(serializers.Serializer[Any]):
    """An answer, said as fields. Rows are read by `values_list` of the fields' sources, never object by object.

    A field without `source` reads the column of its name in snake case; `source="*"` is filled in by `finish`.
    """

    # Further columns that `finish` needs; it takes them out again.
    extra: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def names(cls) -> list[str]:
        return list(cls._declared_fields)

    @classmethod
    def finish(cls, items: list[dict[str, Any]], context: Mapping[str, Any]) -> None:
        """Fill in or take away, for all rows at once."""

    @classmethod
    def first(cls, rows: QuerySet[Any], **context: Any) -> dict[str, Any] | None:
        found = cls.dicts(rows.values_list(*columns(cls))[:1])
        cls.finish(found, context)
        return found[0] if found else None

    @classmethod
    def every(cls, rows: QuerySet[Any], **context: Any) -> list[dict[str, Any]]:
        found = cls.dicts(rows.values_list(*columns(cls)))
        cls.finish(found, context)
        return found

    @classmethod
    def read(
        cls,
        rows: QuerySet[Any],
        keys: Sequence[pagination.Key],
        after: Sequence[Any] | None,
        window: pagination.Window,
        context: Mapping[str, Any],
    ) -> tuple[list[dict[str, Any]], list[Any] | None]:
        """The rows of a page, and the sort values of its last row when more follow."""
        read = columns(cls)
        paths = list(dict.fromkeys([*read, *(key.path for key in keys)]))
        wanted = window.limit + 1
        if window.offset:
            ordered = rows.order_by(*pagination.ordering(keys)).values_list(*paths)
            found = list(ordered[window.offset : window.offset + wanted])
        else:
            found = []
            for stretch in pagination.stretches(rows, keys, after):
                found += stretch.values_list(*paths)[: wanted - len(found)]
                if len(found) == wanted:
                    break
        last = None
        if len(found) == wanted:
            found.pop()
            last = [found[-1][paths.index(key.path)] for key in keys]
        items = cls.dicts([row[: len(read)] for row in found])
        cls.finish(items, context)
        return items, last

    @classmethod
    def dicts(cls, rows: Iterable[Sequence[Any]]) -> list[dict[str, Any]]:
        place = {path: index for index, path in enumerate(columns(cls))}
        plan = [(name, place[path]) for name, path in sources(cls).items() if path]
        plan += [(path, place[path]) for path in cls.extra]
        return [{name: row[index] for name, index in plan} for row in rows]


@cache
def sources(shape: type[Shape]) -> dict[str, str]:
    """API name → path in the ORM; empty for what `finish` fills in."""
    result = {}
    for name, field in shape._declared_fields.items():
        source = field.source or HUMP.sub(r"_\1", name).lower()
        result[name] = "" if source == "*" else source.replace(".", "__")
    return result


@cache
def columns(shape: type[Shape]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*filter(None, sources(shape).values()), *shape.extra]))


class Body(serializers.Serializer[Any]):
    """A request's body. `echoed` names what clients may send back unchanged from an answer: it is ignored."""

    echoed: ClassVar[frozenset[str]] = frozenset()

    def get_fields(self) -> dict[str, Any]:
        """Only what this body names or must name: copying thirty fields to read four takes longer than reading them."""
        given = getattr(self, "initial_data", None)
        if not isinstance(given, dict):
            return super().get_fields()
        return {
            name: copy.deepcopy(field)
            for name, field in self._declared_fields.items()
            if name in given or field.required or field.default is not serializers.empty
        }


class Deleted(Shape):
    """What DELETE answers, also where the row is kept for its history."""

    message = serializers.CharField()
    deletedAt = serializers.DateTimeField()


class Nothing(Body):
    """An act that needs no words."""


def echo_of(shape: type[Shape], *bodies: type[Body]) -> frozenset[str]:
    """The names of an answer that a body does not take."""
    return frozenset(shape._declared_fields).difference(*(kind._declared_fields for kind in bodies))


def read_body(kind: type[Body], data: Any, *, partial: bool, context: Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise Invalid({"": "The body must be a JSON object."})
    serializer = kind(data=data, partial=partial, context=dict(context))
    problems = {} if serializer.is_valid() else flatten(serializer.errors)
    for name in data:
        if name not in kind._declared_fields and name not in kind.echoed:
            problems[name[:100]] = "Unknown field."
    if problems:
        raise Invalid(problems)
    return dict(serializer.validated_data)
