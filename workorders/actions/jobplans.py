"""Job plans: write one, make its next version, copy and retire it, take plans over from the starter library.

A version is never changed: work orders were made from it. Whoever revises a plan adds the next version.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction

from assets.models import Category
from core import events, writing
from core.errors import Conflict, Invalid
from core.ids import uuid7
from inventory.models import Part
from tenancy.models import Member, Tenant
from tenancy.permissions import require
from workorders import plans
from workorders.actions import tasks as checklists
from workorders.library.jobplans import ShippedPlan, shipped_plans
from workorders.models import JobPlan, JobPlanPart, JobPlanTask, JobPlanVersion, Type
from workorders.plans import FIELDS, FLAGS, LISTS, STEP_FIELDS, Content

HEADLINE = "Invalid job plan data"
PLAN_FIELDS = frozenset({"name", "summary", "category"})
MOST_STEPS = 500
MOST_PARTS = 200
LONGEST = {"skills": 60, "tools": 80, "safety_requirements": 60}
LISTED = {"skills": "skill", "tools": "tool", "safety_requirements": "safety requirement"}


@dataclass(slots=True)
class Draft:
    """A version with its rows before they are written, and what is wrong with them."""

    version: JobPlanVersion
    steps: list[JobPlanTask] = field(default_factory=list)
    parts: list[JobPlanPart] = field(default_factory=list)
    problems: dict[str, str] = field(default_factory=dict)


@transaction.atomic
def write_plan(
    *,
    by: Member,
    name: str,
    content: Mapping[str, Any],
    summary: str = "",
    category: Category | None = None,
) -> JobPlan:
    """A new job plan with its first version. `content` holds `plans.FIELDS`, `steps` and `parts`; what is absent is empty.

    A step's `condition_on` is the position of an earlier one: 1 is the first.
    """
    require(by, "jobplan.edit")
    plan = JobPlan(
        id=uuid7(), tenant_id=by.tenant_id, name=" ".join(name.split()), summary=summary.strip(), category=category
    )
    draft = drafted(plan, 1, content, by=by)
    check_plan(plan, draft.problems)
    store([plan], [draft])
    events.record("job_plan.created", plan, by=by, changes={"name": [None, plan.name]})
    return plan


@transaction.atomic
def revise_plan(
    plan: JobPlan,
    *,
    by: Member | None,
    changes: Mapping[str, Any] | None = None,
    content: Mapping[str, Any] | None = None,
    expected_version: int | None = None,
) -> JobPlan:
    """Change the plan's own fields (`PLAN_FIELDS`) and, with `content`, add its next version.

    What `content` does not name stays as it was. Nothing is written when nothing differs.
    """
    plan = writing.lock(plan, expected_version=expected_version)
    require(by, "jobplan.edit")
    if strange := set(changes or {}) - PLAN_FIELDS:
        raise ValueError(f"not fields of a job plan: {', '.join(sorted(strange))}")
    plans.refuse_archived(plan)
    fields = {name: " ".join(text.split()) if isinstance(text := value, str) else value
              for name, value in (changes or {}).items()}  # fmt: skip
    told = writing.apply(plan, fields)
    last = plans.newest(plan)
    before = plans.content_of(last)
    draft = drafted(plan, last.number + 1, before | dict(content or {}), by=by)
    check_plan(plan, draft.problems)
    after = plans.told(draft.version, draft.steps, draft.parts)
    differs = content is not None and same(before) != same(after)
    if differs:
        store([], [draft])
        told |= {"version": [last.number, draft.version.number], "content": [None, plans.differences(before, after)]}
    if told:
        writing.save(plan, {name for name in told if name in PLAN_FIELDS})
        events.record("job_plan.revised" if differs else "job_plan.updated", plan, by=by, changes=told)
    return plan


@transaction.atomic
def archive_plan(plan: JobPlan, *, by: Member | None, expected_version: int | None = None) -> JobPlan:
    """Take a plan out of use. Work orders made from it stay as they are."""
    plan = writing.lock(plan, expected_version=expected_version)
    require(by, "jobplan.edit")
    return switch_plan(plan, False, by=by)


@transaction.atomic
def restore_plan(plan: JobPlan, *, by: Member | None, expected_version: int | None = None) -> JobPlan:
    plan = writing.lock(plan, expected_version=expected_version)
    require(by, "jobplan.edit")
    return switch_plan(plan, True, by=by)


@transaction.atomic
def copy_plan(plan: JobPlan, *, by: Member, name: str = "") -> JobPlan:
    """A new plan that begins with what this one says now."""
    require(by, "jobplan.edit")
    content = plans.content_of(plans.newest(plan))
    return write_plan(
        by=by, name=name or free_name(by, f"Copy of {plan.name}"), content=content, summary=plan.summary,
        category=plan.category,
    )  # fmt: skip


@transaction.atomic
def install_plans(*, by: Member, keys: Iterable[str] | None = None) -> list[JobPlan]:
    """Take over plans of the starter library, all of them or those named; what is there already stays as it is."""
    require(by, "jobplan.edit")
    known = {one.key: one for one in shipped_plans()}
    wanted = list(known) if keys is None else list(dict.fromkeys(keys))
    if strange := [key for key in wanted if key not in known]:
        raise Invalid({"keys": f"Not in the library: {', '.join(strange)[:200]}."}, headline=HEADLINE)
    # Two at once take turns: the second finds everything there.
    tenant = Tenant.objects.select_for_update().get(pk=by.tenant_id)
    mine = JobPlan.objects.filter(tenant=tenant)
    there = set(mine.exclude(library_key="").values_list("library_key", flat=True))
    taken = {name.casefold() for name in mine.values_list("name", flat=True)}
    types = {row.key: row for row in Type.objects.filter(tenant=tenant)}
    categories = {row.name.casefold(): row for row in Category.objects.filter(tenant=tenant)}
    made, drafts = [], []
    for key in wanted:
        if key in there:
            continue
        one = known[key]
        name = next(text for text in tries(one.name) if text.casefold() not in taken)
        taken.add(name.casefold())
        plan = JobPlan(
            id=uuid7(), tenant=tenant, name=name, summary=one.summary, library_key=key,
            category=next((categories[word] for word in one.categories if word in categories), None),
        )  # fmt: skip
        made.append(plan)
        drafts.append(drafted(plan, 1, content_of(one, types), by=by))
    store(made, drafts)
    events.record_many(
        [("job_plan.created", plan, {"name": [None, plan.name], "library": [None, plan.library_key]}) for plan in made],
        by=by,
    )
    return made


# --- What the acts on plans share -------------------------------------------------------------------------------------
def switch_plan(plan: JobPlan, active: bool, *, by: Member | None) -> JobPlan:
    if plan.is_active == active:
        said = "is in use already" if active else "is out of use already"
        raise Conflict(f"“{plan.name}” {said}.", code="active" if active else "archived")
    plan.is_active = active
    writing.save(plan, {"is_active"})
    kind = "job_plan.restored" if active else "job_plan.archived"
    events.record(kind, plan, by=by, changes={"is_active": [not active, active]})
    return plan


def check_plan(plan: JobPlan, problems: dict[str, str]) -> None:
    """What makes a plan sound, with what was found wrong in its version; all problems at once."""
    if not plan.name:
        problems["name"] = "Give the plan a name."
    elif len(plan.name) > 150:
        problems["name"] = "A name has at most 150 characters."
    elif JobPlan.objects.filter(tenant_id=plan.tenant_id, name__iexact=plan.name).exclude(pk=plan.pk).exists():
        problems["name"] = "There is a job plan of this name already."
    if len(plan.summary) > 300:
        problems["summary"] = "A summary has at most 300 characters."
    if plan.category is not None and plan.category.tenant_id != plan.tenant_id:
        problems["category"] = "There is no such category."
    if problems:
        raise Invalid(problems, headline=HEADLINE)


def drafted(plan: JobPlan, number: int, content: Mapping[str, Any], *, by: Member | None) -> Draft:
    """A version with everything that `content` says, and every problem of it by its path: `steps[1].description`."""
    if strange := set(content) - FIELDS.keys() - {"steps", "parts"}:
        raise ValueError(f"not fields of a job plan: {', '.join(sorted(strange))}")
    values = {name: content[name] for name in FIELDS if content.get(name) is not None}
    values |= {name: trimmed(values.get(name, [])) for name in LISTS}
    values["title"] = str(values.get("title", "")).strip()
    # Browsers send two characters for the end of a line.
    values["description"] = str(values.get("description", "")).replace("\r\n", "\n").strip()
    version = JobPlanVersion(id=uuid7(), tenant_id=plan.tenant_id, plan=plan, number=number, made_by=by, **values)
    draft = Draft(version)
    check_version(version, draft.problems)
    draft.steps = drafted_steps(version, content.get("steps") or (), draft.problems)
    draft.parts = drafted_parts(version, content.get("parts") or (), draft.problems)
    return draft


def check_version(version: JobPlanVersion, problems: dict[str, str]) -> None:
    if not version.title:
        problems["title"] = "Say what is to be done; work orders are titled so."
    elif len(version.title) > 200:
        problems["title"] = "A title has at most 200 characters."
    if len(version.description) > 20_000:
        problems["description"] = "A description has at most 20,000 characters."
    if version.estimated_minutes is not None and not 0 <= version.estimated_minutes <= 525_600:
        problems["estimated_minutes"] = "Estimated time lies between 0 and 8,760 hours."
    for name, longest in LONGEST.items():
        items = getattr(version, name)
        if len(items) > 50 or any(len(item) > longest for item in items):
            problems[name] = f"At most 50, each {LISTED[name]} with at most {longest} characters."
    for name in ("type", "priority", "assigned_to", "crew"):
        related = getattr(version, name)
        if related is not None and related.tenant_id != version.tenant_id:
            problems[name] = "There is no such record."


def drafted_steps(
    version: JobPlanVersion, steps: Sequence[Mapping[str, Any]], problems: dict[str, str]
) -> list[JobPlanTask]:
    if len(steps) > MOST_STEPS:
        problems["steps"] = f"A job plan has at most {MOST_STEPS} steps."
        return []
    if strange := {name for step in steps for name in step} - set(STEP_FIELDS):
        raise ValueError(f"not fields of a step: {', '.join(sorted(strange))}")
    named = [{"id": uuid7()} for _ in steps]
    made: list[JobPlanTask] = []
    for place, (step, known) in enumerate(zip(steps, named, strict=True)):
        path = f"steps[{place}]."
        on = step.get("condition_on")
        values: dict[str, Any] = {name: value for name, value in step.items() if value is not None}
        if on is not None:
            if not 1 <= on <= len(steps):
                problems[f"{path}condition_on"] = f"There is no step {on}."
                on = None
            values["condition_on"] = named[on - 1]["id"] if on else None
        task = JobPlanTask(
            id=known["id"], tenant_id=version.tenant_id, plan_version=version, position=place + 1,
            **checklists.tidied(values, (), named, path, problems),
        )  # fmt: skip
        checklists.check(task, path, problems)  # type: ignore[arg-type]
        made.append(task)
    for place, task in enumerate(made):
        checklists.check_condition(task, made, f"steps[{place}].", problems)  # type: ignore[arg-type]
    return made


def drafted_parts(
    version: JobPlanVersion, lines: Sequence[Mapping[str, Any]], problems: dict[str, str]
) -> list[JobPlanPart]:
    if len(lines) > MOST_PARTS:
        problems["parts"] = f"A job plan has at most {MOST_PARTS} parts."
        return []
    made: dict[Any, JobPlanPart] = {}
    for place, line in enumerate(lines):
        part: Part = line["part"]
        quantity = Decimal(line["quantity"])
        if part.tenant_id != version.tenant_id:
            problems[f"parts[{place}].part"] = "Part must exist"
        elif part.pk in made:
            problems[f"parts[{place}].part"] = f"{part.name} stands here twice; say how many of it once."
        elif not quantity.is_finite() or not 0 < quantity <= 1_000_000:
            problems[f"parts[{place}].quantity"] = "A quantity lies above 0 and is at most 1,000,000."
        else:
            made[part.pk] = JobPlanPart(
                id=uuid7(), tenant_id=version.tenant_id, plan_version=version, part=part,
                quantity=round(quantity, 3),
            )  # fmt: skip
    return list(made.values())


def store(made: Sequence[JobPlan], drafts: Sequence[Draft]) -> None:
    """Write plans and versions with their rows, one statement for each table; a name taken meanwhile is a refusal."""
    if problems := next((draft.problems for draft in drafts if draft.problems), None):
        raise Invalid(problems, headline=HEADLINE)
    try:
        with transaction.atomic():
            JobPlan.objects.bulk_create(made)
            JobPlanVersion.objects.bulk_create([draft.version for draft in drafts])
    except IntegrityError as error:
        if "job_plan_name" not in str(error):
            raise
        raise Invalid({"name": "There is a job plan of this name already."}, headline=HEADLINE) from None
    JobPlanTask.objects.bulk_create([step for draft in drafts for step in draft.steps])
    JobPlanPart.objects.bulk_create([line for draft in drafts for line in draft.parts])


def trimmed(items: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(text for item in items if (text := " ".join(item.split()))))


def same(content: Content) -> Any:
    """Two contents that say the same are equal, whatever the order of their parts."""
    steps = [{name: plans.plain(value) for name, value in step.items()} for step in content["steps"]]
    parts = {line["part"].pk: plans.plain(line["quantity"]) for line in content["parts"]}
    return [{name: content[name] for name in (*FIELDS, *FLAGS)}, steps, parts]


def tries(name: str) -> Iterable[str]:
    yield name[:150]
    for number in range(2, 1000):
        yield f"{name[:140]} ({number})"


def free_name(by: Member, name: str) -> str:
    taken = JobPlan.objects.filter(tenant_id=by.tenant_id, name__istartswith=name[:140])
    known = {text.casefold() for text in taken.values_list("name", flat=True)}
    return next(text for text in tries(name) if text.casefold() not in known)


def content_of(one: ShippedPlan, types: Mapping[str, Type]) -> Content:
    return dict(one.content) | {"type": types.get(one.type)}
