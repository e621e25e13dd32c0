"""Shapes of job plans in the API. Steps and parts have the names they have on a work order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers

from core.api import fields
from core.api.nested import Items
from core.api.serializers import Body, Shape, echo_of
from tenancy.models import Member
from workorders import plans
from workorders.choices import ConditionOperator, TaskKind
from workorders.models import JobPlan, JobPlanVersion
from workorders.plans import Content
from workorders.serializers.failures import categories
from workorders.serializers.lines import NewPart, part_lines
from workorders.serializers.named import crews, parts, technicians
from workorders.serializers.tasks import NAMES as STEP_NAMES

PLAN_NAMES = STEP_NAMES | {
    "category": "categoryId",
    "estimated_minutes": "estimatedDuration",
    "crew": "crewId",
    "safety_requirements": "safetyRequirements",
    "needs_signature": "needsSignature",
    "needs_photo": "needsPhoto",
    "needs_failure_code": "needsFailureCode",
    "all_ok_allowed": "allOkAllowed",
    "steps": "tasks",
    "parts": "requiredParts",
    "part": "partId",
    "plan": "jobPlanId",
}
# Of `PLAN_NAMES`, the only one that a step names otherwise.
MINUTES = "estimatedTime"


class JobPlanShape(Shape):
    """An item of the list: the plan and the head of its newest version."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    summary = serializers.CharField()
    categoryId = serializers.UUIDField(allow_null=True, help_text="The category of assets it is for.")
    libraryKey = serializers.CharField(help_text="Its key in the starter library; empty for one's own.")
    isActive = serializers.BooleanField()
    number = serializers.IntegerField(source="newest_number", help_text="The number of its newest version.")
    title = serializers.CharField(source="newest_title", help_text="What work orders are titled.")
    estimatedDuration = serializers.FloatField(source="newest_minutes", allow_null=True, help_text="Hours.")
    version = serializers.IntegerField(help_text="Counts every change; also the ETag.")
    createdAt = serializers.DateTimeField()
    updatedAt = serializers.DateTimeField()

    @classmethod
    def finish(cls, items: list[dict[str, Any]], context: Any) -> None:
        for item in items:
            item["estimatedDuration"] = hours(item["estimatedDuration"])


class PlanTaskShape(Shape):
    order = serializers.IntegerField()
    description = serializers.CharField()
    kind = serializers.ChoiceField(choices=TaskKind.choices)
    required = serializers.BooleanField()  # type: ignore[assignment]
    estimatedTime = serializers.IntegerField(allow_null=True, help_text="Minutes.")
    unit = serializers.CharField()
    minimum = serializers.FloatField(allow_null=True)
    maximum = serializers.FloatField(allow_null=True)
    options = serializers.ListField(child=serializers.CharField())
    meterName = serializers.CharField()
    conditionOn = serializers.IntegerField(allow_null=True, help_text="The `order` of the earlier step that decides.")
    conditionOperator = serializers.CharField()
    conditionValue = serializers.CharField()


class PlanPartShape(Shape):
    partId = serializers.UUIDField()
    partNumber = serializers.CharField()
    partName = serializers.CharField()
    quantity = serializers.FloatField()
    unit = serializers.CharField()


class PlanVersionShape(Shape):
    number = serializers.IntegerField()
    madeAt = serializers.DateTimeField()
    madeBy = serializers.UUIDField(allow_null=True)
    madeByName = serializers.CharField(allow_null=True)
    changes = serializers.ListField(child=serializers.CharField(), help_text="What it changed, in sentences.")


