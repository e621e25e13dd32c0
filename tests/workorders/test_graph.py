"""The graph of domain-rules §2: every pair of meaning and act, edited edges, guards, required fields, more statuses."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from core.errors import Conflict, DomainError, Invalid, PermissionDenied
from tests import factories
from tests.house import House, undone
from workorders import actions, workflow
from workorders.choices import Meaning
from workorders.models import Status, StatusLog, Transition, WorkOrder

ACTS: dict[str, Callable[..., Any]] = {
    "assign": lambda work_order, by, lead: actions.assign(work_order, by=by, to=lead),
    "unassign": lambda work_order, by, lead: actions.assign(work_order, by=by, to=None, crew=None),
    "take": lambda work_order, by, lead: actions.take(work_order, by=by),
    "start": lambda work_order, by, lead: actions.start(work_order, by=by),
    "hold": lambda work_order, by, lead: actions.hold(work_order, by=by, reason="weather"),
    "complete": lambda work_order, by, lead: actions.complete(work_order, by=by),
    "verify": lambda work_order, by, lead: actions.verify(work_order, by=by),
    "send_back": lambda work_order, by, lead: actions.send_back(work_order, by=by, reason="Drips"),
    "cancel": lambda work_order, by, lead: actions.cancel(work_order, by=by, reason="Sold"),
    "reinstate": lambda work_order, by, lead: actions.reinstate(work_order, by=by),
    "update": lambda work_order, by, lead: actions.update(work_order, by=by, changes={"description": "More"}),
    "delete": lambda work_order, by, lead: actions.delete(work_order, by=by),
    "comment": lambda work_order, by, lead: actions.comment(work_order, by=by, text="Hello"),
    "follow_up": lambda work_order, by, lead: actions.follow_up(work_order, by=by),
}
# What each act leads to from each meaning; "-" is a refusal. The job has a lead wherever a meaning allows one.
TABLE = """
              open         assigned     in_progress  on_hold      completed    cancelled    closed
