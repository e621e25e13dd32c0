"""Signatures of a work order in the API."""

from __future__ import annotations

from django.http.response import HttpResponseBase
from rest_framework.request import Request

from core.api.views import Answer
from core.errors import Invalid
from tenancy.permissions import require
from workorders import actions
from workorders.api.orders import WorkOrderEndpoint
from workorders.models import Signature, Task
from workorders.proving import require_password
from workorders.serializers.signing import AddSignature, SignatureList, SignatureShape, first


class Signatures(WorkOrderEndpoint):
    """Who signed a work order and its steps."""

    noun = "Signature"
    accepts = {"POST": AddSignature}
    answers = {"GET": Answer(SignatureList), "POST": Answer(SignatureShape, 201)}
    permissions = {"GET": "", "POST": "workorder.sign"}

    def get(self, request: Request, work_order_id: str) -> HttpResponseBase:
        """List the signatures, oldest first."""
        work_order = self.found(work_order_id)
        require(self.member, "workorder.view_all", "workorder.view_own")
        found = Signature.objects.filter(work_order=work_order).order_by("signed_at", "pk")
        return self.answer({"signatures": SignatureShape.every(found)})

    def post(self, request: Request, work_order_id: str) -> HttpResponseBase:
        """Sign the work order or one of its steps: with a drawing, or by the caller's password."""
        work_order = self.found(work_order_id)
        expected = self.expected_version(work_order.version)
        data = self.body(AddSignature)
        task_id, password = data.pop("task", None), data.pop("password", "")
        task = Task.objects.filter(work_order=work_order, pk=task_id).first() if task_id else None
        if task_id and task is None:
            raise Invalid({"taskId": "Task must exist"}, headline=self.invalid_headline)
        if password:
            require_password(request._request, password)
        signature = actions.sign(
            work_order, by=self.member, task=task, authenticated=bool(password), expected_version=expected,
            address=request.META.get("REMOTE_ADDR") or None, **{"drawing": None} | data,
        )  # fmt: skip
        return self.answer(first(signature), status=201)
