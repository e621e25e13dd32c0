"""Shapes of work orders in the API: what is answered and what is taken. The contract's names; hours, not minutes."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from django.utils import timezone
from rest_framework import serializers

from core.api import fields
from core.api.serializers import Body, Shape, echo_of
from customfields.serializers import CustomValues
from workorders import plans
from workorders.choices import HoldReason, Meaning
from workorders.serializers.costs import CostsShape
from workorders.serializers.failures import Code
from workorders.serializers.lines import part_items, task_items
from workorders.serializers.media import MediaShape
from workorders.serializers.named import assets, crews, departments, people, places, projects, technicians
from workorders.serializers.parts import PartLineShape
from workorders.serializers.tasks import TaskShape

# Domain field → the name it has in the API.
NAMES = {
    "asset": "assetId",
    "location": "locationId",
    "department": "departmentId",
    "assigned_to": "assignedTo",
    "crew": "crewId",
    "helpers": "helperIds",
    "requested_by": "requestedBy",
    "due_at": "dueDate",
    "scheduled_at": "scheduledDate",
    "estimated_minutes": "estimatedDuration",
    "actual_minutes": "actualDuration",
    "failure_cause": "failureCause",
    "plan": "jobPlanId",
    "problem": "failureCode",
    "cause": "causeCode",
    "remedy": "remedyCode",
    "safety_requirements": "safetyRequirements",
    "external_id": "externalId",
    "project": "projectId",
    "completed_at": "completionDate",
    "hold_reason": "reason",
    "note": "holdNote",
}


class WorkOrderSummary(Shape):
    """An item of the list."""

    id = serializers.UUIDField()
    workOrderId = serializers.UUIDField(help_text="The same as `id`.")
    workOrderNumber = serializers.CharField()
    tenantId = serializers.UUIDField()
    title = serializers.CharField()
    description = serializers.CharField()
    assetId = serializers.UUIDField(allow_null=True)
    assetName = serializers.CharField(allow_null=True)
    locationId = serializers.UUIDField(allow_null=True)
    locationName = serializers.CharField(allow_null=True)
    site = serializers.CharField(allow_null=True, help_text="Name of the site that the location stands on.")
    area = serializers.CharField(allow_null=True, help_text="Name of the location, where it is below a site.")
    departmentId = serializers.UUIDField(allow_null=True)
    status = serializers.CharField(help_text="Key of a status of the organisation, see `/statuses`.")
    statusMeaning = serializers.ChoiceField(choices=Meaning.choices, help_text="What the status means.")
    priority = serializers.CharField(help_text="Key of a priority, see `/priorities`.")
    type = serializers.CharField(help_text="Key of a type, see `/types`.")
    assignedTo = serializers.UUIDField(allow_null=True, help_text="The technician who leads the work.")
    assignedTechnician = serializers.CharField(allow_null=True)
    crewId = serializers.UUIDField(allow_null=True)
    crewName = serializers.CharField(allow_null=True)
    requestedBy = serializers.UUIDField(allow_null=True)
    requestedByName = serializers.CharField(allow_null=True)
    createdDate = serializers.DateTimeField()
    scheduledDate = serializers.DateTimeField(allow_null=True)
    dueDate = serializers.DateTimeField(allow_null=True)
    overdue = serializers.BooleanField(help_text="Due before now and not finished; computed.")
    startDate = serializers.DateTimeField(allow_null=True)
    completionDate = serializers.DateTimeField(allow_null=True)
    estimatedDuration = serializers.FloatField(allow_null=True, help_text="Hours.")
    pmProcedureId = serializers.CharField(allow_null=True)
    failureCode = serializers.CharField(allow_null=True, help_text="Problem code, see `/failure-codes`.")
    progress = serializers.IntegerField(min_value=0, max_value=100)
    custom = serializers.DictField(help_text="Values of custom fields by key, see `/custom-fields`.")
    version = serializers.IntegerField(help_text="Also the ETag.")
    createdAt = serializers.DateTimeField()
    updatedAt = serializers.DateTimeField()


class Person(Shape):
    id = serializers.UUIDField()
    name = serializers.CharField()


class Note(Shape):
    id = serializers.UUIDField()
    text = serializers.CharField()
    author = serializers.UUIDField(allow_null=True, source="author_id")
    authorName = serializers.CharField(source="author.name")
    forRequester = serializers.BooleanField(help_text="Shown to the person who asked for the work.")
    createdAt = serializers.DateTimeField()

    @classmethod
    def finish(cls, items: list[dict[str, Any]], context: Any) -> None:
        for item in items:
            item["authorName"] = item["authorName"] or ""


class Notes(Shape):
    notes = Note(many=True)


class WorkOrderFull(WorkOrderSummary):
    """A single work order."""

    actualDuration = serializers.FloatField(allow_null=True, help_text="Hours.")
    closedDate = serializers.DateTimeField(allow_null=True)
    cancelledDate = serializers.DateTimeField(allow_null=True)
    holdReason = serializers.ChoiceField(choices=HoldReason.choices, allow_null=True)
    holdNote = serializers.CharField(allow_null=True)
    holdUntil = serializers.DateField(allow_null=True)
    resolution = serializers.CharField()
    failureCause = serializers.CharField()
    causeCode = serializers.CharField(allow_null=True)
    remedyCode = serializers.CharField(allow_null=True)
    safetyRequirements = serializers.ListField(child=serializers.CharField())
    followUpOf = serializers.UUIDField(allow_null=True)
    externalId = serializers.CharField(allow_null=True)
    costs = CostsShape(allow_null=True, help_text="Null for members who may not see costs.")
    helpers = Person(many=True, help_text="Further people on the job.")
    notes = Note(many=True)
    projectId = serializers.UUIDField(allow_null=True)
    parentId = serializers.UUIDField(allow_null=True, help_text="The work order that this one is a part of.")
    jobPlanId = serializers.UUIDField(allow_null=True, help_text="The job plan that it was made from.")
    skills = serializers.ListField(child=serializers.CharField())
    tools = serializers.ListField(child=serializers.CharField())
    sealedAt = serializers.DateTimeField(allow_null=True, help_text="Since it was signed by password.")
    tasks = TaskShape(many=True)
    parts = PartLineShape(many=True)
    requiredParts = PartLineShape(many=True, help_text="The same as `parts`.")
    media = MediaShape(many=True)


class Transition(Shape):
    """A status that the work order may be moved to now."""

    status = serializers.CharField()
    name = serializers.CharField()
    meaning = serializers.ChoiceField(choices=Meaning.choices)
    requiresReason = serializers.BooleanField()
    requiredFields = serializers.ListField(child=serializers.CharField())


class StatusChange(Shape):
    id = serializers.UUIDField()
    from_ = serializers.CharField(allow_null=True)
    to = serializers.CharField()
    occurredAt = serializers.DateTimeField(help_text="When it happened.")
    recordedAt = serializers.DateTimeField(help_text="When we heard.")
    by = serializers.UUIDField(allow_null=True)
    byName = serializers.CharField(allow_null=True)
    reason = serializers.CharField(allow_null=True)


# `from` is no name in Python.
StatusChange._declared_fields["from"] = StatusChange._declared_fields.pop("from_")


class Change(Shape):
    id = serializers.CharField(help_text="The event's cursor.")
    type = serializers.CharField()
    occurredAt = serializers.DateTimeField()
    actor = serializers.UUIDField(allow_null=True)
    actorName = serializers.CharField(allow_null=True)
    changed = serializers.ListField(child=serializers.CharField())


class History(Shape):
    statusLog = StatusChange(many=True)
    events = Change(many=True)


class EntryShape(Shape):
    id = serializers.UUIDField()
    key = serializers.CharField(help_text="What work orders name it by.")
    name = serializers.CharField()
    position = serializers.IntegerField()
    isActive = serializers.BooleanField()
    isDefault = serializers.BooleanField()


class TypeShape(EntryShape):
    """A kind of work."""


class StatusShape(EntryShape):
    """A state of the organisation's own naming that carries one of seven meanings."""

    meaning = serializers.ChoiceField(choices=Meaning.choices)


