"""The paper of a work order in the API."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework.request import Request

from core.api.views import Answer
from workorders.api.orders import WorkOrderEndpoint
from workorders.paper import contents
from workorders.views.paper import file


class WorkOrderPdf(WorkOrderEndpoint):
    """A work order to print: tagged PDF with a QR code that opens its page."""

    answers = {"GET": Answer(None)}
    permissions = {"GET": ""}
    produces = {"GET": "application/pdf"}

    def get(self, request: Request, work_order_id: str) -> HttpResponseBase:
        """Get a work order as PDF, with checklist, parts, photos and signatures."""
        work_order = self.found(work_order_id)
        with timezone.override(ZoneInfo(self.member.tenant.time_zone)):
            return file(contents.work_orders([work_order.pk], self.member), work_order.number)
