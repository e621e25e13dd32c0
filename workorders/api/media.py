"""Photos and files of a work order in the API: multipart, or announced and sent to an address of its own."""

from __future__ import annotations

from typing import Any

from django.http.response import HttpResponseBase
from rest_framework.request import Request

from core.api import query
from core.api.serializers import Deleted
from core.api.views import Answer
from core.errors import Invalid
from media.endpoints import FilesEndpoint, Multipart, flag, reference
from media.serializers import Promised
from workorders import actions, gallery
from workorders.actions import writing
from workorders.models import Comment, Task, WorkOrder
from workorders.serializers.media import (
    NAMES,
    DescribeWorkOrderFile,
    MediaShape,
    PromiseWorkOrderFile,
    UploadWorkOrderFile,
    WorkOrderFiles,
)


class WorkOrderFilesEndpoint(FilesEndpoint):
    names = NAMES

    def found(self, work_order_id: str) -> WorkOrder:
        return WorkOrder.objects.get_visible(self.member, query.uuid_or_none(work_order_id) or work_order_id[:100])

    def shown(self, work_order: WorkOrder, pk: Any, *, status: int = 200) -> HttpResponseBase:
        shape = MediaShape.first(gallery.seen_by(self.member, work_order=work_order.pk, file=pk))
        assert shape is not None
        return self.answer(shape, status=status, version=shape["version"])


class WorkOrderMedia(WorkOrderFilesEndpoint, Multipart):
    """The gallery of a work order."""

    words = frozenset({"caption", "label", "taskId", "noteId", "forRequester"})
    accepts = {"POST": UploadWorkOrderFile}
    answers = {"GET": Answer(WorkOrderFiles), "POST": Answer(MediaShape, 201)}
    permissions = {"GET": "", "POST": "workorder.comment"}

    def get(self, request: Request, work_order_id: str) -> HttpResponseBase:
        """List photos and files, oldest first. Uploads that are awaited or were refused only their sender sees."""
        work_order = self.found(work_order_id)
        gallery.collect(work_order, self.member)
        return self.answer({"media": MediaShape.every(gallery.seen_by(self.member, work_order=work_order.pk))})

    def post(self, request: Request, work_order_id: str) -> HttpResponseBase:
        """Add a photo or file, as multipart/form-data with the field `file`.

        Further fields: `caption`, `label` (`before`, `after`), `taskId`, `noteId`, `forRequester`. A picture is prepared in the
        background: upright, without location, at the address that is answered.
        """
        work_order = self.found(work_order_id)
        given = self.given(request)
        for_requester = flag(given, "forRequester")
        task = self.row(work_order, Task, "taskId", given)
        comment = self.row(work_order, Comment, "noteId", given)
        self.require_version(writing.lock(work_order).version, headline="Work order has changed")
        link = actions.add_media(
            work_order, by=self.member, task=task, comment=comment, for_requester=for_requester, **given
        )
        return self.shown(work_order, link.file_id, status=201)

    @staticmethod
    def row(work_order: WorkOrder, kind: Any, name: str, given: dict[str, Any]) -> Any:
        pk = reference(given, name)
        if pk is None:
            return None
        found = kind.objects.filter(work_order=work_order, pk=pk).first()
        if found is None:
            raise Invalid({name: "There is no such record on this work order."})
        return found


class WorkOrderUpload(WorkOrderFilesEndpoint):
    """An address to send a file to."""

    accepts = {"POST": PromiseWorkOrderFile}
    answers = {"POST": Answer(Promised, 201)}
    permissions = {"POST": "workorder.comment"}

    def post(self, request: Request, work_order_id: str) -> HttpResponseBase:
        """Announce a file. PUT it to `uploadUrl` with the same Content-Type; then it appears in the list.

        What arrives is looked at again: another size or type, or a file that is not taken, is refused, and the list tells its
        sender why.
        """
        work_order = self.found(work_order_id)
        data = self.body(PromiseWorkOrderFile)
        self.require_version(writing.lock(work_order).version, headline="Work order has changed")
        link, address = actions.promise_media(work_order, by=self.member, **data)
        return self.promised(link.file, address)


class OneWorkOrderMedia(WorkOrderFilesEndpoint):
    """One photo or file."""

    accepts = {"PUT": DescribeWorkOrderFile, "PATCH": DescribeWorkOrderFile}
    answers = {
        "GET": Answer(MediaShape),
        "PUT": Answer(MediaShape),
        "PATCH": Answer(MediaShape),
        "DELETE": Answer(Deleted),
    }
    permissions = {"GET": "", "PUT": "workorder.work", "PATCH": "workorder.work", "DELETE": "workorder.work"}

    def link(self, work_order: WorkOrder, media_id: str) -> Any:
        return self.one_file(gallery.seen_by(self.member, work_order=work_order.pk), media_id)

    def get(self, request: Request, work_order_id: str, media_id: str) -> HttpResponseBase:
        """Get a photo or file with fresh addresses."""
        work_order = self.found(work_order_id)
        return self.shown(work_order, self.link(work_order, media_id).file_id)

    def put(self, request: Request, work_order_id: str, media_id: str) -> HttpResponseBase:
        """Label, describe, turn, show to the requester."""
        work_order = self.found(work_order_id)
        link = self.link(work_order, media_id)
        expected = self.expected_version(link.file.version)
        data = self.body(DescribeWorkOrderFile, partial=True)
        actions.label_media(work_order, by=self.member, media_file=link.file, expected_version=expected, **data)
        return self.shown(work_order, link.file_id)

    def patch(self, request: Request, work_order_id: str, media_id: str) -> HttpResponseBase:
        """The same as PUT."""
        return self.put(request, work_order_id, media_id)

    def delete(self, request: Request, work_order_id: str, media_id: str) -> HttpResponseBase:
        """Delete a photo or file, for good."""
        work_order = self.found(work_order_id)
        link = self.link(work_order, media_id)
        writing.lock(work_order)
        self.require_version(link.file.version)
        actions.remove_media(work_order, by=self.member, media_file=link.file)
        return self.removed()
