"""Parts of one work order in the API."""

from __future__ import annotations

from typing import Any

from django.http.response import HttpResponseBase
from rest_framework.request import Request

from core.api import query
from core.api.serializers import Deleted
from core.api.views import Answer
from core.errors import NotFound
from tenancy.permissions import require
from workorders import actions, permissions
from workorders.api.orders import WorkOrderEndpoint
from workorders.models import PartLine, WorkOrder
from workorders.serializers.parts import LINE_NAMES, AddPart, PartLines, PartLineShape, UpdatePartLine


class PartsEndpoint(WorkOrderEndpoint):
    """Whoever gives parts out finds them on work that they see for nothing else."""

    names = LINE_NAMES

    @property
    def invalid_headline(self) -> str:
        return "Invalid part data"

    def told(self, path: str) -> str:
        return self.names.get(path, path)

    def found(self, work_order_id: str) -> WorkOrder:
        rows = WorkOrder.objects.with_parts_for(self.member)
        pk = query.uuid_or_none(work_order_id)
        work_order: WorkOrder | None = rows.filter(pk=pk).first() if pk else None
        if work_order is None:
            raise self.not_found(work_order_id, key="workOrderId")
        require(self.member, "part.view")
        return work_order

    def line(self, work_order_id: str, part_id: str) -> PartLine:
        """By the line's id; by the catalogue's, where exactly one line has that part."""
        lines = PartLine.objects.filter(work_order=self.found(work_order_id))
        pk = query.uuid_or_none(part_id)
        found = list(lines.filter(pk=pk) or lines.filter(part_id=pk)[:2]) if pk else []
        if len(found) != 1:
            raise NotFound(
                "There is no such part on this work order.",
                headline="Part not found",
                extra={"partId": part_id[:100]},
            )
        return found[0]

    def context(self) -> dict[str, Any]:
        return {"costs": permissions.can_see_part_costs(self.member)}

    def shown(self, line: PartLine, *, status: int = 200) -> HttpResponseBase:
        shape = PartLineShape.first(PartLine.objects.filter(pk=line.pk), **self.context())
        assert shape is not None
        where = f"/api/v1/work-orders/{line.work_order_id}/parts/{line.pk}"
        headers = {"Location": where} if status == 201 else None
        return self.answer(shape, status=status, version=shape["version"], headers=headers)


class WorkOrderParts(PartsEndpoint):
    """What the job needs and what it has used."""

    accepts = {"POST": AddPart}
    answers = {"GET": Answer(PartLines), "POST": Answer(PartLineShape, 201)}
    permissions = {"GET": "part.view", "POST": "part.give"}

    def get(self, request: Request, work_order_id: str) -> HttpResponseBase:
        """List the parts of a work order."""
        lines = PartLine.objects.filter(work_order=self.found(work_order_id)).order_by("added_at", "pk")
        return self.answer({"parts": PartLineShape.every(lines, **self.context())})

    def post(self, request: Request, work_order_id: str) -> HttpResponseBase:
        """Add a part. Without `unitCost` the catalogue's is taken when it is issued."""
        work_order = self.found(work_order_id)
        data = self.body(AddPart)
        self.refuse_used_id(PartLine.objects.filter(tenant_id=work_order.tenant_id), data.get("id"))
        status = data.pop("status", None)
        (line,) = actions.add_parts(work_order, by=self.member, lines=[data])
        if status is not None and status != line.status:
            line = actions.update_part(line, by=self.member, changes={"status": status})
        return self.shown(line, status=201)


class OneWorkOrderPart(PartsEndpoint):
    """One line; `partId` is its id, or that of the catalogue's part where only one line has it."""

    accepts = {"PUT": UpdatePartLine, "PATCH": UpdatePartLine}
    answers = {
        "GET": Answer(PartLineShape),
        "PUT": Answer(PartLineShape),
        "PATCH": Answer(PartLineShape),
        "DELETE": Answer(Deleted),
    }
    permissions = {"GET": "part.view", "PUT": "part.give", "PATCH": "part.give", "DELETE": "part.give"}

    def get(self, request: Request, work_order_id: str, part_id: str) -> HttpResponseBase:
        """Get a part of a work order."""
        return self.shown(self.line(work_order_id, part_id))

    def put(self, request: Request, work_order_id: str, part_id: str) -> HttpResponseBase:
        """Change quantity, cost, note or status of a part.

        A status posts the movements that lead there from whatever state: `used` issues what was used and was not issued.
        """
        line = self.line(work_order_id, part_id)
        expected = self.expected_version(line.version)
        changes = self.body(UpdatePartLine, partial=True)
        return self.shown(actions.update_part(line, by=self.member, changes=changes, expected_version=expected))

    def patch(self, request: Request, work_order_id: str, part_id: str) -> HttpResponseBase:
        """The same as PUT."""
        return self.put(request, work_order_id, part_id)

    def delete(self, request: Request, work_order_id: str, part_id: str) -> HttpResponseBase:
        """Remove a part. What is out must be returned first."""
        line = self.line(work_order_id, part_id)
        expected = self.expected_version(line.version)
        when = actions.remove_part(line, by=self.member, expected_version=expected)
        return self.answer({"message": "Part removed", "deletedAt": when})
