"""The steps of one work order and their answers."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from core.fields import TenantForeignKey
from labor.models import Technician
from tenancy.models import Member
from workorders.choices import TASK_SETTLED, TaskStatus
from workorders.models.orders import WorkOrder
from workorders.models.steps import Step


class Task(Step):
    """A step. The answer of a number or meter is `answer_number`, of everything else `answer_text`: "pass", "fail", the chosen
    option, the text; a photo or a signature is a file (`WorkOrderMedia.task`).
    """

    work_order = TenantForeignKey(WorkOrder, on_delete=models.CASCADE, related_name="tasks")
    condition_on = TenantForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    assigned_to = TenantForeignKey(Technician, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    status = models.CharField(max_length=14, choices=TaskStatus.choices, default=TaskStatus.PENDING)
    actual_minutes = models.PositiveIntegerField(null=True, blank=True)
    answer_number = models.DecimalField(max_digits=18, decimal_places=6, null=True, blank=True)
    answer_text = models.TextField(blank=True)
    notes = models.TextField(blank=True)
    completed_by = TenantForeignKey(Member, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    completed_at = models.DateTimeField(null=True, blank=True)
    waived_by = TenantForeignKey(Member, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    waived_reason = models.CharField(max_length=500, blank=True)
    # The work order that a failed step led to.
    follow_up = TenantForeignKey(WorkOrder, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta(Step.Meta):
        abstract = False
        constraints = [
            *Step.Meta.constraints,
            models.CheckConstraint(condition=Q(status__in=TaskStatus.values), name="task_status_known"),
            models.CheckConstraint(
                condition=Q(completed_at__isnull=False, status__in=TASK_SETTLED)
                | (Q(completed_at__isnull=True) & ~Q(status__in=TASK_SETTLED)),
                name="task_completed_at_iff_settled",
            ),
            models.CheckConstraint(
                condition=Q(waived_by__isnull=True, waived_reason="")
                | (Q(waived_by__isnull=False) & ~Q(waived_reason="")),
                name="task_waiver_has_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "work_order", "position"], name="task_of_work_order"),
            models.Index(
                fields=["tenant", "assigned_to"], name="task_of_technician", condition=Q(assigned_to__isnull=False)
            ),
        ]