assign        assigned     assigned     in_progress  on_hold      -            -            -
unassign      open         open         in_progress  on_hold      -            -            -
take          assigned     -            -            -            -            -            -
start         in_progress  in_progress  -            in_progress  -            -            -
hold          -            on_hold      on_hold      -            -            -            -
complete      -            -            completed    -            -            -            -
verify        -            -            -            -            closed       -            -
send_back     -            -            -            -            in_progress  -            -
cancel        cancelled    cancelled    cancelled    cancelled    -            -            -
reinstate     -            -            -            -            -            assigned     -
update        open         assigned     in_progress  on_hold      completed    cancelled    -
delete        gone         gone         -            -            -            -            -
comment       open         assigned     in_progress  on_hold      completed    cancelled    closed
follow_up     open         assigned     in_progress  on_hold      completed    cancelled    closed
"""


# (from, to, whether a reason is asked for), as the rules have them.
EDGES = {
    ("open", "assigned", False), ("assigned", "in_progress", False), ("in_progress", "completed", False),
    ("completed", "closed", False), ("open", "in_progress", False), ("assigned", "open", False),
    ("in_progress", "on_hold", False), ("on_hold", "in_progress", False), ("assigned", "on_hold", False),
    ("completed", "in_progress", True), ("open", "cancelled", True), ("assigned", "cancelled", True),
    ("in_progress", "cancelled", True), ("on_hold", "cancelled", True), ("cancelled", "open", False),
}  # fmt: skip


def expected() -> dict[tuple[str, str], str]:
    header, *lines = [line.split() for line in TABLE.strip().splitlines()]
    return {(line[0], meaning): cell for line in lines for meaning, cell in zip(header, line[1:], strict=True)}


def led_to(house: House, meaning: str) -> WorkOrder:
    """A job of `technician2` at this meaning."""
    if meaning == "open":
        return house.work()
    if meaning != "cancelled":
        return house.work(meaning, to="technician2")
    made = house.work(to="technician2")
    with house.inside():
        actions.cancel(made, by=None, reason="Sold")
    return house.read(made)


def test_every_act_from_every_meaning(house: House) -> None:
    admin, lead = house["admin"], house.profile()
    by = house.again(admin)
    with house.inside():  # the administrator is a technician too, so that "take" says no for the graph's reasons only
        type(lead).objects.create(member=admin, tenant=house.tenant)
    found: dict[tuple[str, str], str] = {}
    wrong_errors: list[str] = []
    assert {row[0] for row in expected()} == ACTS.keys()
    for meaning in Meaning.values:
        work_order = led_to(house, meaning)
        assert work_order.meaning == meaning
        for name, act in ACTS.items():
            with undone(house):
                try:
                    act(work_order, by, lead)
                except DomainError as error:
                    found[name, meaning] = "-"
                    if type(error) is not Conflict:
                        wrong_errors.append(f"{name} from {meaning}: {error!r}")
                else:
                    row = WorkOrder.objects.filter(pk=work_order.pk).first()
                    found[name, meaning] = row.meaning if row else "gone"
    assert found == expected()
    assert wrong_errors == []


def test_by_status_every_pair_of_meanings(house: House) -> None:
    """The API's way: `transition` follows exactly the edges, whatever act each stands for."""
    edges = {(start, end) for start, end, _ in EDGES}
    house.profile("technician3"), house["admin"]
    followed, codes = set(), set()
    for meaning in Meaning.values:
        work_order = led_to(house, meaning)
        for target in Meaning.values:
            with undone(house):
                to = Status.objects.get(tenant=house.tenant, key=target)
                work_order.refresh_from_db()
                try:
                    if meaning == "open" and target == "assigned":
                        actions.assign(work_order, by=house["admin"], to=house.profile("technician3"))
                    else:
                        actions.transition(
                            work_order,
                            to,
                            by=house["admin"],
                            fields={"reason": "parts" if target == "on_hold" else "x"},
                        )
                except Conflict as error:
                    codes.add(error.code)
                else:
                    followed.add((meaning, target))
    assert followed == edges
    assert codes == {"no_transition", "closed"}


def test_becoming_assigned_needs_somebody(house: House) -> None:
    work_order = house.work()
    with house.inside(), pytest.raises(Conflict) as refused:
        actions.transition(work_order, house.status("assigned"), by=house["admin"], fields={})
    assert refused.value.code == "assignee_needed"
    assert house.read(work_order).meaning == "open"


def test_the_shipped_edges_are_those_of_the_rules(house: House) -> None:
    with house.inside():
        found = {
            (edge.from_status.meaning, edge.to_status.meaning, edge.requires_reason)
            for edge in Transition.objects.select_related("from_status", "to_status")
        }
    assert found == EDGES


def test_a_refusal_says_what_is_possible_next(house: House) -> None:
    work_order = house.work("in_progress", to="technician")
    with pytest.raises(Conflict) as caught, house.inside():
        actions.verify(work_order, by=house["manager"])
    assert (caught.value.message, caught.value.headline, caught.value.extra) == (
        "Work that is “In progress” cannot become “Closed”. Possible next: On hold, Completed, Cancelled.",
        "Cannot change status",
        {"status": "in_progress"},
    )


@pytest.fixture
def edge(house: House) -> Callable[..., Transition]:
    """Draw an edge between two statuses by key, as the workflow page does."""

    def draw(start: str, end: str, **rules: Any) -> Transition:
        with house.inside():
            drawn = actions.save_transition(
                by=house["admin"], from_status=house.status(start), to_status=house.status(end), **rules
            )
        house.people.clear()  # whoever comes next finds the new catalogue
        return drawn

    return draw


def test_an_edge_asks_for_its_permission(house: House, edge: Callable[..., Transition]) -> None:
    edge("in_progress", "completed", permission="workorder.close")
    work_order = house.work("in_progress", to="technician")
    with house.refuses(PermissionDenied, permission="workorder.close"):
        actions.complete(work_order, by=house["technician"])
    with house.inside():
        actions.complete(work_order, by=house["manager"])
        assert house.read(work_order).meaning == "completed"


