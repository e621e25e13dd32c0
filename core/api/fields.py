"""Fields of request bodies: JSON types as they are, nothing guessed; `null` clears."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from typing import Any

from rest_framework import serializers
from rest_framework.fields import empty

from core.api import query

Rows = Callable[[Any], Any]


class Text(serializers.CharField):
    """A string, kept as written. `null` becomes the empty text where the column has no null."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("trim_whitespace", False)
        if not options.get("required", True):
            options.setdefault("allow_null", True)
            options.setdefault("allow_blank", True)
        super().__init__(**options)

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        decided, value = super().validate_empty_values(data)
        return decided, "" if decided and data is None and value is None else value

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Key(Text):
    """A short name of a catalogue's entry."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=60, **options)


class Whole(serializers.IntegerField):
    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int | float):
            self.fail("invalid")
        if isinstance(data, float) and not (math.isfinite(data) and data.is_integer()):
            self.fail("invalid")
        return int(data)


class Number(serializers.FloatField):
    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, bool) or not isinstance(data, int | float) or not math.isfinite(data):
            self.fail("invalid")
        return float(data)


class Money(Number):
    """A JSON number with two decimals; the column is a decimal."""

    def to_internal_value(self, data: Any) -> Any:
        from decimal import Decimal

        return Decimal(repr(round(super().to_internal_value(data), 2)))


class Exact(Number):
    """A JSON number as a decimal of at most `places`; more of them are refused, not rounded away."""

    def __init__(self, *, places: int, **options: Any) -> None:
        self.places = places
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> Any:
        from decimal import Decimal

        number = super().to_internal_value(data)
        if abs(number) >= 10**15:
            raise serializers.ValidationError("This number is too large.")
        value = Decimal(repr(number))
        if value != round(value, self.places):
            raise serializers.ValidationError(f"Use at most {self.places} decimals.")
        return round(value, self.places)


class Hours(Number):
    """Hours in the API, whole minutes in the domain."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=0, max_value=8760, required=False, allow_null=True, **options)

    def run_validation(self, data: Any = empty) -> Any:
        value = super().run_validation(data)
        return round(value * 60) if isinstance(value, float) else value


class Flag(serializers.BooleanField):
    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class Instant(serializers.DateTimeField):
    def to_internal_value(self, data: Any) -> dt.datetime:
        if not isinstance(data, str):
            raise serializers.ValidationError("Use a date and time such as 2026-11-20T08:00:00Z.")
        try:
            return query.instant(data)
        except ValueError as error:
            raise serializers.ValidationError(str(error)) from None


class Day(serializers.DateField):
    def to_internal_value(self, data: Any) -> dt.date:
        try:
            day = dt.date.fromisoformat(data) if isinstance(data, str) and len(data) == 10 else None
        except ValueError:
            day = None
        if day is None or not 1990 <= day.year <= 2200:
            raise serializers.ValidationError("Use a date such as 2026-11-20.")
        return day


class Choice(serializers.ChoiceField):
    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str):
            self.fail("invalid_choice", input=str(data)[:60])
        return super().to_internal_value(data)


class Id(serializers.UUIDField):
    """An id that the client made itself."""

    def to_internal_value(self, data: Any) -> Any:
        found = query.uuid_or_none(data)
        if found is None:
            self.fail("invalid", value="…")
        return found


class Reference(serializers.UUIDField):
    """The id of a row that the caller may see. `rows` answers those for a member; anything else "must exist"."""

    def __init__(self, rows: Rows, sentence: str, **options: Any) -> None:
        self.rows, self.sentence = rows, sentence
        options.setdefault("required", False)
        options.setdefault("allow_null", not options["required"])
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> Any:
        pk = query.uuid_or_none(data)
        # Many bodies in one request that name the same row find it once.
        kept = self.context.get("found", {})
        found = kept.get((self.rows, pk))
        if found is None and pk:
            # Without an order: one row has none, and compiling it costs more than finding the row.
            found = kept[self.rows, pk] = next(iter(self.rows(self.context["member"]).filter(pk=pk).order_by()), None)
        if found is None:
            raise serializers.ValidationError(self.sentence)
        return found


class References(serializers.ListField):
    """Ids of rows that the caller may see, found by one query."""

    def __init__(self, rows: Rows, sentence: str, **options: Any) -> None:
        self.rows, self.sentence = rows, sentence
        options.setdefault("required", False)
        super().__init__(child=serializers.UUIDField(), max_length=200, **options)

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, list):
            self.fail("not_a_list", input_type=type(data).__name__)
        if len(data) > 200:
            self.fail("max_length", max_length=200)
        wanted = [query.uuid_or_none(text) for text in data]
        found = {row.pk: row for row in self.rows(self.context["member"]).filter(pk__in=[pk for pk in wanted if pk])}
        wrong = [index for index, pk in enumerate(wanted) if pk not in found]
        if wrong:
            raise serializers.ValidationError(f"{self.sentence} (position {wrong[0]})")
        return list({pk: found[pk] for pk in wanted if pk}.values())


class Texts(serializers.ListField):
    """A list of short texts."""

    def __init__(self, *, longest: int = 60, most: int = 50, **options: Any) -> None:
        options.setdefault("required", False)
        options.setdefault("allow_null", True)
        super().__init__(child=Text(max_length=longest), max_length=most, **options)

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        decided, value = super().validate_empty_values(data)
        return decided, [] if decided and data is None else value

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, list):
            self.fail("not_a_list", input_type=type(data).__name__)
        return super().to_internal_value(data)