class PriorityShape(EntryShape):
    rank = serializers.IntegerField(help_text="1 is the most urgent.")
    letter = serializers.CharField()
    tone = serializers.CharField()


class EventShape(Shape):
    """A fact that happened: which thing, what kind, which fields; never their content."""

    id = serializers.CharField(help_text="The cursor: `after=` this one begins with the next.")
    type = serializers.CharField()
    objectType = serializers.CharField()
    objectId = serializers.UUIDField()
    workOrderId = serializers.UUIDField(allow_null=True)
    assetId = serializers.UUIDField(allow_null=True)
    occurredAt = serializers.DateTimeField()
    actor = serializers.UUIDField(allow_null=True)
    changed = serializers.ListField(child=serializers.CharField())


# --- Bodies -----------------------------------------------------------------------------------------------------------
class WorkOrderBody(Body):
    """What can be said of a work order when it is reported and later."""

    title = fields.Text(max_length=200, help_text="What is wrong, in a few words.")
    description = fields.Text(required=False, max_length=20_000)
    assetId = fields.Reference(assets, "Asset must exist", source="asset")
    locationId = fields.Reference(places, "Location must exist", source="location")
    departmentId = fields.Reference(departments, "Department must exist", source="department")
    priority = fields.Key(required=False, allow_null=False, allow_blank=False)
    type = fields.Key(required=False, allow_null=False, allow_blank=False)
    status = fields.Key(required=False, allow_null=False, allow_blank=False)
    assignedTo = fields.Reference(technicians, "Assigned technician must exist", source="assigned_to")
    crewId = fields.Reference(crews, "Crew must exist", source="crew")
    helperIds = fields.References(technicians, "Everybody named must exist", source="helpers")
    requestedBy = fields.Reference(people, "Requester must exist", source="requested_by")
    scheduledDate = fields.Instant(required=False, allow_null=True, source="scheduled_at")
    dueDate = fields.Instant(required=False, allow_null=True, source="due_at")
    estimatedDuration = fields.Hours(source="estimated_minutes", help_text="Hours.")
    failureCode = Code("problem", help_text="Problem code, see `/failure-codes`.")
    causeCode = Code("cause")
    remedyCode = Code("remedy")
    failureCause = fields.Text(required=False, max_length=20_000, source="failure_cause")
    safetyRequirements = fields.Texts(source="safety_requirements")
    externalId = fields.Text(required=False, max_length=120, source="external_id")
    custom = CustomValues()
    projectId = fields.Reference(projects, "Project must exist", source="project")

    def validate_scheduledDate(self, value: dt.datetime | None) -> dt.datetime | None:  # noqa: N802
        current = getattr(self.context.get("current"), "scheduled_at", None)
        unchanged = value is not None and current is not None and value == current.replace(microsecond=0)
        if value is not None and not unchanged and value < timezone.now() - dt.timedelta(minutes=5):
            raise serializers.ValidationError("Scheduled date cannot be in the past")
        return value


