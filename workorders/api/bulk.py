"""Many work orders in one request of the API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import DataError, IntegrityError, transaction
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from core.api import query
from core.api.serializers import read_body
from core.api.views import Answer
from core.errors import Conflict, DomainError, Invalid, Stale
from core.translation import API_STATUS, api_body, database_refusal
from core.translation import status_of as code_of
from workorders import actions
from workorders.actions.bulk import each, unknown
from workorders.api.acts import Transitions
from workorders.api.orders import WorkOrderEndpoint, change, create, resolved
from workorders.models import WorkOrder
from workorders.serializers.bulk import OPERATIONS, BulkAnswer, BulkBody
from workorders.serializers.orders import CreateWorkOrder, MoveWorkOrder, UpdateWorkOrder

HEADLINE = "Invalid work order data"
KNOWN = frozenset({"operation", "id", "version", "data"})


@dataclass(slots=True)
class Item:
    """One operation of the request and what became of it."""

    index: int
    kind: str = ""
    id: UUID | None = None
    version: int | None = None
    data: Any = None
    row: WorkOrder | None = None
    error: DomainError | None = None
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def told(self) -> dict[str, Any]:
        pk = self.row.pk if self.row else self.id
        found: dict[str, Any] = {"index": self.index, "id": str(pk) if pk else None}
        if self.error is None:
            assert self.row is not None
            return found | {"status": 201 if self.kind == "create" else 200, "version": self.row.version, "error": None}
        error = self.error
        if isinstance(error, Invalid):
            told = {self.names.get(name, name): sentence for name, sentence in error.details.items()}
            error = Invalid(told, headline=HEADLINE if error.headline == Invalid.headline else error.headline)
        return found | {"status": code_of(error, API_STATUS), "version": None, "error": api_body(error)}


class BulkWorkOrders(WorkOrderEndpoint):
    """Create, update and move up to 1,000 work orders at once."""

    query = {"POST": ("atomic",)}
    query_texts = {"atomic": "true: all or nothing, as `atomic` in the body."}
    accepts = {"POST": BulkBody}
    answers = {"POST": Answer(BulkAnswer)}
    permissions = {"POST": "workorder.request"}

    def post(self, request: Request) -> HttpResponseBase:
        """Run many operations; each is answered like its single request, in the order of the request.

        What is refused is told for that one, unless `atomic` asks for all or nothing: then 409 and nothing is changed.
        """
        asked = self.params.get("atomic")
        if asked not in (None, "true", "false"):
            raise Invalid({"atomic": "Use true or false."}, headline=query.HEADLINE)
        body = self.body(BulkBody)
        items = [self.read(index, given) for index, given in enumerate(body["operations"])]
        refuse_twice(items)
        # Bodies that name the same technician, place or asset find it once.
        found: dict[Any, Any] = {}
        self.run_existing([item for item in items if item.kind != "create" and item.error is None], found)
        for item in items:
            if item.kind == "create" and item.error is None:
                self.run_new(item, found)
        failed = sum(1 for item in items if item.error)
        results = [item.told for item in items]
        if failed and (body.get("atomic") or asked == "true"):
            raise Conflict(
                f"{failed} of {len(items)} could not be done, so none was.", code="nothing_done",
                headline="Nothing was changed", extra={"results": results},
            )  # fmt: skip
        return self.answer({"done": len(items) - failed, "failed": failed, "results": results})

    def read(self, index: int, given: Any) -> Item:
        item = Item(index)
        problems = dict(self.wrong(given, item))
        if problems:
            item.error = Invalid(problems, headline=HEADLINE)
        return item

    def wrong(self, given: Any, item: Item) -> Iterator[tuple[str, str]]:
        """Fills in the item; what cannot be read is told by name."""
        if not isinstance(given, dict):
            yield "", "Each operation is a JSON object."
            return
        yield from ((str(name)[:100], "Unknown field.") for name in given if name not in KNOWN)
        item.kind = next((name for name in OPERATIONS if name == given.get("operation")), "")
        if not item.kind:
            yield "operation", f"Use one of {', '.join(OPERATIONS)}."
        item.data = given.get("data", {})
        if not isinstance(item.data, dict):
            yield "data", "This is a JSON object."
        version = given.get("version")
        if version is not None and (isinstance(version, bool) or not isinstance(version, int) or version < 1):
            yield "version", "Use the version that you read."
        else:
            item.version = version
        if item.kind == "create":
            if "id" in given:
                yield "id", "A new work order's id stands in its data."
            return
        item.id = query.uuid_or_none(given.get("id"))
        if item.id is None and item.kind:
            if isinstance(given.get("id"), str):
                item.error = unknown(given["id"][:100])
            else:
                yield "id", "Say which work order."

    def run_existing(self, items: list[Item], found: dict[Any, Any]) -> None:
        by_id = {item.id: item for item in items if item.id}

        def act(row: WorkOrder) -> WorkOrder:
            item = by_id[row.pk]
            if item.version is not None and item.version != row.version:
                raise Stale(row.version, headline="Work order has changed")
            context = {"member": self.member, "found": found, "current": row}
            if item.kind == "update":
                item.names = self.names
                data = read_body(UpdateWorkOrder, item.data, partial=True, context=context)
                change(self.member, row, resolved(self.member, data))
            else:
                item.names = Transitions.names
                data = read_body(MoveWorkOrder, item.data, partial=False, context=context)
                target = actions.catalogue_status(self.member, data.pop("status"))
                actions.transition(row, target, by=self.member, fields=data)
            return row

        for outcome in each(list(by_id), act, by=self.member):
            item = by_id[outcome.id]
            item.row, item.error = outcome.row, outcome.error

    def run_new(self, item: Item, found: dict[Any, Any]) -> None:
        item.names = self.names
        try:
            with transaction.atomic():
                context = {"member": self.member, "found": found}
                item.row = create(self.member, read_body(CreateWorkOrder, item.data, partial=False, context=context))
        except DomainError as error:
            item.error = error
        except (IntegrityError, DataError) as error:
            item.error = database_refusal(error)
            if item.error is None:
                raise


def refuse_twice(items: list[Item]) -> None:
    seen: set[UUID] = set()
    for item in items:
        if item.error:
            continue
        if item.id in seen:
            item.error = Conflict(
                "This work order is named twice in one request.",
                code="named_twice",
                headline="Cannot change work order",
            )
        if item.id:
            seen.add(item.id)