GUARDS: list[tuple[dict[str, Any], dict[str, Any], bool]] = [
    ({"guard_field": "estimated_minutes", "guard_operator": "present"}, {}, False),
    ({"guard_field": "estimated_minutes", "guard_operator": "present"}, {"estimated_minutes": 30}, True),
    ({"guard_field": "safety_requirements", "guard_operator": "present"}, {}, False),
    ({"guard_field": "safety_requirements", "guard_operator": "present"}, {"safety_requirements": ["loto"]}, True),
    ({"guard_field": "priority", "guard_operator": "equals", "guard_values": ["high"]}, {}, False),
    ({"guard_field": "priority", "guard_operator": "equals", "guard_values": ["medium"]}, {}, True),
    ({"guard_field": "type", "guard_operator": "in", "guard_values": ["inspection", "calibration"]}, {}, False),
    ({"guard_field": "type", "guard_operator": "in", "guard_values": ["inspection", "corrective"]}, {}, True),
    ({"guard_field": "problem", "guard_operator": "equals", "guard_values": ["SEAL"]}, {}, False),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "fields", "open_"), GUARDS)
def test_guards(
    house: House, edge: Callable[..., Transition], rule: dict[str, Any], fields: dict[str, Any], open_: bool
) -> None:
    edge("in_progress", "completed", **rule)
    work_order = house.work("in_progress", **fields)
    if open_:
        with house.inside():
            actions.complete(work_order, by=house["manager"])
        assert house.read(work_order).meaning == "completed"
    else:
        with house.refuses(Conflict, code="guard", field=rule["guard_field"]):
            actions.complete(work_order, by=house["manager"])


def test_a_guard_looks_at_what_comes_with_the_move(house: House, edge: Callable[..., Transition]) -> None:
    edge("in_progress", "completed", guard_field="problem", guard_operator="in", guard_values=["SEAL", "BELT"])
    belt, other = (factories.make_failure_code(house.tenant, code) for code in ("BELT", "BELTS"))
    work_order = house.work("in_progress")
    with house.refuses(Conflict, code="guard", field="problem"):
        actions.complete(work_order, by=house["manager"], problem=other)
    with house.inside():
        actions.complete(work_order, by=house["manager"], problem=belt)
    assert house.read(work_order).problem == belt


def test_what_is_missing_is_listed_all_at_once(house: House, edge: Callable[..., Transition]) -> None:
    edge(
        "in_progress", "completed", required_fields=["resolution", "failure_cause", "actual_minutes"],
        requires_reason=True,
    )  # fmt: skip
    work_order = house.work("in_progress")
    with house.refuses(
        Invalid,
        details={
            "failure_cause": "Failure cause is needed first.",
            "actual_minutes": "Actual hours is needed first.",
            "reason": "Say why.",
        },
    ):
        actions.complete(work_order, by=house["manager"], resolution="New seal")


def test_a_removed_edge_closes_the_way(house: House) -> None:
    work_order = house.work()
    with house.inside():
        gone = Transition.objects.get(from_status=house.status("open"), to_status=house.status("in_progress"))
        actions.delete_transition(gone, by=house["admin"])
    house.people.clear()
    with house.refuses(Conflict, code="no_transition"):
        actions.start(work_order, by=house["technician"])


def test_rules_hang_on_the_meaning_when_everything_is_renamed(house: House) -> None:
    for meaning in Meaning.values:
        with house.inside():
            actions.update_entry(house.status(meaning), by=house["admin"], changes={"name": f"Zz {meaning}"})
    house.people.clear()
    work_order = house.work()
    with house.inside():
        actions.start(work_order, by=house["technician"])
        actions.complete(work_order, by=house["technician"])
        actions.verify(work_order, by=house["manager"])
    assert [to for _, to, _ in house.log(work_order)] == ["open", "in_progress", "completed", "closed"]
    with pytest.raises(Conflict, match="Zz closed"), house.inside():
        actions.start(work_order, by=house["manager"])


