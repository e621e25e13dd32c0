"""Papers of work orders: one, many, labels."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse

from core.api.query import uuid_or_none
from core.errors import Invalid
from core.pages import MemberRequest, page
from workorders.models import WorkOrder
from workorders.paper import contents


def file(content: bytes, name: str) -> HttpResponse:
    """Shown in the browser, whose own button prints or keeps it."""
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    response["Cache-Control"] = "private, no-store"
    return response


@page()
def pdf(request: MemberRequest, pk: UUID) -> HttpResponse:
    work_order = WorkOrder.objects.get_visible(request.member, pk)
    return file(contents.work_orders([work_order.pk], request.member), work_order.number)


def chosen(request: MemberRequest) -> list[UUID]:
    """The ids in the address: repeated, as a form with checkboxes sends them, or separated by commas."""
    texts = [text for value in request.GET.getlist("id") for text in value.split(",")]
    found = [pk for text in texts if (pk := uuid_or_none(text))]
    if not found:
        raise Invalid({"id": "Choose the work orders to print."}, headline="Nothing to print")
    if len(found) > contents.MOST:
        raise Invalid({"id": f"Print at most {contents.MOST} at once."}, headline="Too many to print")
    return list(dict.fromkeys(found))


@page("workorder.view_all", "workorder.view_own")
def pdfs(request: MemberRequest) -> HttpResponse:
    return file(contents.work_orders(chosen(request), request.member), "work-orders")


@page("workorder.view_all", "workorder.view_own")
def labels(request: MemberRequest) -> HttpResponse:
    return file(contents.labels(chosen(request), request.member), "labels")