class CreateWorkOrder(WorkOrderBody):
    id = fields.Id(required=False, help_text="Made by the client, for offline work; a used one is refused.")
    notes = fields.Text(required=False, max_length=10_000, help_text="The first note.")
    jobPlanId = fields.Reference(
        plans.visible_to, "Job plan must exist", source="plan", help_text="Gives what is not said here: steps, parts, …"
    )
    tasks = task_items()
    requiredParts = part_items()


class UpdateWorkOrder(WorkOrderBody):
    """Absent fields stay, `null` clears. `status` makes the transition; `notes` as text adds a note."""

    progress = fields.Whole(required=False, min_value=0, max_value=100)
    actualDuration = fields.Hours(source="actual_minutes", help_text="Hours.")
    completionDate = fields.Instant(
        required=False, allow_null=True, source="completed_at", help_text="With status: when it was completed."
    )
    resolution = fields.Text(required=False, max_length=20_000)
    reason = fields.Text(
        required=False,
        max_length=500,
        help_text=f"Why, where the transition asks for it; on hold one of {', '.join(HoldReason.values)}.",
    )
    holdReason = fields.Choice(choices=HoldReason.choices, required=False, allow_null=True, source="hold_reason")
    holdNote = fields.Text(required=False, max_length=500, source="note")
    holdUntil = fields.Day(required=False, allow_null=True, source="until")
    notes = fields.Text(required=False, max_length=10_000)

    echoed: ClassVar[frozenset[str]]

    def to_internal_value(self, data: Any) -> Any:
        # A client that sends back what it read sends the notes as a list: those are there already.
        if isinstance(data.get("notes"), list):
            data = {name: value for name, value in data.items() if name != "notes"}
        return super().to_internal_value(data)


UpdateWorkOrder.echoed = echo_of(WorkOrderFull, UpdateWorkOrder)
CreateWorkOrder.echoed = echo_of(WorkOrderFull, CreateWorkOrder) & {"workOrderId", "workOrderNumber", "tenantId"}


class MoveWorkOrder(Body):
    status = fields.Key(help_text="Where to.")
    reason = fields.Text(required=False, max_length=500)
    holdNote = fields.Text(required=False, max_length=500, source="note")
    holdUntil = fields.Day(required=False, allow_null=True, source="until")
    resolution = fields.Text(required=False, max_length=20_000)
    failureCause = fields.Text(required=False, max_length=20_000, source="failure_cause")
    failureCode = Code("problem", help_text="Problem code, see `/failure-codes`.")
    causeCode = Code("cause")
    remedyCode = Code("remedy")
    actualDuration = fields.Hours(source="actual_minutes", help_text="Hours.")
    at = fields.Instant(required=False, allow_null=True, help_text="When it happened; now if absent.")


class AssignWorkOrder(Body):
    """What is not named stays; `null` takes somebody off."""

    assignedTo = fields.Reference(technicians, "Assigned technician must exist", source="to")
    crewId = fields.Reference(crews, "Crew must exist", source="crew")
    helperIds = fields.References(technicians, "Everybody named must exist", source="helpers")
    at = fields.Instant(required=False, allow_null=True, help_text="When it happened; now if absent.")


class AddNote(Body):
    text = fields.Text(max_length=10_000)
    forRequester = fields.Flag(required=False, source="for_requester", help_text="Show it to who asked for the work.")


class Share(Shape):
    memberId = serializers.UUIDField(source="pk")
    name = serializers.CharField()


class AddShare(Body):
    memberId = fields.Reference(people, "Member must exist", source="with_member", required=True)