class JobPlanFull(JobPlanShape):
    """A plan with all of its newest version, and what each version changed."""

    description = serializers.CharField()
    type = serializers.CharField(allow_null=True, help_text="Key of a type.")
    priority = serializers.CharField(allow_null=True, help_text="Key of a priority.")
    assignedTo = serializers.UUIDField(allow_null=True)
    crewId = serializers.UUIDField(allow_null=True)
    skills = serializers.ListField(child=serializers.CharField())
    tools = serializers.ListField(child=serializers.CharField())
    safetyRequirements = serializers.ListField(child=serializers.CharField())
    needsSignature = serializers.BooleanField(help_text="Completing asks for a signature.")
    needsPhoto = serializers.BooleanField()
    needsFailureCode = serializers.BooleanField()
    allOkAllowed = serializers.BooleanField(help_text="All ticks and checks may be set to OK at once.")
    tasks = PlanTaskShape(many=True)
    requiredParts = PlanPartShape(many=True)
    versions = PlanVersionShape(many=True, help_text="Newest first.")


def hours(minutes: int | None) -> float | int | None:
    if minutes is None:
        return None
    found = round(minutes / 60, 2)
    return int(found) if found == int(found) else found


def full(plan: JobPlan) -> dict[str, Any]:
    """The whole plan; the number of queries does not grow with its versions."""
    made = list(JobPlanVersion.objects.filter(plan=plan).select_related(*plans.RELATED, "made_by").order_by("number"))
    steps, lines = plans.steps_of(one.pk for one in made), plans.parts_of(one.pk for one in made)
    contents = [plans.told(one, steps[one.pk], lines[one.pk]) for one in made]
    now, last = contents[-1], made[-1]
    return {
        "id": plan.pk,
        "name": plan.name,
        "summary": plan.summary,
        "categoryId": plan.category_id,
        "libraryKey": plan.library_key,
        "isActive": plan.is_active,
        "number": last.number,
        "title": last.title,
        "estimatedDuration": hours(last.estimated_minutes),
        "version": plan.version,
        "createdAt": plan.created_at,
        "updatedAt": plan.updated_at,
        "description": last.description,
        "type": last.type.key if last.type else None,
        "priority": last.priority.key if last.priority else None,
        "assignedTo": last.assigned_to_id,
        "crewId": last.crew_id,
        "skills": last.skills,
        "tools": last.tools,
        "safetyRequirements": last.safety_requirements,
        "needsSignature": last.needs_signature,
        "needsPhoto": last.needs_photo,
        "needsFailureCode": last.needs_failure_code,
        "allOkAllowed": last.all_ok_allowed,
        "tasks": [task_shape(place, step) for place, step in enumerate(now["steps"], start=1)],
        "requiredParts": [
            {
                "partId": line["part"].pk,
                "partNumber": line["part"].number,
                "partName": line["part"].name,
                "quantity": line["quantity"],
                "unit": line["part"].unit,
            }
            for line in now["parts"]
        ],
        "versions": version_shapes(made, contents),
    }


def task_shape(place: int, step: dict[str, Any]) -> dict[str, Any]:
    return {"order": place} | {STEP_NAMES.get(name, name): value for name, value in step.items()}


def version_shapes(made: Sequence[JobPlanVersion], contents: Sequence[Content]) -> list[dict[str, Any]]:
    found = [
        {
            "number": one.number,
            "madeAt": one.made_at,
            "madeBy": one.made_by_id,
            "madeByName": one.made_by.name if one.made_by else None,
            "changes": plans.differences(contents[place - 1], contents[place]) if place else [],
        }
        for place, one in enumerate(made)
    ]
    return found[::-1]


# --- Bodies -----------------------------------------------------------------------------------------------------------
class PlanTask(Body):
    """A step. Their order is the order of the list."""

    description = fields.Text(max_length=500, allow_blank=False)
    kind = fields.Choice(choices=TaskKind.choices, required=False)
    required = fields.Flag(required=False)  # type: ignore[assignment]
    estimatedTime = fields.Whole(
        required=False,
        allow_null=True,
        min_value=0,
        max_value=100_000,
        source="estimated_minutes",
        help_text="Minutes.",
    )
    unit = fields.Text(required=False, max_length=20)
    minimum = fields.Number(required=False, allow_null=True, source="lowest")
    maximum = fields.Number(required=False, allow_null=True, source="highest")
    options = fields.Texts(longest=80)
    meterName = fields.Text(required=False, max_length=80, source="meter_name")
    conditionOn = fields.Whole(
        required=False, allow_null=True, min_value=1, max_value=500, source="condition_on",
        help_text="The place of the earlier step whose answer decides: 1 is the first.",
    )  # fmt: skip
    conditionOperator = fields.Text(
        required=False,
        max_length=8,
        source="condition_operator",
        help_text=f"One of {', '.join(ConditionOperator.values)}.",
    )
    conditionValue = fields.Text(required=False, max_length=80, source="condition_value")


