"""Files of a work order, of its steps and of its comments."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from core.fields import TenantForeignKey, TenantOneToOne
from media.models import MediaFile
from tenancy.models import TenantModel
from workorders.choices import MediaLabel
from workorders.models.orders import Comment, WorkOrder
from workorders.models.tasks import Task


class WorkOrderMedia(TenantModel):
    """A file in the gallery; `task` or `comment` where it answers a step or belongs to a note."""

    work_order = TenantForeignKey(WorkOrder, on_delete=models.CASCADE, related_name="media")
    file = TenantOneToOne(MediaFile, on_delete=models.CASCADE, related_name="of_work_order")
    task = TenantForeignKey(Task, on_delete=models.CASCADE, null=True, blank=True, related_name="media")
    comment = TenantForeignKey(Comment, on_delete=models.CASCADE, null=True, blank=True, related_name="media")
    label = models.CharField(max_length=6, choices=MediaLabel.choices, blank=True)
    for_requester = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = "work order media"
        constraints = [
            models.CheckConstraint(condition=Q(label__in=MediaLabel.values), name="work_order_media_label"),
            models.CheckConstraint(
                condition=Q(task__isnull=True) | Q(comment__isnull=True), name="work_order_media_one_place"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "work_order"], name="media_of_work_order"),
            models.Index(fields=["tenant", "task"], name="media_of_task", condition=Q(task__isnull=False)),
            models.Index(fields=["tenant", "comment"], name="media_of_comment", condition=Q(comment__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.file_id} of {self.work_order_id}"
