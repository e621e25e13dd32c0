"""Lists of work orders as files in the API."""

from __future__ import annotations

from django.http.response import HttpResponseBase
from rest_framework.request import Request

from core.api import query
from core.api.views import Answer
from core.errors import Invalid
from workorders import columns, exporting, filters
from workorders.api.orders import WorkOrderEndpoint
from workorders.asked import Asked
from workorders.filters import WorkOrderFilter
from workorders.models import WorkOrder
from workorders.views.export import answer, planned


class WorkOrdersExport(WorkOrderEndpoint):
    """The list as a file, however long: sent as the database reads it."""

    query = {"GET": (*WorkOrderFilter.parameters(), "sort", "format", "columns", "bom")}
    repeatable = (*WorkOrderFilter.repeatable(), "columns")
    query_texts = {
        "format": "csv (default) or xlsx",
        "columns": f"Which columns in which order: {', '.join(columns.FIXED)}, custom.<key>",
        "bom": "true: CSV begins with the mark by which Excel knows UTF-8",
    }
    filterset = WorkOrderFilter
    sorts = filters.SORTS
    answers = {"GET": Answer(None)}
    permissions = {"GET": "workorder.export"}
    produces = {"GET": exporting.TYPES[exporting.CSV]}
    also_refuses = frozenset({409})

    def get(self, request: Request) -> HttpResponseBase:
        """Export work orders as CSV or XLSX. Instants are in the organisation's time zone, which the heading names."""
        member, params = self.member, self.params
        kind, bom = params.get("format", exporting.CSV), params.get("bom", "false")
        if kind not in exporting.TYPES:
            raise Invalid({"format": f"Use one of {', '.join(exporting.TYPES)}."}, headline=query.HEADLINE)
        if bom not in ("true", "false"):
            raise Invalid({"bom": "Use true or false."}, headline=query.HEADLINE)
        shown = {"columns": ",".join(query.words(params.getlist("columns"))), "sort": params.get("sort", "")}
        if any(name in params and not value for name, value in shown.items()):
            raise Invalid(
                {
                    name: "Give a value or leave it out."
                    for name, value in shown.items()
                    if name in params and not value
                },
                headline=query.HEADLINE,
            )
        rows = WorkOrderFilter(params, WorkOrder.objects.visible_to(member), member=member).rows()
        export = planned(member, Asked.of(member, shown), rows=rows)
        return answer(export, kind, bom=bom == "true", method=request.method or "")
