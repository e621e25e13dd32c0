"""The thread of a work order in the API, and who may be mentioned in it."""

from __future__ import annotations

from typing import Any

from django.http.response import HttpResponseBase
from rest_framework.request import Request

from core.api import query
from core.api.views import Answer
from workorders import actions, mentions, permissions
from workorders.actions import writing
from workorders.api.orders import WorkOrderEndpoint
from workorders.models import Comment, WorkOrder
from workorders.serializers.comments import AddNote, EditNote, Mentionable, Thread, ThreadNote


class NoteEndpoint(WorkOrderEndpoint):
    def thread(self, work_order: WorkOrder) -> Any:
        """The notes that the caller reads; who only follows their own request reads those meant for them."""
        found = Comment.objects.filter(work_order=work_order).order_by("created_at", "pk")
        return found if permissions.reads_every_note(self.member) else found.filter(for_requester=True)


class WorkOrderNotes(NoteEndpoint):
    """The thread of a work order. Who only follows their own request sees the notes meant for them."""

    accepts = {"POST": AddNote}
    answers = {"GET": Answer(Thread), "POST": Answer(ThreadNote, 201)}
    permissions = {"GET": "", "POST": "workorder.comment"}

    def get(self, request: Request, work_order_id: str) -> HttpResponseBase:
        """List the notes, oldest first."""
        return self.answer({"notes": ThreadNote.every(self.thread(self.found(work_order_id)), member=self.member)})

    def post(self, request: Request, work_order_id: str) -> HttpResponseBase:
        """Add a note; also on closed work."""
        work_order = self.found(work_order_id)
        self.require_version(writing.lock(work_order).version)
        note = actions.comment(work_order, by=self.member, **self.body(AddNote))
        return self.answer(ThreadNote.first(Comment.objects.filter(pk=note.pk), member=self.member), status=201)


class OneNote(NoteEndpoint):
    """A single note. Its author changes it for fifteen minutes; it is never removed."""

    noun = "Note"
    accepts = {"PUT": EditNote, "PATCH": EditNote}
    answers = {"GET": Answer(ThreadNote), "PUT": Answer(ThreadNote), "PATCH": Answer(ThreadNote)}
    permissions = {"GET": "", "PUT": "workorder.comment", "PATCH": "workorder.comment"}

    def get(self, request: Request, work_order_id: str, note_id: str) -> HttpResponseBase:
        """Get a note with what it said before it was edited."""
        return self.shown(self.note(work_order_id, note_id))

    def put(self, request: Request, work_order_id: str, note_id: str) -> HttpResponseBase:
        """Change a note: by its author, for fifteen minutes. What it said before is kept."""
        note = self.note(work_order_id, note_id)
        data = {"text": note.text} | self.body(EditNote, partial=True)
        expected = self.expected_version(note.version)
        return self.shown(actions.edit_comment(note, by=self.member, expected_version=expected, **data))

    def patch(self, request: Request, work_order_id: str, note_id: str) -> HttpResponseBase:
        """The same as PUT."""
        return self.put(request, work_order_id, note_id)

    def note(self, work_order_id: str, note_id: str) -> Comment:
        found: Comment = self.one(self.thread(self.found(work_order_id)), note_id, key="noteId")
        return found

    def shown(self, note: Comment) -> HttpResponseBase:
        shape = ThreadNote.first(Comment.objects.filter(pk=note.pk), member=self.member)
        assert shape is not None
        return self.answer(shape, version=shape["version"])


class WorkOrderMentionable(WorkOrderEndpoint):
    """Who may be mentioned in a note."""

    query = {"GET": ("search",)}
    query_texts = {"search": "Words in the name"}
    answers = {"GET": Answer(Mentionable)}
    permissions = {"GET": "workorder.comment"}

    def get(self, request: Request, work_order_id: str) -> HttpResponseBase:
        """The first eight members, by name, who see this work order and whom the caller may mention."""
        text = self.params.get("search", "")
        if len(text) > 150 or "\x00" in text:
            raise query.refuse("search", "Use at most 150 characters of a name.")
        found = mentions.offered(self.found(work_order_id), self.member, text)
        return self.answer({"members": [{"id": pk, "name": name} for pk, name in found]})
