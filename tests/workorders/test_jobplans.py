"""Job plans: versions that never change, and what they bring to work orders."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from core.errors import Conflict, Invalid, PermissionDenied, Stale
from tests import factories
from tests.house import House
from workorders import actions, plans
from workorders.library.jobplans import shipped_plans
from workorders.models import JobPlan, JobPlanTask, JobPlanVersion, PartLine, Priority, Task, Type, WorkOrder


def steps() -> list[dict[str, Any]]:
    return [
        {"description": "Isolate and lock", "kind": "tick", "required": True, "estimated_minutes": 5},
        {"description": "Pressure", "kind": "number", "unit": "bar", "lowest": Decimal(2), "highest": Decimal(4)},
        {"description": "Seal", "kind": "choice", "options": ["Dry", "Runs"]},
        {
            "description": "Photo of the leak", "kind": "photo", "condition_on": 3, "condition_operator": "is",
            "condition_value": "Runs",
        },
    ]  # fmt: skip


def write(house: House, name: str = "Pump round", **content: Any) -> JobPlan:
    with house.inside():
        return actions.write_plan(
            by=house["dispatcher"], name=name, content={"title": name, "steps": steps()} | content
        )


def versions(house: House, plan: JobPlan) -> list[JobPlanVersion]:
    with house.inside():
        return list(JobPlanVersion.objects.filter(plan=plan).order_by("number"))


def content(house: House, plan: JobPlan) -> dict[str, Any]:
    with house.inside():
        return plans.content_of(plans.newest(plan))


def revise(house: House, plan: JobPlan, **options: Any) -> JobPlan:
    with house.inside():
        return actions.revise_plan(plan, by=options.pop("by", house["dispatcher"]), **options)


def test_a_plan_keeps_all_it_was_given(house: House) -> None:
    with house.inside():
        kind, priority = Type.objects.get(key="preventive"), Priority.objects.get(key="low")
    crew, part = factories.make_crew(house.tenant), factories.make_part(house.tenant)
    plan = write(
        house, description="Weekly", type=kind, priority=priority, estimated_minutes=45, crew=crew,
        assigned_to=house.profile(), skills=["Mechanical", " Mechanical "], tools=["Torch"], safety_requirements=["ppe"],
        needs_signature=True, needs_photo=True, needs_failure_code=True, all_ok_allowed=True,
        parts=[{"part": part, "quantity": Decimal("1.5")}],
    )  # fmt: skip
    found = content(house, plan)
    assert found | {"steps": [], "parts": []} == {
        "title": "Pump round", "description": "Weekly", "type": kind, "priority": priority, "estimated_minutes": 45,
        "assigned_to": house.profile(), "crew": crew, "skills": ["Mechanical"], "tools": ["Torch"],
        "safety_requirements": ["ppe"], "needs_signature": True, "needs_photo": True, "needs_failure_code": True,
        "all_ok_allowed": True, "steps": [], "parts": [],
    }  # fmt: skip
    assert found["parts"] == [{"part": part, "quantity": Decimal("1.500")}]
    assert [step["kind"] for step in found["steps"]] == ["tick", "number", "choice", "photo"]
    assert (found["steps"][1]["lowest"], found["steps"][1]["highest"]) == (Decimal(2), Decimal(4))
    assert [found["steps"][3][name] for name in ("condition_on", "condition_operator", "condition_value")] == [
        3, "is", "Runs",
    ]  # fmt: skip
    assert [event[0] for event in house.events(object_id=plan.pk)] == ["job_plan.created"]


def test_a_revision_is_a_new_version_and_changes_no_work_order(house: House) -> None:
    plan = write(house)
    before = content(house, plan)
    with house.inside():
        work_order = actions.report(by=house["dispatcher"], plan=plan)
    changed = steps()[:2]
    changed[1] |= {"highest": Decimal(6)}
    revise(house, plan, content={"steps": changed, "title": "Other round", "needs_photo": True}, expected_version=1)
    first, second = versions(house, plan)
    found = house.read(work_order)
    assert (found.plan_version, found.title, found.needs_photo) == (first, "Pump round", False)
    with house.inside():
        tasks = list(Task.objects.filter(work_order=found).order_by("position"))
        assert plans.content_of(first) == before
        assert plans.content_of(second)["title"] == "Other round"
    assert [(task.description, task.highest) for task in tasks][:2] == [("Isolate and lock", None), ("Pressure", 4)]
    assert len(tasks) == 4
    assert tasks[3].condition_on_id == tasks[2].pk
    with house.inside():
        later = actions.report(by=house["dispatcher"], plan=house.read(plan))
    assert (house.read(later).title, house.read(later).plan_version) == ("Other round", second)


def test_versions_tell_what_changed(house: House) -> None:
    part = factories.make_part(house.tenant, name="Seal")
    plan = write(house)
    changed = [*steps()[1:3], {"description": "Sweep"}]
    changed[0] |= {"highest": Decimal(6)}
    new = {"steps": changed, "skills": ["Mechanical"], "estimated_minutes": 90, "needs_photo": True,
           "parts": [{"part": part, "quantity": Decimal(2)}]}  # fmt: skip
    revise(house, plan, content=new)
    event = house.events(object_id=plan.pk)[-1]
    assert event[0] == "job_plan.revised"
    assert event[2]["content"][1] == [
        "Estimate 1 h 30 min", "Skills with Mechanical", "Photo on completion: yes", "Step 3 added: Sweep",
        "Step 1 removed: Isolate and lock", "Step 4 removed: Photo of the leak",
        "Step 1, upper limit changed: Pressure", f"Part added: 2 {part.unit} Seal",
    ]  # fmt: skip


def test_saving_without_a_change_writes_nothing(house: House) -> None:
    plan = write(house)
    before = house.marks()
    revise(house, plan, changes={"name": "Pump round"}, content=content(house, plan))
    assert house.marks() == before
    assert len(versions(house, plan)) == 1


def test_only_the_name_changes_without_a_new_version(house: House) -> None:
    plan = write(house)
    revise(house, plan, changes={"name": " Other   name ", "summary": "Weekly"})
    assert (house.read(plan).name, house.read(plan).version, len(versions(house, plan))) == ("Other name", 2, 1)


def test_refusals_of_a_plan(house: House, stranger: House) -> None:
    plan = write(house)
    theirs = factories.make_part(stranger.tenant)
    by = house["dispatcher"]
    with house.refuses(PermissionDenied, permission="jobplan.edit"):
        actions.write_plan(by=house["technician"], name="x", content={"title": "x"})
    with house.refuses(PermissionDenied, permission="jobplan.edit"):
        actions.revise_plan(plan, by=house["technician"], changes={"name": "x"})
    with house.refuses(Stale):
        actions.revise_plan(plan, by=by, changes={"name": "x"}, expected_version=7)
    bad: list[tuple[dict[str, Any], dict[str, Any], set[str]]] = [
        ({"name": "PUMP ROUND"}, {"title": "x"}, {"name"}),
        ({"name": ""}, {"title": ""}, {"name", "title"}),
        ({"name": "x", "summary": "x" * 301}, {"title": "x" * 201}, {"summary", "title"}),
        ({"name": "x"}, {"title": "x", "skills": ["x" * 61]}, {"skills"}),
        ({"name": "x"}, {"title": "x", "steps": [{"description": ""}]}, {"steps[0].description"}),
        ({"name": "x"}, {"title": "x", "steps": [{"description": "x", "kind": "dance"}]}, {"steps[0].kind"}),
        ({"name": "x"}, {"title": "x", "steps": [{"description": "x", "kind": "choice"}]}, {"steps[0].options"}),
        (
            {"name": "x"},
            {"title": "x", "steps": [{"description": "x", "condition_on": 1, "condition_operator": "is",
                                      "condition_value": "done"}]},
            {"steps[0].condition_on"},
        ),
        ({"name": "x"}, {"title": "x", "steps": [{"description": "x", "condition_on": 9}]}, {"steps[0].condition_on"}),
        ({"name": "x"}, {"title": "x", "parts": [{"part": theirs, "quantity": 1}]}, {"parts[0].part"}),
        ({"name": "x"}, {"title": "x", "crew": factories.make_crew(stranger.tenant)}, {"crew"}),
        ({"name": "x"}, {"title": "x", "estimated_minutes": -1}, {"estimated_minutes"}),
    ]  # fmt: skip
    for fields, said, problems in bad:
        before = house.marks()
        with pytest.raises(Invalid) as refused, house.inside():
            actions.write_plan(by=by, content=said, **fields)
        assert (set(refused.value.details), house.marks()) == (problems, before)


def test_archived_plans_are_not_used_or_revised(house: House) -> None:
    plan, work_order = write(house), house.work()
    with house.inside():
        actions.archive_plan(plan, by=house["dispatcher"], expected_version=1)
    for act in (
        lambda: actions.report(by=house["dispatcher"], plan=house.read(plan)),
        lambda: actions.apply_plan(work_order, by=house["dispatcher"], plan=house.read(plan)),
        lambda: actions.revise_plan(plan, by=house["dispatcher"], changes={"name": "x"}),
        lambda: actions.archive_plan(plan, by=house["dispatcher"]),
    ):
        with house.refuses(Conflict, code="archived"):
            act()
    with house.inside():
        actions.restore_plan(plan, by=house["dispatcher"])
    with house.refuses(Conflict, code="active"):
        actions.restore_plan(plan, by=house["dispatcher"])
    assert house.read(plan).is_active


def test_applying_fills_joins_and_adds(house: House) -> None:
    with house.inside():
        kind, priority = Type.objects.get(key="inspection"), Priority.objects.get(key="low")
    part, crew = factories.make_part(house.tenant), factories.make_crew(house.tenant)
    plan = write(
        house, description="Weekly", type=kind, priority=priority, estimated_minutes=45, crew=crew, skills=["A"],
        tools=["Torch"], safety_requirements=["ppe", "loto"], needs_signature=True,
        parts=[{"part": part, "quantity": Decimal(2)}],
    )  # fmt: skip
    work_order = house.work(title="Mine", description="", safety_requirements=["loto", "heat"])
    with house.inside():
        actions.add_tasks(work_order, by=None, steps=[{"description": "First"}])
    with house.inside():
        answered = actions.apply_plan(work_order, by=house["dispatcher"], plan=plan)
    found = house.read(work_order)
    assert answered.version == found.version
    assert (
        found.title, found.description, found.type, found.priority, found.estimated_minutes, found.crew, found.meaning,
        found.skills, found.tools, found.safety_requirements, found.needs_signature, found.needs_photo,
    ) == (
        "Mine", "Weekly", kind, priority, 45, crew, "assigned", ["A"], ["Torch"], ["loto", "heat", "ppe"], True, False,
    )  # fmt: skip
    assert found.plan_version == versions(house, plan)[0]
    with house.inside():
        told = list(Task.objects.filter(work_order=found).order_by("position").values_list("description", flat=True))
        assert list(PartLine.objects.values_list("part_id", "quantity")) == [(part.pk, Decimal(2))]
    assert told == ["First", *(step["description"] for step in steps())]
    with house.refuses(Conflict, code="applied"):
        actions.apply_plan(found, by=house["dispatcher"], plan=plan)


def test_refusals_of_applying(house: House, stranger: House) -> None:
    plan, work_order = write(house), house.work()
    theirs = write(stranger)
    with house.refuses(PermissionDenied, permission="workorder.edit"):
        actions.apply_plan(work_order, by=house["technician"], plan=plan)
    with house.refuses(Invalid):
        actions.apply_plan(work_order, by=house["dispatcher"], plan=theirs)
    with house.refuses(Stale):
        actions.apply_plan(work_order, by=house["dispatcher"], plan=plan, expected_version=9)
    for meaning, code in (("completed", "completed"), ("closed", "closed"), ("cancelled", "cancelled")):
        with house.refuses(Conflict, code=code):
            actions.apply_plan(house.work(meaning), by=house["dispatcher"], plan=plan)
    with house.refuses(PermissionDenied, permission="workorder.create"):
        actions.report(by=house["requester"], plan=plan)


def test_whoever_may_not_assign_still_uses_the_plan(house: House) -> None:
    part = factories.make_part(house.tenant)
    plan = write(house, assigned_to=house.profile(), parts=[{"part": part, "quantity": Decimal(1)}])
    with house.inside():
        work_order = actions.report(by=house["technician2"], plan=plan)
    found = house.read(work_order)
    with house.inside():
        counted = Task.objects.filter(work_order=found).count(), PartLine.objects.filter(work_order=found).count()
    assert (found.assigned_to, found.meaning, counted) == (None, "open", (4, 1))


def test_what_is_said_wins_over_the_plan(house: House) -> None:
    with house.inside():
        kind = Type.objects.get(key="inspection")
    plan = write(house, type=kind, estimated_minutes=45, assigned_to=house.profile("technician2"))
    with house.inside():
        made = actions.report(
            by=house["dispatcher"], plan=plan, title="Mine", estimated_minutes=10, assigned_to=house.profile(),
            steps=[{"description": "Last"}],
        )  # fmt: skip
    found = house.read(made)
    assert (found.title, found.estimated_minutes, found.type, found.assigned_to) == ("Mine", 10, kind, house.profile())
    with house.inside():
        assert Task.objects.filter(work_order=found).order_by("-position").first().description == "Last"


def test_people_and_parts_that_left_stay_behind(house: House) -> None:
    part, crew = factories.make_part(house.tenant), factories.make_crew(house.tenant)
    plan = write(house, crew=crew, parts=[{"part": part, "quantity": Decimal(1)}])
    with house.inside():
        type(crew).objects.update(is_active=False)
        type(part).objects.update(archived_at="2026-01-01T00:00Z")
        made = actions.report(by=house["dispatcher"], plan=plan)
    found = house.read(made)
    with house.inside():
        assert (found.crew, found.part_lines.count(), found.tasks.count()) == (None, 0, 4)


def test_a_plan_from_a_work_order(house: House) -> None:
    part = factories.make_part(house.tenant)
    asset = factories.make_asset(house.tenant, category=factories.make_category(house.tenant, name="Pump"))
    with house.inside():
        source = actions.report(
            by=None, tenant=house.tenant, plan=write(house, needs_photo=True, safety_requirements=["ppe"]), asset=asset,
            title="Seal of pump 3", actual_minutes=70, parts=[{"part": part, "quantity": Decimal(2)}],
        )  # fmt: skip
        plan = actions.plan_from_work_order(house.read(source), by=house["dispatcher"])
        again = actions.plan_from_work_order(house.read(source), by=house["dispatcher"])
    found = content(house, plan)
    assert (plan.name, again.name, house.read(plan).category_id) == (
        "Seal of pump 3",
        "Seal of pump 3 (2)",
        asset.category_id,
    )
    assert (found["estimated_minutes"], found["needs_photo"], found["safety_requirements"]) == (70, True, ["ppe"])
    assert [step["description"] for step in found["steps"]] == [step["description"] for step in steps()]
    assert found["steps"][3]["condition_on"] == 3
    assert found["parts"] == [{"part": part, "quantity": Decimal(2)}]
    with house.refuses(PermissionDenied, permission="jobplan.edit"):
        actions.plan_from_work_order(source, by=house["technician"])


def test_a_copy_begins_where_the_plan_stands(house: House) -> None:
    plan = write(house, skills=["A"])
    with house.inside():
        copy = actions.copy_plan(plan, by=house["dispatcher"])
    assert (copy.name, content(house, copy)) == ("Copy of Pump round", content(house, plan))


def test_the_library_is_installed_once(house: House) -> None:
    manager = house["dispatcher"]
    with house.inside():
        few = actions.install_plans(by=manager, keys=["pump-round", "fire-doors"])
    assert sorted(plan.library_key for plan in few) == ["fire-doors", "pump-round"]
    with house.inside():
        rest = actions.install_plans(by=manager)
    assert (len(rest), len(shipped_plans())) == (28, 30)
    before = house.marks()
    with house.inside():
        assert actions.install_plans(by=manager) == []
    assert house.marks() == before
    with house.inside():
        assert JobPlanTask.objects.count() == sum(len(one.steps) for one in shipped_plans())
    with house.refuses(Invalid):
        actions.install_plans(by=manager, keys=["moon-landing"])
    with house.refuses(PermissionDenied, permission="jobplan.edit"):
        actions.install_plans(by=house["technician"])


def test_the_library_is_work_for_grown_ups() -> None:
    for one in shipped_plans():
        assert 6 <= len(one.steps) <= 15, one.key
        assert one.content["safety_requirements"], one.key
        assert one.content["tools"], one.key
        assert one.content["skills"], one.key
        assert sum(step["required"] for step in one.steps) >= 4, one.key
        for step in one.steps:
            if step["kind"] == "number" and step["lowest"] is not None and step["highest"] is not None:
                assert Decimal(step["lowest"]) < Decimal(step["highest"]), (one.key, step["description"])


def test_every_plan_of_the_library_makes_a_work_order(house: House) -> None:
    with house.inside():
        actions.install_plans(by=house["dispatcher"], keys=["hvac-chiller-inspection", "vehicle-forklift"])
        for plan in JobPlan.objects.all():
            actions.report(by=house["dispatcher"], plan=plan)
        assert WorkOrder.objects.count() == 2
        assert set(Task.objects.filter(condition_on__isnull=False).values_list("condition_value", flat=True)) == {
            "Wet (yellow)", "Battery", "Gas",
        }  # fmt: skip
