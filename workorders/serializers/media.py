"""Photos and files of a work order in the API; the same shape serves assets and parts (`media.serializers`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from core.api import fields
from core.api.serializers import Body
from media.serializers import LABELLED, FileShape, PromiseBody, UploadBody
from workorders.choices import MediaLabel
from workorders.models import Task


class MediaShape(FileShape):
    """A photo or file of a work order."""

    label = serializers.ChoiceField(choices=MediaLabel.choices, allow_blank=True)  # type: ignore[assignment]
    taskId = serializers.UUIDField(source="task_id", allow_null=True)
    noteId = serializers.UUIDField(source="comment_id", allow_null=True)
    forRequester = serializers.BooleanField(source="for_requester")


class WorkOrderFiles(serializers.Serializer[Any]):
    media = MediaShape(many=True)


def tasks_of(member: Any) -> Any:
    """Steps of work orders that the member sees; of which one, the act checks."""
    from workorders.models import WorkOrder

    return Task.objects.filter(work_order__in=WorkOrder.objects.visible_to(member))


class UploadWorkOrderFile(UploadBody):
    label = fields.Choice(choices=MediaLabel.choices, required=False, allow_blank=True)  # type: ignore[assignment]
    taskId = serializers.UUIDField(required=False)
    noteId = serializers.UUIDField(required=False)
    forRequester = serializers.BooleanField(required=False)


class PromiseWorkOrderFile(PromiseBody):
    label = fields.Choice(choices=MediaLabel.choices, required=False, allow_blank=True)  # type: ignore[assignment]
    taskId = fields.Reference(tasks_of, "Task must exist", source="task")
    forRequester = fields.Flag(source="for_requester", required=False)


class DescribeWorkOrderFile(Body):
    """`rotate` turns a picture clockwise by 90, 180 or 270 degrees."""

    echoed = frozenset(MediaShape._declared_fields) - {"label", "caption", "forRequester"}

    label = fields.Choice(choices=MediaLabel.choices, required=False, allow_blank=True)  # type: ignore[assignment]
    caption = fields.Text(max_length=300, required=False)
    rotate = fields.Whole(required=False)
    forRequester = fields.Flag(source="for_requester", required=False)


NAMES: Mapping[str, str] = {**LABELLED, "task": "taskId", "comment": "noteId", "for_requester": "forRequester"}