@pytest.fixture
def finer(house: House, edge: Callable[..., Transition]) -> dict[str, Status]:
    """Further statuses: "triaged" (open), "testing" (in progress), "abroad" (on hold), "accepted" (completed)."""
    more = {"triaged": "open", "testing": "in_progress", "abroad": "on_hold", "accepted": "completed"}
    with house.inside():
        made = {
            key: actions.add_entry(Status, by=house["admin"], name=key.title(), meaning=meaning, position=position)
            for position, (key, meaning) in enumerate(more.items(), start=20)
        }
    for start, end in (
        ("open", "triaged"), ("assigned", "triaged"), ("in_progress", "testing"), ("testing", "completed"),
        ("on_hold", "abroad"), ("abroad", "in_progress"), ("completed", "accepted"), ("in_progress", "assigned"),
        ("in_progress", "open"),
    ):  # fmt: skip
        edge(start, end, requires_reason=end == "abroad")
    return made


def test_relabel_moves_within_a_meaning(house: House, finer: dict[str, Status]) -> None:
    work_order, manager = house.work("in_progress", to="technician"), house["manager"]
    seen = house.last_event()
    with house.inside():
        actions.relabel(work_order, finer["testing"], by=house["technician"])
    found = house.read(work_order)
    assert (found.status_id, found.meaning, found.started_at) == (
        finer["testing"].pk, "in_progress", work_order.started_at,
    )  # fmt: skip
    assert house.events(after=seen) == [
        ("work_order.updated", house["technician"].pk, {"status": ["in_progress", "testing"]})
    ]
    with house.inside():
        actions.complete(work_order, by=manager)
    done = house.read(work_order)
    with house.inside():
        actions.relabel(work_order, finer["accepted"], by=manager)
    assert house.read(work_order).completed_at == done.completed_at


def test_relabel_keeps_the_hold_and_asks_for_the_reason_of_the_edge(house: House, finer: dict[str, Status]) -> None:
    work_order = house.work("on_hold", to="technician")
    with house.refuses(Invalid, details={"reason": "Say why."}):
        actions.relabel(work_order, finer["abroad"], by=house["technician"])
    with house.inside():
        actions.relabel(work_order, finer["abroad"], by=house["technician"], reason="At the maker's")
    found = house.read(work_order)
    assert (found.status_id, found.hold_reason, found.hold_note, house.log(found)[-1]) == (
        finer["abroad"].pk, "parts", "Seal kit ordered", ("on_hold", "on_hold", "At the maker's"),
    )  # fmt: skip


def test_relabel_is_no_way_round_the_acts(house: House, finer: dict[str, Status]) -> None:
    """Closing, cancelling and the rest have permissions of their own; `relabel` only asks who works on it."""
    work_order = house.work("completed", to="technician")
    with house.refuses(Conflict, code="no_transition"):
        actions.relabel(work_order, house.status("closed"), by=house["technician"])
    with house.refuses(Conflict, code="no_transition"):
        actions.relabel(house.work("in_progress"), house.status("on_hold"), by=house["manager"])
    with house.refuses(PermissionDenied, permission="workorder.work_any"):
        actions.relabel(house.work("in_progress", to="technician"), finer["testing"], by=house["technician2"])
    with house.refuses(Conflict, code="closed"):
        actions.relabel(house.work("closed"), finer["testing"], by=house["manager"])


def test_transition_reaches_the_status_that_was_named(house: House, finer: dict[str, Status]) -> None:
    manager = house["manager"]
    cases = [
        (house.work(), "triaged"),
        (house.work(to="technician"), "triaged"),
        (house.work("in_progress", to="technician"), "testing"),
        (house.work("in_progress", to="technician"), "assigned"),
        (house.work("in_progress", to="technician"), "open"),
        (house.work("on_hold", to="technician"), "abroad"),
        (house.work("completed", to="technician"), "accepted"),
    ]
    for work_order, key in cases:
        with house.inside():
            actions.transition(work_order, house.status(key), by=manager, fields={"reason": "parts"})
        found = house.read(work_order)
        lead = None if key in ("triaged", "open") else work_order.assigned_to_id
        assert (found.status.key, found.assigned_to_id) == (key, lead)


