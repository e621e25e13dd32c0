"""The list as a file."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.utils import timezone

from core.errors import Invalid
from core.pages import MemberRequest, page
from tenancy.models import Member
from tenancy.permissions import require
from workorders import exporting
from workorders.asked import Asked
from workorders.exporting import TYPES, Export


class Download(StreamingHttpResponse):
    """Streams a file; `after` is called when the last byte is gone, or the reader is."""

    def __init__(self, content: Iterator[bytes], *, after: Callable[[], None], **options: Any) -> None:
        super().__init__(content, **options)
        # Also when nobody ever closes it: a place that is not given back is gone until the next start.
        self.after = weakref.finalize(self, after)

    def close(self) -> None:
        try:
            super().close()
        finally:
            self.after()


def answer(export: Export, kind: str, *, bom: bool, method: str = "GET") -> Any:
    """The file, or for HEAD what it would be."""
    require(export.member, "workorder.export")
    name = f"work-orders-{timezone.localtime():%Y-%m-%d}.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Accel-Buffering": "no"}
    if method == "HEAD":
        return HttpResponse(headers=headers, content_type=TYPES[kind])
    after = exporting.taken_turn()
    content = exporting.pieces(export, kind, bom=bom)
    return Download(content, after=after, headers=headers, content_type=TYPES[kind])


def planned(member: Member, asked: Asked, *, rows: Any = None) -> Export:
    return exporting.plan(member, asked.rows() if rows is None else rows, asked.keys, asked.columns)


@page("workorder.export")
def export(request: MemberRequest) -> HttpResponse:
    """What the list at the same address shows, all of it. CSV starts with the mark by which Excel knows UTF-8."""
    member: Member = request.member
    kind = request.GET.get("format", exporting.CSV)
    if kind not in TYPES:
        raise Invalid({"format": f"Use one of {', '.join(TYPES)}."}, headline="Invalid query")
    asked = Asked.of(member, request.GET)
    return answer(planned(member, asked), kind, bom=True, method=request.method or "")
