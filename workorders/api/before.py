"""Before you start, in the API."""

from __future__ import annotations

from typing import Any

from django.http.response import HttpResponseBase
from rest_framework.request import Request

from core.api.views import Answer
from workorders import before
from workorders.api.orders import WorkOrderEndpoint
from workorders.before import Before
from workorders.models import WorkOrder
from workorders.serializers.before import BeforeShape


class BeforeYouStart(WorkOrderEndpoint):
    """What somebody should know before the work begins."""

    answers = {"GET": Answer(BeforeShape)}
    permissions = {"GET": ""}

    def get(self, request: Request, work_order_id: str) -> HttpResponseBase:
        """Hazards, warranty, the last three jobs on the asset with what was found, open work nearby, parts, who is on it."""
        work_order = self.found(work_order_id)
        if not before.tells(work_order, self.member):
            return self.answer(shape(Before([], None, "", [], [], [], [])))
        work_order = WorkOrder.objects.select_related("asset").get(pk=work_order.pk)
        return self.answer(shape(before.of(work_order, self.member)))


def shape(found: Before) -> dict[str, Any]:
    return {
        "hazards": found.hazards,
        "warrantyUntil": found.warranty_until,
        "warrantyNote": found.warranty_note,
        "lastJobs": [
            {
                "workOrderId": one.id if one.seen else None, "workOrderNumber": one.number, "title": one.title,
                "completionDate": one.ended_at, "resolution": one.found, "failureCause": one.cause, "doneBy": one.who,
            }
            for one in found.earlier
        ],
        "nearby": [
            {
                "workOrderId": one.id, "workOrderNumber": one.number, "title": one.title, "status": one.status_key,
                "statusMeaning": one.meaning, "where": one.where,
            }
            for one in found.nearby
        ],
        "parts": [
            {
                "partName": one.name, "partNumber": one.number, "quantity": float(one.quantity), "unit": one.unit,
                "status": one.status.lower(), "keptIn": one.kept_in,
            }
            for one in found.parts
        ],
        "atWork": [{"name": one.name, "since": one.since} for one in found.busy],
    }  # fmt: skip
