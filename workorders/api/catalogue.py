"""What work orders are described with, and the organisation's events, in the API."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http.response import HttpResponseBase
from rest_framework.request import Request

from core import live_reader, pagination
from core.api import query
from core.api.serializers import Shape
from core.api.views import Answer, Endpoint
from core.live_reader import Cursor
from core.shell.feed import Filter, payload
from workorders import catalogue
from workorders.event_sight import visible_events
from workorders.serializers.orders import EntryShape, EventShape, PriorityShape, StatusShape, TypeShape

READ_AT_ONCE = 500
MOST_READ = 5_000


class CatalogueEndpoint(Endpoint):
    kind = ""
    query = {"GET": ("fields",)}
    permissions = {"GET": ""}
    shape: type[Shape] = EntryShape

    def get(self, request: Request) -> HttpResponseBase:
        """List them all, in their order."""
        entries = list(catalogue.of(self.member).by_key[self.kind].values())
        names = query.picked(self.params, self.shape.names()) or self.shape.names()
        columns = {"isActive": "is_active", "isDefault": "is_default"}
        entries.sort(key=lambda entry: (getattr(entry, "rank", entry.position), entry.name))
        return self.answer([{name: getattr(entry, columns.get(name, name)) for name in names} for entry in entries])


class Statuses(CatalogueEndpoint):
    kind, shape, noun = "status", StatusShape, "Status"
    answers = {"GET": Answer(StatusShape, many=True)}


class Priorities(CatalogueEndpoint):
    kind, shape, noun = "priority", PriorityShape, "Priority"
    answers = {"GET": Answer(PriorityShape, many=True)}


class Types(CatalogueEndpoint):
    kind, shape, noun = "type", TypeShape, "Type"
    answers = {"GET": Answer(TypeShape, many=True)}


class Events(Endpoint):
    """The organisation's event log, as far as the caller may see what the events are about."""

    noun = "Event"
    query = {"GET": ("after", "limit", "workOrderId", "assetId", "type")}
    repeatable = ("workOrderId", "assetId", "type")
    query_texts = {
        "after": "The `id` of an event: answers those that came later. Absent: from the beginning. `latest`: none, but"
        " the `Link` to what will come.",
        "workOrderId": "Only of these work orders; repeat or separate by commas.",
        "assetId": "Only of these assets; repeat or separate by commas.",
        "type": "Only of these types, such as `work_order.completed` or `work_order.*`.",
    }
    answers = {"GET": Answer(EventShape, many=True)}
    permissions = {"GET": ""}

    def get(self, request: Request) -> HttpResponseBase:
        """List events, oldest first. None is lost or repeated between pages.

        `Link: rel="next"` goes on after the last one read, also when this page is empty.
        """
        limit = query.whole_number(self.params, "limit", pagination.DEFAULT_LIMIT, 1, pagination.MAX_LIMIT)
        wanted, after = self.wanted(), self.after()
        found: list[dict[str, Any]] = []
        read = 0
        while len(found) < limit and read < MOST_READ:
            batch = live_reader.read_events(self.member.tenant_id, after, READ_AT_ONCE)
            read += len(batch)
            candidates = [event for event in batch if wanted.wants(event)]
            seen = visible_events(self.member, candidates)
            for event in candidates:
                if event.cursor in seen and len(found) < limit:
                    found.append(payload(event))
                    after = event.cursor
            if batch and len(found) < limit:
                after = batch[-1].cursor
            if len(batch) < READ_AT_ONCE:
                break
        return self.answer(found, headers={"Link": self.link(after)})

    def after(self) -> Cursor:
        text = self.params.get("after")
        if text is None:
            return Cursor()
        if text == "latest":
            return live_reader.latest(self.member.tenant_id)
        try:
            return Cursor.parse(text)
        except ValueError:
            raise query.refuse("after", "Use the id of an event, such as 1234-5678.") from None

    def wanted(self) -> Filter:
        types = query.words(self.params.getlist("type"))
        return Filter(self.ids("workOrderId"), self.ids("assetId"), frozenset(types))

    def ids(self, name: str) -> frozenset[UUID]:
        found = [query.uuid_or_none(text) for text in query.words(self.params.getlist(name))]
        if None in found or (name in self.params and not found):
            raise query.refuse(name, "Not an id.")
        return frozenset(pk for pk in found if pk)

    def link(self, after: Cursor) -> str:
        params = self.params.copy()
        params["after"] = str(after)
        http = self.request._request
        return f'<{http.scheme}://{http.get_host()}{http.path}?{params.urlencode()}>; rel="next"'
