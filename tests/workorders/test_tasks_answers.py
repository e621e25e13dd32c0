"""What an answer to a step means, who may give it, what follows from it: progress, follow-ups, completing."""

from __future__ import annotations

from typing import Any

import pytest

from core.errors import Conflict, Invalid, NotFound, PermissionDenied, Stale
from media.models import MediaFile
from tests import factories
from tests.house import House
from tests.media_files import photo
from tests.workorders.test_tasks import BAR, CHOICE, PASS, TICK, answer, listed, one
from workorders import actions, completing
from workorders.models import Signature, Task, WorkOrder, WorkOrderMedia

PHOTO = {"description": "Photo of the seal", "kind": "photo"}


ANSWERS: dict[str, tuple[dict[str, Any], dict[str, Any], tuple[str, str, float | None]]] = {
    "tick": (TICK, {"answer": True}, ("completed", "", None)),
    "tick by status": (
        TICK,
        {"status": "completed", "actual_minutes": 40, "notes": "Passed."},
        ("completed", "", None),
    ),
    "tick failed": (TICK, {"answer": "fail"}, ("failed", "", None)),
    "pass": (PASS, {"answer": "pass"}, ("completed", "pass", None)),
    "pass by status": (PASS, {"status": "completed"}, ("completed", "pass", None)),
    "fail": (PASS, {"answer": "fail"}, ("failed", "fail", None)),
    "fail by status": (PASS, {"status": "failed"}, ("failed", "fail", None)),
    "reading": (BAR, {"answer": 5.25}, ("completed", "", 5.25)),
    "reading with a comma": (BAR, {"answer": " 5,25 "}, ("completed", "", 5.25)),
    "reading at the limit": (BAR, {"answer": "6"}, ("completed", "", 6)),
    "zero": ({**BAR, "lowest": -1}, {"answer": 0, "status": "completed"}, ("completed", "", 0)),
    "outside, confirmed": (BAR, {"answer": 6.5, "confirmed": True}, ("failed", "", 6.5)),
    "outside, called failed": (BAR, {"answer": 3, "status": "failed"}, ("failed", "", 3)),
    "within, called failed": (BAR, {"answer": 5, "status": "failed"}, ("failed", "", 5)),
    "could not be read": (BAR, {"status": "failed"}, ("failed", "", None)),
    "meter": ({"description": "Hours", "kind": "meter"}, {"answer": 18345}, ("completed", "", 18345)),
    "choice": (CHOICE, {"answer": "milky"}, ("completed", "Milky", None)),
    "text": ({"description": "Serial", "kind": "text"}, {"answer": " A-1 "}, ("completed", "A-1", None)),
    "skipped": (TICK, {"status": "skipped"}, ("skipped", "", None)),
    "not applicable": (BAR, {"status": "not_applicable"}, ("not_applicable", "", None)),
    "begun": (TICK, {"status": "in_progress"}, ("in_progress", "", None)),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_one_act_answers_every_kind(house: House, case: str) -> None:
    step, words, expected = ANSWERS[case]
    task = one(house, step)
    seen = house.last_event()
    answer(house, task, **words)
    found = house.read(task)
    number = None if found.answer_number is None else float(found.answer_number)
    assert (found.status, found.answer_text, number) == expected
    settled = expected[0] != "in_progress"
    assert (found.completed_by_id, found.completed_at is not None, found.version) == (
        house["technician"].pk if settled else None, settled, 2,
    )  # fmt: skip
    assert house.read(task.work_order).progress == (100 if settled else 0)
    ((kind, who, changes),) = house.events(after=seen)
    assert (kind, who, changes["step"]) == (
        "work_order.task_answered", house["technician"].pk, [None, f"1. {task.description}"],
    )  # fmt: skip


def test_notes_and_minutes_are_kept_beside_the_answer(house: House) -> None:
    task = one(house, TICK)
    answer(house, task, status="completed", actual_minutes=40, notes="Within normal range.")
    answer(house, task, notes="Within range. ")
    found = house.read(task)
    assert (found.status, found.actual_minutes, found.notes) == ("completed", 40, "Within range.")


REFUSED_ANSWERS: dict[str, tuple[dict[str, Any], dict[str, Any], type[Exception], str]] = {
    "a word for a reading": (BAR, {"answer": "high"}, Invalid, "answer"),
    "no reading": (BAR, {"status": "completed"}, Invalid, "answer"),
    "infinity": (BAR, {"answer": float("inf")}, Invalid, "answer"),
    "a number too large": (BAR, {"answer": 10**12}, Invalid, "answer"),
    "true for a reading": (BAR, {"answer": True}, Invalid, "answer"),
    "above": (BAR, {"answer": 6.01}, Conflict, "answer"),
    "below": (BAR, {"answer": 3.99, "status": "completed"}, Conflict, "answer"),
    "another choice": (CHOICE, {"answer": "Black"}, Invalid, "answer"),
    "no choice": (CHOICE, {"status": "completed"}, Invalid, "answer"),
    "no text": ({"description": "Serial", "kind": "text"}, {"status": "completed"}, Invalid, "answer"),
    "a long text": ({"description": "Serial", "kind": "text"}, {"answer": "x" * 10_001}, Invalid, "answer"),
    "maybe": (PASS, {"answer": "maybe"}, Invalid, "answer"),
    "fail that is completed": (PASS, {"answer": "fail", "status": "completed"}, Invalid, "status"),
    "pass that failed": (PASS, {"answer": "pass", "status": "failed"}, Invalid, "status"),
    "no photo": ({"description": "Photo", "kind": "photo"}, {"status": "completed"}, Invalid, "answer"),
    "no signature": ({"description": "Sign", "kind": "signature"}, {"answer": True}, Invalid, "answer"),
    "a strange status": (TICK, {"status": "finished"}, Invalid, "status"),
    "long notes": (TICK, {"notes": "x" * 10_001}, Invalid, "notes"),
    "minutes of a year": (TICK, {"actual_minutes": 10**6}, Invalid, "actual_minutes"),
}


@pytest.mark.parametrize("case", REFUSED_ANSWERS)
def test_an_answer_that_means_nothing_is_refused(house: House, case: str) -> None:
    step, words, error, field = REFUSED_ANSWERS[case]
    task = one(house, step)
    with house.refuses(error, field=field):  # type: ignore[arg-type]
        actions.answer_task(task, by=house["technician"], **words)


def test_a_reading_outside_its_limits_asks_before_it_is_believed(house: House) -> None:
    task = one(house, BAR)
    with house.refuses(
        Conflict,
        code="out_of_limits",
        message="6.5 bar is above the limit of 6 bar. Measure again, or confirm the reading.",
    ):
        actions.answer_task(task, by=house["technician"], answer="6.5")


@pytest.mark.parametrize("words", [{"answer": None}, {"answer": ""}, {"status": "pending"}])
def test_an_answer_is_taken_back(house: House, words: dict[str, Any]) -> None:
    task = one(house, BAR)
    answer(house, task, answer=5, notes="Warm")
    seen = house.last_event()
    answer(house, task, **words)
    found = house.read(task)
    assert (found.status, found.answer_number, found.completed_by_id, found.completed_at, found.notes) == (
        "pending", None, None, None, "Warm",
    )  # fmt: skip
    assert house.read(task.work_order).progress == 0
    assert [(kind, changes["answer"]) for kind, _, changes in house.events(after=seen)] == [
        ("work_order.task_reopened", ["5 bar", ""])
    ]


def test_the_same_answer_again_writes_nothing(house: House) -> None:
    task = one(house, BAR)
    answer(house, task, answer=5)
    _, marks = house["manager"], house.marks()
    answer(house, task, answer="5.0", by="manager")
    assert house.marks() == marks


@pytest.mark.parametrize(
    ("person", "mine", "allowed"),
    [("technician", True, True), ("manager", False, True), ("technician", False, False), ("viewer", False, False)],
)
def test_who_may_answer(house: House, person: str, mine: bool, allowed: bool) -> None:
    (task,) = listed(house, house.work("in_progress", to="technician" if mine else "technician2"), TICK)
    if allowed:
        assert answer(house, task, by=person, answer=True).status == "completed"
        return
    permission = "workorder.work_any" if person == "technician" else "workorder.work"
    with house.refuses(PermissionDenied, permission=permission):
        actions.answer_task(task, by=house[person], answer=True)


@pytest.mark.parametrize("meaning", ["completed", "cancelled", "closed"])
def test_finished_work_keeps_its_checklist(house: House, meaning: str) -> None:
    work_order = house.work("open")
    (task,) = listed(house, work_order, TICK)
    factories.advance(work_order, meaning)
    acts = (
        lambda by: actions.answer_task(task, by=by, answer=True),
        lambda by: actions.add_tasks(work_order, by=by, steps=[PASS]),
        lambda by: actions.update_task(task, by=by, changes={"description": "Other"}),
        lambda by: actions.move_task(task, by=by, to=1),
        lambda by: actions.remove_task(task, by=by),
        lambda by: actions.answer_all_ok(work_order, by=by),
        lambda by: actions.waive_task(task, by=by, reason="No"),
    )
    for act in acts:
        with house.refuses(Conflict, code=meaning):
            act(house["admin"])


def test_an_old_version_is_told(house: House) -> None:
    task = one(house, TICK)
    answer(house, task, answer=True, expected_version=1)
    for act in (
        lambda: actions.answer_task(task, by=house["technician"], answer=False, expected_version=1),
        lambda: actions.update_task(task, by=house["manager"], changes={"unit": "x"}, expected_version=1),
        lambda: actions.move_task(task, by=house["manager"], to=1, expected_version=1),
        lambda: actions.remove_task(task, by=house["manager"], expected_version=1),
    ):
        with house.refuses(Stale, current_version=2):
            act()


def test_a_strangers_step_is_not_there(house: House, stranger: House) -> None:
    (theirs,) = listed(stranger, stranger.work(), TICK)
    for act in (
        lambda: actions.answer_task(theirs, by=house["admin"], answer=True),
        lambda: actions.remove_task(theirs, by=house["admin"]),
    ):
        with house.refuses(NotFound):
            act()


# --- Photos and signatures --------------------------------------------------------------------------------------------
def with_photo(house: House, task: Task, *, by: str = "technician") -> WorkOrderMedia:
    with house.inside():
        return actions.add_media(task.work_order, by=house[by], content=photo(), name="seal.jpg", task=task)


def test_the_photo_is_the_answer_and_without_it_the_step_is_open_again(house: House) -> None:
    task = one(house, PHOTO)
    link = with_photo(house, task)
    done = house.read(task)
    assert (done.status, done.completed_by_id, house.read(task.work_order).progress) == (
        "completed", house["technician"].pk, 100,
    )  # fmt: skip
    with house.inside():
        actions.remove_media(task.work_order, by=house["technician"], media_file=link.file)
    assert (house.read(task).status, house.read(task.work_order).progress) == ("pending", 0)


def test_a_signature_answers_its_step(house: House) -> None:
    task = one(house, {"description": "Sign", "kind": "signature"})
    with house.inside():
        Signature.objects.create(
            tenant=house.tenant, work_order=task.work_order, task=task, signer=house["technician"], signer_name="Tom",
            meaning="performed", authenticated=True, content="{}", digest="0" * 64,
        )  # fmt: skip
    assert answer(house, task, status="completed").status == "completed"


# --- All OK, then the exceptions --------------------------------------------------------------------------------------
def allow_all_ok(house: House, work_order: WorkOrder) -> None:
    with house.inside():
        WorkOrder.objects.filter(pk=work_order.pk).update(all_ok_allowed=True)


def test_all_ok_answers_what_is_open_and_nothing_else(house: House) -> None:
    work_order = house.work("in_progress", to="technician")
    tasks = listed(house, work_order, TICK, PASS, PASS, BAR)
    answer(house, tasks[2], answer="fail")
    allow_all_ok(house, work_order)
    seen = house.last_event()
    with house.inside():
        actions.answer_all_ok(work_order, by=house["technician"])
    found = [house.read(task) for task in tasks]
    assert [(task.status, task.answer_text, task.version) for task in found] == [
        ("completed", "", 2), ("completed", "pass", 2), ("failed", "fail", 2), ("pending", "", 1),
    ]  # fmt: skip
    assert house.read(work_order).progress == 75
    assert [kind for kind, _, _ in house.events(after=seen)] == ["work_order.tasks_answered"]


@pytest.mark.parametrize("count", [1, 12])
def test_all_ok_takes_the_same_queries_for_one_step_and_twelve(
    house: House, django_assert_num_queries: Any, count: int
) -> None:
    work_order = house.work("in_progress", to="technician")
    listed(house, work_order, *[PASS] * count)
    allow_all_ok(house, work_order)
    by = house["technician"]
    with house.inside(), django_assert_num_queries(7):
        actions.answer_all_ok(work_order, by=by)


def test_all_ok_asks_what_an_ok_leads_to_and_leaves_what_only_a_failure_does(house: House) -> None:
    from core.ids import uuid7

    pk, work_order = uuid7(), house.work("in_progress", to="technician")
    then = {"condition_on": pk, "condition_operator": "is"}
    tasks = listed(
        house,
        work_order,
        {**PASS, "id": pk},
        {**TICK, **then, "condition_value": "pass"},
        {**PASS, **then, "condition_value": "fail"},
    )
    allow_all_ok(house, work_order)
    with house.inside():
        actions.answer_all_ok(work_order, by=house["technician"])
    assert [house.read(task).status for task in tasks] == ["completed", "completed", "pending"]
    assert house.read(work_order).progress == 100


def test_all_ok_is_refused_where_the_job_does_not_allow_it(house: House) -> None:
    work_order = house.work("in_progress", to="technician")
    listed(house, work_order, TICK)
    with house.refuses(Conflict, code="all_ok_not_allowed"):
        actions.answer_all_ok(work_order, by=house["technician"])
    allow_all_ok(house, work_order)
    viewer = house["viewer"]
    with house.refuses(PermissionDenied, permission="workorder.work"):
        actions.answer_all_ok(work_order, by=viewer)


# --- A failed step becomes work of its own ----------------------------------------------------------------------------
def test_a_follow_up_carries_step_reading_notes_and_photo(house: House) -> None:
    asset = factories.make_asset(house.tenant, location=factories.make_location(house.tenant))
    work_order = house.work("in_progress", to="technician", asset=asset)
    (task,) = listed(house, work_order, BAR)
    answer(house, task, answer=7, confirmed=True, notes="Pump howls")
    with_photo(house, task)
    with house.inside():
        made = actions.follow_up_task(task, by=house["technician"])
    found = house.read(made)
    assert (found.title, found.asset_id, found.location_id, found.follow_up_of_id, found.type.key) == (
        "Oil pressure", asset.pk, asset.location_id, work_order.pk, "corrective",
    )  # fmt: skip
    assert found.description == "\n".join(
        [
            f"Step 1 of {work_order.number} failed: Oil pressure",
            "Reading: 7 bar (limits: 4 to 6 bar)",
            f"Found by {house['technician'].name}.",
            "Pump howls",
        ]
    )
    assert house.read(task).follow_up_id == made.pk
    with house.inside():
        files = MediaFile.objects.filter(of_work_order__work_order__in=[work_order, made]).values_list(
            "stored_name", "sha256"
        )
        assert (len({name for name, _ in files}), len({digest for _, digest in files})) == (2, 1)


def test_a_follow_up_is_for_what_failed_and_made_once(house: House) -> None:
    task = one(house, PASS)
    technician, viewer = house["technician"], house["viewer"]
    with house.refuses(Conflict, code="not_failed"):
        actions.follow_up_task(task, by=technician)
    answer(house, task, answer="fail")
    with house.refuses(PermissionDenied, permission="workorder.create"):
        actions.follow_up_task(task, by=viewer)
    with house.inside():
        made = actions.follow_up_task(task, by=technician)
    with house.refuses(Conflict, code="has_follow_up", extra={"followUpId": str(made.pk)}):
        actions.follow_up_task(task, by=technician)


# --- Completing -------------------------------------------------------------------------------------------------------
def test_what_is_missing_is_told_all_at_once(house: House) -> None:
    work_order = house.work("in_progress", to="technician")
    listed(house, work_order, {**TICK, "required": True}, PASS, {**BAR, "required": True})
    with house.inside():
        WorkOrder.objects.filter(pk=work_order.pk).update(
            needs_photo=True, needs_signature=True, needs_failure_code=True
        )
    with house.inside():
        found = [(one.code, one.path) for one in completing.missing(house.read(work_order))]
    assert found == [
        ("task", "tasks[0]"), ("task", "tasks[2]"), ("photo", "photo"), ("signature", "signature"),
        ("failure_code", "failureCode"),
    ]  # fmt: skip
    technician = house["technician"]
    with house.refuses(
        completing.Incomplete,
        code="incomplete",
        message="Still missing: step 1, step 3, a photo, a signature, a failure code.",
    ):
        actions.complete(work_order, by=technician)


@pytest.mark.parametrize(
    ("words", "done"),
    [
        ({"answer": 5}, True),
        ({"answer": 9, "confirmed": True}, True),
        ({"status": "not_applicable"}, True),
        ({"status": "skipped"}, False),
        ({"status": "in_progress"}, False),
    ],
)
def test_what_a_required_step_needs(house: House, words: dict[str, Any], done: bool) -> None:
    task = one(house, {**BAR, "required": True})
    answer(house, task, **words)
    with house.inside():
        assert (completing.missing(house.read(task.work_order)) == []) == done


def test_a_required_step_that_is_not_asked_is_not_missing(house: House) -> None:
    from core.ids import uuid7

    pk, work_order = uuid7(), house.work("in_progress", to="technician")
    then = {**TICK, "required": True, "condition_on": pk, "condition_operator": "is", "condition_value": "fail"}
    first, _ = listed(house, work_order, {**PASS, "id": pk}, then)
    answer(house, first, answer="pass")
    with house.inside():
        actions.complete(work_order, by=house["technician"])
    assert (house.read(work_order).meaning, house.read(work_order).progress) == ("completed", 100)


def test_progress_stays_what_the_steps_say(house: House) -> None:
    work_order = house.work("in_progress", to="technician")
    listed(house, work_order, TICK, PASS, BAR)
    with house.inside():
        actions.complete(work_order, by=house["technician"])
    assert (house.read(work_order).meaning, house.read(work_order).progress) == ("completed", 0)


def test_progress_is_set_by_hand_only_without_steps(house: House) -> None:
    work_order, boss = house.work("in_progress", to="technician"), house["manager"]
    with house.inside():
        actions.update(work_order, by=boss, changes={"progress": 40})
    listed(house, work_order, TICK, PASS)
    with house.refuses(
        Invalid, details={"progress": "Progress follows from the checklist (0 of 2 steps): answer its steps."}
    ):
        actions.update(work_order, by=boss, changes={"progress": 40})


def test_waiving_one_step_lets_the_job_be_completed(house: House) -> None:
    task = one(house, {**TICK, "required": True})
    boss, technician = house["manager"], house["technician"]
    with house.refuses(PermissionDenied, permission="workorder.waive"):
        actions.waive_task(task, by=technician, reason="Cannot")
    with house.refuses(Invalid, field="reason"):
        actions.waive_task(task, by=boss, reason="  ")
    with house.inside():
        actions.waive_task(task, by=boss, reason="No lock on this one")
        actions.complete(task.work_order, by=technician)
    found = house.read(task)
    assert (found.status, found.waived_by_id, found.waived_reason) == ("skipped", boss.pk, "No lock on this one")
    assert house.read(task.work_order).meaning == "completed"


def test_a_step_that_is_done_is_not_waived_and_doing_it_later_ends_the_waiver(house: House) -> None:
    done, late = listed(house, house.work("in_progress", to="technician"), TICK, PASS)
    boss = house["manager"]
    answer(house, done, answer=True)
    with house.refuses(Conflict, code="answered"):
        actions.waive_task(done, by=boss, reason="No")
    with house.inside():
        actions.waive_task(late, by=boss, reason="No time")
    answer(house, late, answer="pass")
    found = house.read(late)
    assert (found.status, found.waived_by_id, found.waived_reason) == ("completed", None, "")


def test_completing_with_a_waiver_names_who_and_why(house: House) -> None:
    task = one(house, {**TICK, "required": True})
    work_order, boss, technician = task.work_order, house["manager"], house["technician"]
    with house.refuses(PermissionDenied, permission="workorder.waive"):
        actions.complete(work_order, by=technician, waiver="I am late")
    with house.inside():
        actions.complete(work_order, by=boss, waiver="Machine is sold")
    found = house.read(task)
    assert (found.status, found.waived_by_id, found.waived_reason) == ("skipped", boss.pk, "Machine is sold")
    assert house.log(work_order)[-1] == (
        "in_progress", "completed", "Completed without 1 of what it asks for: Machine is sold",
    )  # fmt: skip
