"""Work orders, what is booked on them, and the catalogues they are described with."""

from workorders.models.bulk import BulkRun
from workorders.models.comments import CommentRevision, Mention
from workorders.models.costs import CostLine, OverheadRule
from workorders.models.failures import FailureCode, FailureCodeClass
from workorders.models.jobplans import JobPlan, JobPlanPart, JobPlanTask, JobPlanVersion
from workorders.models.links import FurtherAsset, WorkOrderLink
from workorders.models.media import WorkOrderMedia
from workorders.models.orders import (
    Assignment,
    CatalogueEntry,
    Comment,
    Priority,
    Status,
    StatusLog,
    Transition,
    Type,
    WorkOrder,
    WorkOrderException,
)
from workorders.models.parts import PartLine, PartMovement
from workorders.models.saved import DefaultView, SavedView
from workorders.models.signatures import Signature
from workorders.models.steps import Step
from workorders.models.tasks import Task
from workorders.models.time import TimeEntry, Timer, WorkDay

__all__ = [
    "Assignment",
    "BulkRun",
    "CatalogueEntry",
    "Comment",
    "CommentRevision",
    "CostLine",
    "DefaultView",
    "FailureCode",
    "FailureCodeClass",
    "FurtherAsset",
    "JobPlan",
    "JobPlanPart",
    "JobPlanTask",
    "JobPlanVersion",
    "Mention",
    "OverheadRule",
    "PartLine",
    "PartMovement",
    "Priority",
    "SavedView",
    "Signature",
    "Status",
    "StatusLog",
    "Step",
    "Task",
    "TimeEntry",
    "Timer",
    "Transition",
    "Type",
    "WorkDay",
    "WorkOrder",
    "WorkOrderException",
    "WorkOrderLink",
    "WorkOrderMedia",
]
