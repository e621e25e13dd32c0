"""What an address of the list asks for: filters in the API's words, order, columns and layout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.http import QueryDict

from core import pagination
from core.api import query
from core.pagination import Key
from tenancy.models import Member
from workorders import columns, filters
from workorders.columns import Column
from workorders.filters import WorkOrderFilter
from workorders.models import WorkOrder

# What decides which of all, open and finished work is meant; without any of them it is the open work.
WHICH = ("status", "open", "overdue")
LAYOUTS = ("list", "kanban", "calendar")
FILTERS = frozenset(WorkOrderFilter.parameters())
# How it is shown, besides which rows.
SHOWN_AS = ("sort", "columns", "layout", "view", "month", "by")
KNOWN = FILTERS | {*SHOWN_AS, "cursor"}


@dataclass(frozen=True)
class Asked:
    """`given`: the parameters that have a meaning here and are filled, as the address has them."""

    member: Member
    given: Mapping[str, str]

    @classmethod
    def of(cls, member: Member, params: Mapping[str, Any]) -> Asked:
        return cls(
            member,
            {name: str(value).strip() for name, value in params.items() if name in KNOWN and str(value).strip()},
        )

    @classmethod
    def from_text(cls, member: Member, text: str) -> Asked:
        return cls.of(member, dict(parse_qsl(text[:4000])))

    @cached_property
    def kept(self) -> dict[str, str]:
        """Everything but the place in the list."""
        return {name: value for name, value in self.given.items() if name != "cursor"}

    @cached_property
    def narrowing(self) -> dict[str, str]:
        return {name: value for name, value in self.given.items() if name in FILTERS}

    @property
    def layout(self) -> str:
        return self.given.get("layout", "list") if self.given.get("layout") in LAYOUTS else "list"

    @cached_property
    def params(self) -> QueryDict:
        """The filter set's parameters: open work by default, a place with everything below it."""
        return filter_params(self.narrowing)

    @cached_property
    def keys(self) -> list[Key]:
        return pagination.sort_keys(self.given.get("sort"), filters.SORTS, filters.DEFAULT_SORT)

    @cached_property
    def columns(self) -> list[Column]:
        return columns.chosen(self.member, query.words([self.given.get("columns", "")]))

    def rows(self, params: QueryDict | None = None) -> Any:
        """The work orders it is about, as far as the member sees them."""
        visible = WorkOrder.objects.visible_to(self.member)
        return WorkOrderFilter(self.params if params is None else params, visible, member=self.member).rows()

    def text(self, *without: str, **changes: str) -> str:
        """As the query of an address, with these parameters changed (empty ones left out)."""
        found = {name: value for name, value in (self.kept | changes).items() if value and name not in without}
        return urlencode(found)


def filter_params(given: Mapping[str, str]) -> QueryDict:
    params = QueryDict(mutable=True)
    params.update(dict(given))
    if given.get("open") == "any":
        del params["open"]
    elif not any(name in given for name in WHICH):
        params["open"] = "true"
    for name in ("location", "asset"):
        if f"{name}Id" in given:
            params[f"{name}Subtree"] = "true"
    return params


def link(listed: str, params: Mapping[str, str]) -> str:
    return f"{listed}?{urlencode(params)}" if params else listed


def labels(asked: Sequence[Column]) -> str:
    return ",".join(column.key for column in asked)
