"""Lists of objects inside a body (`tasks`, `requiredParts`): each item is a body of its own, checked as strictly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from core.api.fields import Rows
from core.api.serializers import Body, read_body
from core.errors import Invalid


class Items(serializers.ListField):
    """Items of one kind, at most `most`. `references`: field of the domain → rows a member may name and what is said of others.

    A body names those by ids (`fields.Id`); however many items there are, each kind of reference is looked up once.
    """

    def __init__(
        self, body: type[Body], *, most: int, references: Mapping[str, tuple[Rows, str]] | None = None, **options: Any
    ) -> None:
        self.body, self.most, self.named = body, most, dict(references or {})
        options.setdefault("required", False)
        options.setdefault("write_only", True)
        super().__init__(child=body(), **options)

    def to_internal_value(self, data: Any) -> list[dict[str, Any]]:
        if not isinstance(data, list):
            self.fail("not_a_list", input_type=type(data).__name__)
        if len(data) > self.most:
            raise serializers.ValidationError(f"At most {self.most} at once.")
        items: list[dict[str, Any]] = []
        problems: list[dict[str, str]] = []
        for one in data:
            try:
                items.append(read_body(self.body, one, partial=False, context=self.context))
                problems.append({})
            except Invalid as refused:
                items.append({})
                problems.append(dict(refused.details) if "" not in refused.details else {"": "Use a JSON object."})
        for name, (rows, sentence) in self.named.items():
            self.look_up(name, rows, sentence, items, problems)
        if any(problems):
            # In the shape that DRF gives nested errors, so that `flatten` names them `tasks[1].estimatedTime`.
            raise serializers.ValidationError(
                [{key or "non_field_errors": text for key, text in one.items()} for one in problems]
            )
        return items

    def look_up(
        self, name: str, rows: Rows, sentence: str, items: list[dict[str, Any]], problems: list[dict[str, str]]
    ) -> None:
        wanted = {item[name] for item in items if item.get(name) is not None}
        if not wanted:
            return
        found = {row.pk: row for row in rows(self.context["member"]).filter(pk__in=wanted).order_by()}
        said = next(key for key, field in self.body._declared_fields.items() if (field.source or key) == name)
        for item, problem in zip(items, problems, strict=True):
            if item.get(name) is None:
                continue
            if item[name] in found:
                item[name] = found[item[name]]
            else:
                problem[said] = sentence
