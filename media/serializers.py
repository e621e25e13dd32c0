"""The shape of a file in the API, which work orders, assets and parts share, and the bodies that announce one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from rest_framework import serializers

from core.api import fields
from core.api.serializers import Body, Shape
from media import naming
from media.choices import MediaKind, MediaState
from media.models import QUOTA

LABELLED: Mapping[str, str] = {"content_type": "contentType", "name": "filename", "taken_at": "takenAt"}


class FileShape(Shape):
    """Rows of a table that links a file (`file`) to its thing. Addresses are good for some minutes."""

    extra: ClassVar[tuple[str, ...]] = ("file__stored_name", "file__thumbnail_name")

    id = serializers.UUIDField(source="file_id")
    filename = serializers.CharField(source="file.original_name")
    type = serializers.ChoiceField(choices=MediaKind.choices, source="file.kind")
    contentType = serializers.CharField(source="file.content_type")
    size = serializers.IntegerField(source="file.size")
    status = serializers.ChoiceField(choices=MediaState.choices, source="file.state")
    refusal = serializers.CharField(source="file.refusal", allow_blank=True)
    width = serializers.IntegerField(source="file.width", allow_null=True)
    height = serializers.IntegerField(source="file.height", allow_null=True)
    caption = serializers.CharField(source="file.caption", allow_blank=True)
    takenAt = serializers.DateTimeField(source="file.taken_at", allow_null=True)
    uploadedBy = serializers.UUIDField(source="file.uploaded_by_id", allow_null=True)
    uploadedByName = serializers.CharField(source="file.uploaded_by.name", allow_null=True)
    uploadedAt = serializers.DateTimeField(source="file.uploaded_at")
    thumbnailUrl = serializers.CharField(source="*", allow_null=True)
    url = serializers.CharField(source="*", allow_null=True)
    version = serializers.IntegerField(source="file.version")

    @classmethod
    def finish(cls, items: list[dict[str, Any]], context: Mapping[str, Any]) -> None:
        for item in items:
            row = {
                "stored_name": item.pop("file__stored_name"),
                "thumbnail_name": item.pop("file__thumbnail_name"),
                "original_name": item["filename"],
                "state": item["status"],
                "kind": item["type"],
            }
            url, thumbnail = naming.urls(row, absolute=True)
            item["url"], item["thumbnailUrl"] = url or None, thumbnail or None


class CoveredFile(FileShape):
    """A photo or file of an asset or a part; one of them may be its cover."""

    isCover = serializers.BooleanField(source="is_cover")


class CoveredFiles(serializers.Serializer[Any]):
    media = CoveredFile(many=True)


class Promised(serializers.Serializer[Any]):
    """PUT the file to `uploadUrl` with the announced Content-Type and size, once, until `expiresAt`."""

    uploadUrl = serializers.CharField()
    mediaId = serializers.UUIDField()
    expiresAt = serializers.DateTimeField()


class UploadBody(Body):
    """The parts of a form: the file, and a few words."""

    file = serializers.FileField()
    caption = fields.Text(max_length=300, required=False)


class PromiseBody(Body):
    filename = fields.Text(max_length=1000, source="name")
    contentType = fields.Text(max_length=100, source="content_type")
    size = fields.Whole(min_value=1, max_value=QUOTA)
    caption = fields.Text(max_length=300, required=False)


class DescribeCovered(Body):
    """`isCover: true` makes it the cover; `rotate` turns a picture clockwise by 90, 180 or 270 degrees."""

    echoed = frozenset(CoveredFile._declared_fields) - {"caption", "isCover"}

    caption = fields.Text(max_length=300, required=False)
    rotate = fields.Whole(required=False)
    isCover = fields.Flag(source="is_cover", required=False)
