"""Filters of lists in the API's conventions, on django-filter: camelCase names, any-of lists, strict values."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import django_filters
from django import forms

from core.api import query
from core.errors import Invalid


class ListWidget(forms.SelectMultiple):
    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        values = data.getlist(name) if hasattr(data, "getlist") else [data[name]] if data.get(name) else []
        return query.words(values)


class KeysField(forms.Field):
    """Keys, repeated or comma-separated."""

    widget = ListWidget

    def to_python(self, value: Any) -> list[str]:
        if value and (len(value) > 100 or any(len(word) > 60 for word in value)):
            raise forms.ValidationError("Too many or too long values.")
        return value or []


class IdsField(KeysField):
    """Ids, repeated or comma-separated; `words` are further values it knows, such as `me`."""

    words: tuple[str, ...] = ()

    def to_python(self, value: Any) -> list[Any]:
        found: list[UUID | str] = []
        for text in super().to_python(value):
            pk = text if text in self.words else query.uuid_or_none(text)
            if pk is None:
                also = f" or {', '.join(self.words)}" if self.words else ""
                raise forms.ValidationError(f"{text[:40]!r} is no id{also}.")
            found.append(pk)
        return found


class PeopleField(IdsField):
    words = ("me", "none")


class InstantField(forms.CharField):
    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return None
        try:
            return query.instant(text)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None


class FlagField(forms.CharField):
    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if text in ("", None):
            return None
        if text not in ("true", "false"):
            raise forms.ValidationError("Use true or false.")
        return text == "true"


class Keys(django_filters.Filter):
    field_class = KeysField


class Ids(django_filters.Filter):
    field_class = IdsField


class People(django_filters.Filter):
    field_class = PeopleField


class Instant(django_filters.Filter):
    field_class = InstantField


class Flag(django_filters.Filter):
    field_class = FlagField


class Search(django_filters.CharFilter):
    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=200, **options)


class FilterSet(django_filters.FilterSet):
    """`rows()` answers the filtered queryset, or raises `Invalid` naming every parameter that does not parse."""

    def __init__(self, data: Any, queryset: Any, *, member: Any) -> None:
        super().__init__(data, queryset)
        self.member = member

    @classmethod
    def parameters(cls) -> tuple[str, ...]:
        return tuple(cls.base_filters)

    @classmethod
    def repeatable(cls) -> tuple[str, ...]:
        return tuple(name for name, one in cls.base_filters.items() if issubclass(one.field_class, KeysField))

    def rows(self) -> Any:
        empty = [name for name in self.base_filters if name in self.data and not self.data[name].strip()]
        problems = dict.fromkeys(empty, "Give a value or leave it out.")
        problems |= {name: " ".join(texts) for name, texts in self.errors.items()}
        if problems:
            raise Invalid(problems, headline=query.HEADLINE)
        return self.qs
