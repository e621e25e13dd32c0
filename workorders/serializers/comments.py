"""Shapes of the thread of a work order."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from core.api import fields
from core.api.serializers import Body, Shape, echo_of
from workorders import gallery
from workorders.choices import NOTE_LENGTH
from workorders.models import CommentRevision, Mention
from workorders.serializers.media import MediaShape
from workorders.serializers.named import people
from workorders.serializers.orders import Person


class EarlierText(Shape):
    """What a note said before an edit."""

    text = serializers.CharField()
    replacedAt = serializers.DateTimeField()


class ThreadNote(Shape):
    """A note. `mentions` are ids of members."""

    id = serializers.UUIDField()
    text = serializers.CharField()
    author = serializers.UUIDField(allow_null=True, source="author_id")
    authorName = serializers.CharField(source="author.name")
    forRequester = serializers.BooleanField(help_text="Shown to the person who asked for the work.")
    mentions = serializers.ListField(child=serializers.UUIDField(), source="*")
    attachments = MediaShape(many=True, source="*", help_text="Files that were sent with `noteId`.")
    earlierTexts = EarlierText(many=True, source="*", help_text="What it said before it was edited, oldest first.")
    createdAt = serializers.DateTimeField()
    editedAt = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField(help_text="Also the ETag of the single note.")

    @classmethod
    def finish(cls, items: list[dict[str, Any]], context: Any) -> None:
        ids = [item["id"] for item in items]
        mentioned: dict[Any, list[Any]] = {}
        for pk, member in Mention.objects.filter(comment_id__in=ids).order_by("pk").values_list("comment", "member"):
            mentioned.setdefault(pk, []).append(member)
        earlier: dict[Any, list[dict[str, Any]]] = {}
        for pk, text, at in CommentRevision.objects.filter(comment_id__in=ids).values_list(
            "comment", "text", "replaced_at"
        ):
            earlier.setdefault(pk, []).append({"text": text, "replacedAt": at})
        files: dict[Any, list[dict[str, Any]]] = {}
        for file in MediaShape.every(gallery.seen_by(context["member"], comment__in=ids)) if ids else []:
            files.setdefault(file["noteId"], []).append(file)
        for item in items:
            item["attachments"] = files.get(item["id"], [])
            item["authorName"] = item["authorName"] or ""
            item["mentions"] = mentioned.get(item["id"], [])
            item["earlierTexts"] = earlier.get(item["id"], [])


class Thread(Shape):
    notes = ThreadNote(many=True)


class Mentionable(Shape):
    """Members who see the work order, by name."""

    members = Person(many=True)


class AddNote(Body):
    text = fields.Text(max_length=NOTE_LENGTH, help_text="@Full Name mentions a member who sees the work order.")
    forRequester = fields.Flag(required=False, source="for_requester", help_text="Show it to who asked for the work.")
    mentions = fields.References(
        people, "Everybody mentioned must exist", help_text="Ids of members, besides those typed."
    )


class EditNote(Body):
    text = fields.Text(max_length=NOTE_LENGTH)
    mentions = fields.References(people, "Everybody mentioned must exist")


EditNote.echoed = echo_of(ThreadNote, EditNote)