def test_transition_carries_what_the_act_takes(house: House) -> None:
    done = timezone.now() - dt.timedelta(minutes=10)
    work_order = house.work("in_progress", to="technician")
    seal = factories.make_failure_code(house.tenant, "SEAL")
    fields = {"resolution": "New seal", "failure_cause": "Age", "problem": seal, "actual_minutes": 5, "at": done}
    with house.inside():
        actions.transition(work_order, house.status("completed"), by=house["technician"], fields=fields)
    found = house.read(work_order)
    assert (found.resolution, found.failure_cause, found.problem, found.actual_minutes, found.completed_at) == (
        "New seal", "Age", seal, 5, done,
    )  # fmt: skip
    with house.refuses(Invalid, field="reason"):
        actions.transition(found, house.status("in_progress"), by=house["manager"], fields={})
    unassigned = house.work()
    with house.refuses(Conflict, code="assignee_needed"):
        actions.transition(unassigned, house.status("assigned"), by=house["manager"], fields={})


def test_acts_ask_their_own_permission_through_transition_too(house: House) -> None:
    cases = {
        "closed": (house.work("completed", to="technician"), "workorder.close"),
        "in_progress": (house.work("completed", to="technician"), "workorder.close"),
        "cancelled": (house.work(to="technician"), "workorder.cancel"),
        "open": (house.work(to="technician"), "workorder.assign"),
        "completed": (house.work("in_progress", to="technician2"), "workorder.work_any"),
    }
    for key, (work_order, permission) in cases.items():
        with house.refuses(PermissionDenied, permission=permission):
            actions.transition(work_order, house.status(key), by=house["technician"], fields={"reason": "x"})


def test_a_retired_status_is_no_target(house: House, finer: dict[str, Status]) -> None:
    with house.inside():
        actions.update_entry(house.read(finer["testing"]), by=house["admin"], changes={"is_active": False})
    house.people.clear()
    work_order = house.work("in_progress")
    with house.inside():
        names = [status.key for status in workflow.possible(work_order, house["admin"])]
    assert names == ["open", "assigned", "on_hold", "completed", "cancelled"]
    with house.refuses(Conflict, code="no_transition"):
        actions.relabel(work_order, finer["testing"], by=house["manager"])


def test_possible_leaves_out_edges_the_member_may_not_take(house: House, edge: Callable[..., Transition]) -> None:
    edge("in_progress", "completed", permission="workorder.close")
    work_order = house.work("in_progress")
    with house.inside():
        found = {
            name: [status.key for status in workflow.possible(work_order, house[name])]
            for name in ("technician", "manager")
        }
    assert found == {"technician": ["on_hold", "cancelled"], "manager": ["on_hold", "completed", "cancelled"]}


def test_the_log_holds_both_clocks_and_who(house: House) -> None:
    work_order, happened = house.work(to="technician"), timezone.now() - dt.timedelta(hours=2)
    with house.inside():
        actions.start(work_order, by=house["technician"], at=happened)
        row = StatusLog.objects.filter(work_order=work_order).last()
    assert (row.occurred_at, row.by_id, row.from_meaning, row.to_meaning) == (
        happened, house["technician"].pk, "assigned", "in_progress",
    )  # fmt: skip
    assert row.recorded_at - happened > dt.timedelta(hours=1)


def test_overdue_is_computed_and_blocks_nothing(house: House) -> None:
    late = house.work("in_progress", due_at=timezone.now() - dt.timedelta(days=1))
    house.work("completed", due_at=timezone.now() - dt.timedelta(days=1))
    house.work(due_at=timezone.now() + dt.timedelta(days=1))
    with house.inside():
        assert list(WorkOrder.objects.overdue()) == [late]
        actions.complete(late, by=house["manager"])
        assert list(WorkOrder.objects.overdue()) == []