PlanTask.echoed = frozenset({"order"})


class PlanPart(NewPart):
    unitCost = None  # type: ignore[assignment]


PlanPart.echoed = frozenset({"partNumber", "partName", "unit"})


class ChangeJobPlan(Body):
    """Absent fields stay. What it says about the work makes a new version of the plan."""

    name = fields.Text(max_length=150, allow_blank=False)
    summary = fields.Text(required=False, max_length=300)
    categoryId = fields.Reference(categories, "Category must exist", source="category")
    title = fields.Text(max_length=200, allow_blank=False, help_text="What work orders are titled.")
    description = fields.Text(required=False, max_length=20_000)
    type = fields.Key(required=False)
    priority = fields.Key(required=False)
    estimatedDuration = fields.Hours(source="estimated_minutes", help_text="Hours.")
    assignedTo = fields.Reference(technicians, "Assigned technician must exist", source="assigned_to")
    crewId = fields.Reference(crews, "Crew must exist", source="crew")
    skills = fields.Texts()
    tools = fields.Texts(longest=80)
    safetyRequirements = fields.Texts(source="safety_requirements")
    needsSignature = fields.Flag(required=False, source="needs_signature")
    needsPhoto = fields.Flag(required=False, source="needs_photo")
    needsFailureCode = fields.Flag(required=False, source="needs_failure_code")
    allOkAllowed = fields.Flag(required=False, source="all_ok_allowed")
    tasks = Items(PlanTask, most=500, source="steps")
    requiredParts = Items(PlanPart, most=200, references={"part": (parts, "Part must exist")}, source="parts")
    isActive = fields.Flag(required=False, source="is_active", help_text="false: out of use.")


ChangeJobPlan.echoed = echo_of(JobPlanFull, ChangeJobPlan)


class WriteJobPlan(ChangeJobPlan):
    """A new plan with its first version."""

    isActive = None  # type: ignore[assignment]


WriteJobPlan.echoed = echo_of(JobPlanFull, WriteJobPlan)


class CopyJobPlan(Body):
    name = fields.Text(required=False, max_length=150, help_text="“Copy of …” if absent.")


class KeepAsJobPlan(Body):
    name = fields.Text(required=False, max_length=150, help_text="The work order's title if absent.")
    summary = fields.Text(required=False, max_length=300)


class InstallJobPlans(Body):
    keys = fields.Texts(longest=60, most=200, help_text="Which of the library; all if absent.")


class ApplyJobPlan(Body):
    jobPlanId = fields.Reference(plans.visible_to, "Job plan must exist", source="plan", required=True)


class LibraryPlan(Shape):
    """A plan that ships."""

    key = serializers.CharField()
    group = serializers.CharField()
    name = serializers.CharField()
    summary = serializers.CharField()
    tasks = serializers.IntegerField(help_text="How many steps it has.")
    jobPlanId = serializers.UUIDField(allow_null=True, help_text="The organisation's plan that was made of it.")


class InstalledPlans(Shape):
    jobPlanIds = serializers.ListField(child=serializers.UUIDField())


def content_in(member: Member, data: dict[str, Any]) -> dict[str, Any]:
    """What a body says of the work, as the acts take it; takes it out of `data`."""
    names = [name for name in (*plans.FIELDS, "steps", "parts") if name in data]
    content = {name: data.pop(name) for name in names}
    if "parts" in content:
        content["parts"] = part_lines(content["parts"])
    return content
