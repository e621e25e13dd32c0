"""Reading job plans: what a version says, what the next one changed, and what a plan brings to a work order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery

from core.errors import Conflict
from core.ids import uuid7
from core.relative_time import hours
from tenancy.models import Member
from tenancy.permissions import may
from workorders.choices import TaskKind
from workorders.models import JobPlan, JobPlanPart, JobPlanTask, JobPlanVersion

RELATED = ("type", "priority", "assigned_to__member", "crew")
# Of a version, besides its steps and parts; the name of each as people read it.
FIELDS: dict[str, str] = {
    "title": "title",
    "description": "description",
    "type": "type",
    "priority": "priority",
    "estimated_minutes": "estimate",
    "assigned_to": "technician",
    "crew": "crew",
    "skills": "skills",
    "tools": "tools",
    "safety_requirements": "safety requirements",
    "needs_signature": "signature on completion",
    "needs_photo": "photo on completion",
    "needs_failure_code": "failure code on completion",
    "all_ok_allowed": "“all OK” at once",
}
LISTS = ("skills", "tools", "safety_requirements")
FLAGS = ("needs_signature", "needs_photo", "needs_failure_code", "all_ok_allowed")
STEP_FIELDS = (
    *("description", "kind", "required", "estimated_minutes", "unit", "lowest", "highest", "options"),
    *("condition_on", "condition_operator", "condition_value", "meter_name"),
)
Content = dict[str, Any]


def visible_to(member: Member) -> QuerySet[JobPlan]:
    """Whoever may create work sees what it can be created from."""
    plans = JobPlan.objects.filter(tenant_id=member.tenant_id)
    return plans if may(member, "workorder.create", "jobplan.edit") else plans.none()


def newest(plan: JobPlan) -> JobPlanVersion:
    """What the plan consists of now."""
    return JobPlanVersion.objects.filter(plan=plan).select_related(*RELATED).order_by("-number")[0]


def with_newest(rows: QuerySet[JobPlan]) -> QuerySet[JobPlan]:
    """Plans with the id, number, title and estimate of their newest version."""
    versions = JobPlanVersion.objects.filter(plan=OuterRef("pk")).order_by("-number")
    return rows.annotate(
        newest_id=Subquery(versions.values("pk")[:1]),
        newest_number=Subquery(versions.values("number")[:1]),
        newest_title=Subquery(versions.values("title")[:1]),
        newest_minutes=Subquery(versions.values("estimated_minutes")[:1]),
    )


def steps_of(versions: Iterable[UUID]) -> dict[UUID, list[JobPlanTask]]:
    found: dict[UUID, list[JobPlanTask]] = defaultdict(list)
    for task in JobPlanTask.objects.filter(plan_version_id__in=list(versions)).order_by("position", "id"):
        found[task.plan_version_id].append(task)
    return found


def parts_of(versions: Iterable[UUID]) -> dict[UUID, list[JobPlanPart]]:
    found: dict[UUID, list[JobPlanPart]] = defaultdict(list)
    rows = JobPlanPart.objects.filter(plan_version_id__in=list(versions)).select_related("part")
    for line in rows.order_by("part__name", "part_id"):
        found[line.plan_version_id].append(line)
    return found


def content_of(version: JobPlanVersion) -> Content:
    """All that a version says, as `actions.write_plan` takes it."""
    return told(version, steps_of([version.pk])[version.pk], parts_of([version.pk])[version.pk])


def told(version: JobPlanVersion, tasks: Sequence[Any], lines: Sequence[Any]) -> Content:
    content: Content = {name: getattr(version, name) for name in FIELDS}
    content |= {name: list(content[name]) for name in LISTS}
    content["steps"] = [step_told(task, tasks) for task in tasks]
    content["parts"] = [{"part": line.part, "quantity": line.quantity} for line in lines]
    return content


def step_told(task: Any, tasks: Sequence[Any]) -> dict[str, Any]:
    """A step of a plan or of a work order by its fields; the step its condition looks at by its position."""
    places = {one.pk: place for place, one in enumerate(tasks, start=1)}
    step = {name: getattr(task, name) for name in STEP_FIELDS if name != "condition_on"}
    step["options"] = list(task.options)
    return step | {"condition_on": places.get(task.condition_on_id)}


# --- What changed -----------------------------------------------------------------------------------------------------
def differences(before: Content, after: Content) -> list[str]:
    """What the next version changed, in sentences for people."""
    found = [field_told(name, label, before[name], after[name]) for name, label in FIELDS.items()]
    found = [sentence for sentence in found if sentence]
    old = {step["description"]: (place, step) for place, step in enumerate(before["steps"], start=1)}
    new = {step["description"]: (place, step) for place, step in enumerate(after["steps"], start=1)}
    found += [f"Step {place} added: {text}" for text, (place, _) in new.items() if text not in old]
    found += [f"Step {place} removed: {text}" for text, (place, _) in old.items() if text not in new]
    both = [text for text in new if text in old]
    for text in both:
        changed = [
            STEP_WORDS[name]
            for name in STEP_FIELDS
            if name in STEP_WORDS and plain(old[text][1][name]) != plain(new[text][1][name])
        ]
        if changed:
            found.append(f"Step {new[text][0]}, {', '.join(changed)} changed: {text}")
    if both != sorted(both, key=lambda text: old[text][0]):
        found.append("Steps in another order")
    return found + parts_told(before["parts"], after["parts"])


STEP_WORDS = {
    "kind": "kind of answer",
    "required": "whether it is required",
    "estimated_minutes": "minutes",
    "unit": "unit",
    "lowest": "lower limit",
    "highest": "upper limit",
    "options": "choices",
    "condition_operator": "condition",
    "condition_value": "condition",
    "meter_name": "meter",
}


def plain(value: Any) -> Any:
    return Decimal(value).normalize() if isinstance(value, Decimal) else value


def field_told(name: str, label: str, before: Any, after: Any) -> str:
    if before == after:
        return ""
    if name in FLAGS:
        return f"{label.capitalize()}: {'yes' if after else 'no longer'}"
    if name in LISTS:
        gone, come = [one for one in before if one not in after], [one for one in after if one not in before]
        words = [f"without {', '.join(gone)}"] * bool(gone) + [f"with {', '.join(come)}"] * bool(come)
        return f"{label.capitalize()} {' and '.join(words)}".strip() if words else f"{label.capitalize()} reordered"
    if name == "estimated_minutes":
        return f"Estimate {hours(after) or 'taken away'}{f' instead of {hours(before)}' if before else ''}"
    if name == "description":
        return "Description rewritten"
    return f"{label.capitalize()} “{after}”" if after else f"{label.capitalize()} taken away"


def parts_told(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> list[str]:
    old = {line["part"].pk: line for line in before}
    new = {line["part"].pk: line for line in after}
    found = [f"Part added: {quantity(line)}" for pk, line in new.items() if pk not in old]
    found += [f"Part removed: {quantity(line)}" for pk, line in old.items() if pk not in new]
    found += [
        f"Part: {quantity(line)} instead of {number(old[pk]['quantity'])}"
        for pk, line in new.items()
        if pk in old and old[pk]["quantity"] != line["quantity"]
    ]
    return found


def quantity(line: Mapping[str, Any]) -> str:
    return f"{number(line['quantity'])} {line['part'].unit} {line['part'].name}"


def number(value: Decimal | None) -> str:
    return "" if value is None else f"{Decimal(value).normalize():f}"


def limits(step: Mapping[str, Any]) -> str:
    """The limits of a number as people read them: “2 to 4 bar”."""
    low, high, unit = number(step["lowest"]), number(step["highest"]), step["unit"]
    if low and high:
        return f"{low} to {high} {unit}".strip()
    if low or high:
        return f"{'at least' if low else 'at most'} {low or high} {unit}".strip()
    return unit if step["kind"] in (TaskKind.NUMBER, TaskKind.METER) else ""


# --- What a plan brings -----------------------------------------------------------------------------------------------
def refuse_archived(plan: JobPlan) -> None:
    if not plan.is_active:
        raise Conflict(
            f"“{plan.name}” is out of use. Restore it, or choose another job plan.",
            code="archived",
            headline="Cannot use job plan",
        )


def steps_for(content: Content) -> list[dict[str, Any]]:
    """The steps as `actions.add_tasks` takes them, under new ids."""
    ids = [uuid7() for _ in content["steps"]]
    return [
        step | {"id": pk, "condition_on": ids[step["condition_on"] - 1] if step["condition_on"] else None}
        for pk, step in zip(ids, content["steps"], strict=True)
    ]


def lines_for(content: Content) -> list[dict[str, Any]]:
    """The parts as `actions.add_parts` takes them; those that left the catalogue stay behind."""
    return [line for line in content["parts"] if line["part"].archived_at is None]


def people_for(content: Content) -> dict[str, Any]:
    """The technician and the crew of the plan, as far as they still work here."""
    lead, crew = content["assigned_to"], content["crew"]
    return {
        "assigned_to": lead if lead and lead.is_active and lead.member.is_active else None,
        "crew": crew if crew and crew.is_active else None,
    }


def kind_for(content: Content) -> dict[str, Any]:
    """Type and priority, where they are still in use."""
    return {name: content[name] for name in ("type", "priority") if content[name] and content[name].is_active}
