"""Links between work orders: blocking, duplicates, parts of a whole; what blocked work may do."""

from __future__ import annotations

from typing import Any

import pytest

from core.errors import Conflict, Invalid, PermissionDenied, Stale
from tests import factories
from tests.house import House
from workorders import actions, links
from workorders.choices import LinkKind
from workorders.models import WorkOrder, WorkOrderLink


def linked(house: House) -> list[tuple[Any, str, Any]]:
    with house.inside():
        return list(WorkOrderLink.objects.values_list("first", "kind", "second"))


def told(house: House, seen: int, kind: str) -> list[Any]:
    return [changes for type_, _, changes in house.events(after=seen) if type_ == kind]


def block(house: House, first: WorkOrder, second: WorkOrder) -> WorkOrderLink:
    by = house["dispatcher"]
    with house.inside():
        return actions.link(first, by=by, kind="blocks", to=second)


def test_a_link_is_told_on_both_ends_and_made_once(house: House) -> None:
    first, second, by = house.work(), house.work(), house["dispatcher"]
    seen = house.last_event()
    with house.inside():
        made = actions.link(first, by=by, kind="blocks", to=second)
        assert actions.link(first, by=by, kind="blocks", to=second) == made
    assert linked(house) == [(first.pk, "blocks", second.pk)]
    assert told(house, seen, "work_order.linked") == [
        {"link": [None, {"kind": "blocks", "workOrderId": str(second.pk)}]},
        {"link": [None, {"kind": "blocks:by", "workOrderId": str(first.pk)}]},
    ]
    assert (house.read(first).version, house.read(second).version) == (first.version + 1, second.version + 1)


def test_related_is_the_same_from_both_sides(house: House) -> None:
    first, second, by = house.work(), house.work("closed"), house["manager"]
    with house.inside():
        made = actions.link(first, by=by, kind="related", to=second)
    third = house.work()
    with house.inside():
        actions.link(third, by=by, kind="related", to=first)
        assert actions.link(first, by=by, kind="related", to=third).first_id == third.pk
    assert [row[0] for row in linked(house)] == [made.first_id, third.pk]


def test_a_duplicate_is_cancelled_and_says_of_what(house: House) -> None:
    first, second, by = house.work(), house.work("in_progress", to="technician"), house["dispatcher"]
    with house.inside():
        actions.link(first, by=by, kind="duplicate_of", to=second, reason="Same hose")
    assert house.read(first).meaning == "cancelled"
    assert house.log(first)[-1] == ("open", "cancelled", f"Duplicate of {second.number}. Same hose")
    assert linked(house) == [(first.pk, "duplicate_of", second.pk)]
    assert house.read(second).meaning == "in_progress"


def test_link_refusals(house: House, stranger: House) -> None:
    first, second, by = house.work(), house.work(), house["dispatcher"]
    done, closed, cancelled = house.work("completed"), house.work("closed"), house.work("cancelled")
    theirs = stranger.work()
    with house.refuses(PermissionDenied, permission="workorder.edit"):
        actions.link(first, by=house["technician"], kind="related", to=second)
    with house.refuses(PermissionDenied, permission="workorder.cancel"):
        actions.link(first, by=house.having("workorder.edit"), kind="duplicate_of", to=second)
    with house.refuses(Invalid, field="kind"):
        actions.link(first, by=by, kind="merged_into", to=second)
    for other in (first, theirs):
        with house.refuses(Invalid, field="to"):
            actions.link(first, by=by, kind="related", to=other)
    with house.refuses(Conflict, code="closed"):
        actions.link(closed, by=by, kind="related", to=first)
    for ended in (done, closed, cancelled):
        with house.refuses(Conflict, code=ended.meaning):
            actions.link(first, by=by, kind="blocks", to=ended)
    with house.refuses(Conflict, code="completed"):
        actions.link(done, by=by, kind="duplicate_of", to=first)
    with house.refuses(Conflict, code="cancelled"):
        actions.link(first, by=by, kind="duplicate_of", to=cancelled)


def test_who_reported_it_may_say_to_what_it_is_related(house: House) -> None:
    mine, other = house.work(requested_by=house["technician"]), house.work()
    with house.inside():
        actions.link(mine, by=house["technician"], kind="related", to=other)
    with house.refuses(PermissionDenied, permission="workorder.edit"):
        actions.link(other, by=house["technician"], kind="related", to=mine)
    assert linked(house) == [(mine.pk, "related", other.pk)]


def test_work_does_not_wait_for_itself(house: House) -> None:
    one, two, three = house.work(), house.work(), house.work()
    block(house, one, two), block(house, two, three)
    with house.refuses(Conflict, code="cycle"):
        actions.link(three, by=house["dispatcher"], kind="blocks", to=one)
    with house.refuses(Conflict, code="cycle"):
        actions.link(two, by=house["dispatcher"], kind="blocks", to=one)


def test_a_link_is_taken_back_and_told(house: House) -> None:
    first, second, by = house.work(), house.work(), house["dispatcher"]
    made = block(house, first, second)
    with house.refuses(PermissionDenied, permission="workorder.edit"):
        actions.unlink(made, by=house["technician"])
    seen = house.last_event()
    with house.inside():
        actions.unlink(made, by=by)
        actions.unlink(made, by=by)
    assert linked(house) == []
    assert len(told(house, seen, "work_order.unlinked")) == 2


def test_links_of_a_split_or_a_merge_stay(house: House) -> None:
    first, second, by = house.work(), house.work(), house["dispatcher"]
    with house.inside():
        actions.merge(first, by=by, others=[second])
        row = WorkOrderLink.objects.select_related("first", "second").get(kind=LinkKind.MERGED_INTO)
    with house.refuses(Conflict, code="kept"):
        actions.unlink(row, by=by)


# --- Parts of a whole -------------------------------------------------------------------------------------------------
def parent(house: House, child: WorkOrder, above: WorkOrder | None, **options: Any) -> None:
    by = house["dispatcher"]
    with house.inside():
        actions.set_parent(child, by=by, parent=above, **options)


def test_a_part_moves_from_one_whole_to_another_and_out(house: House) -> None:
    child, one, two = house.work(), house.work(), house.work()
    seen = house.last_event()
    parent(house, child, one)
    parent(house, child, one)
    parent(house, child, two)
    assert house.read(child).parent_id == two.pk
    parent(house, child, None)
    assert house.read(child).parent_id is None
    pairs = {(name, *values) for changes in told(house, seen, "work_order.updated") for name, values in changes.items()}
    mine = str(child.pk)
    assert pairs == {
        ("parent", None, str(one.pk)), ("parent", str(one.pk), str(two.pk)), ("parent", str(two.pk), None),
        ("children", None, mine), ("children", mine, None),
    }  # fmt: skip
    assert len(told(house, seen, "work_order.updated")) == 7


def test_parent_refusals(house: House, stranger: House) -> None:
    child, above, by = house.work(), house.work(), house["dispatcher"]
    closed = house.work("closed")
    with house.refuses(PermissionDenied, permission="workorder.edit"):
        actions.set_parent(child, by=house["technician"], parent=above)
    for other in (child, stranger.work()):
        with house.refuses(Invalid, field="to"):
            actions.set_parent(child, by=by, parent=other)
    for ended in (house.work("completed"), closed, house.work("cancelled")):
        with house.refuses(Conflict, code=ended.meaning):
            actions.set_parent(child, by=by, parent=ended)
    with house.refuses(Conflict, code="closed"):
        actions.set_parent(closed, by=by, parent=above)
    with house.refuses(Stale):
        actions.set_parent(child, by=by, parent=above, expected_version=9)
    parent(house, child, above)
    grandchild = house.work()
    parent(house, grandchild, child)
    for below in (child, grandchild):
        with house.refuses(Conflict, code="cycle"):
            actions.set_parent(above, by=by, parent=below)


def test_the_whole_counts_its_parts(house: House) -> None:
    above, by = house.work(), house["dispatcher"]
    for meaning in ("", "completed", "closed", "cancelled"):
        child = house.work()
        parent(house, child, above)
        if meaning:
            factories.advance(child, meaning)
    with house.inside():
        found = links.family(house.read(above), by)
    assert (found.done, found.due, len(found.children)) == (2, 3, 4)


@pytest.mark.parametrize("count", [1, 3])
def test_a_family_takes_three_queries_whatever_there_is(
    house: House, django_assert_num_queries: Any, count: int
) -> None:
    work_order, by = house.work(), house["dispatcher"]
    for _ in range(count):
        parent(house, house.work(), work_order)
        block(house, house.work(), work_order)
    work_order = house.read(work_order)
    with house.inside(), django_assert_num_queries(3):
        found = links.family(work_order, by)
    assert (len(found.children), len(found.links)) == (count, count)


def test_what_a_member_does_not_see_is_not_in_the_family(house: House) -> None:
    mine, other, third = house.work("assigned", to="technician"), house.work("assigned"), house.work("assigned")
    block(house, other, mine)
    parent(house, third, mine)
    with house.inside():
        found = links.family(house.read(mine), house["technician"])
        assert len(links.family(house.read(mine), house["dispatcher"]).links) == 1
    assert (found.links, found.children) == ([], [])


# --- Blocked work -----------------------------------------------------------------------------------------------------
def test_a_technician_does_not_start_what_is_blocked(house: House) -> None:
    first, second = house.work(), house.work("assigned", to="technician")
    block(house, first, second)
    with house.refuses(Conflict, code="blocked"):
        actions.start(second, by=house["technician"])
    factories.advance(first, "completed")
    with house.inside():
        assert actions.start(second, by=house["technician"]).meaning == "in_progress"


def test_who_plans_starts_it_with_a_reason_that_is_kept(house: House) -> None:
    first, second, by = house.work(), house.work("assigned", to="technician"), house["dispatcher"]
    block(house, first, second)
    with house.refuses(Conflict, code="blocked", field="reason"):
        actions.start(second, by=by, reason=" ")
    with house.inside():
        actions.start(second, by=by, reason="Crane is only here today")
    assert house.log(second)[-1] == ("assigned", "in_progress", "Crane is only here today")


def test_the_api_s_transition_takes_the_reason_along(house: House) -> None:
    from tests.api.conftest import caller

    first, second = house.work(), house.work("assigned", to="technician")
    block(house, first, second)
    api = caller(house["dispatcher"])
    refused = api.post(f"work-orders/{second.pk}/transitions", {"status": "in_progress"})
    assert (refused.status_code, refused.json()["code"], first.number in refused.json()["reason"]) == (
        409, "blocked", True,
    )  # fmt: skip
    done = api.post(f"work-orders/{second.pk}/transitions", {"status": "in_progress", "reason": "Crane"})
    assert done.status_code == 200


# --- Deleting ---------------------------------------------------------------------------------------------------------
def test_work_that_other_work_hangs_on_is_not_deleted(house: House) -> None:
    above, into, by = house.work(), house.work(), house["manager"]
    parent(house, house.work(), above)
    with house.inside():
        actions.merge(into, by=by, others=[house.work()])
    for work_order, code in ((above, "has_children"), (into, "has_merged")):
        with house.refuses(Conflict, code=code):
            actions.delete(work_order, by=by)


def test_other_links_go_with_deleted_work(house: House) -> None:
    first, second, above = house.work(), house.work(), house.work()
    block(house, first, second)
    parent(house, first, above)
    with house.inside():
        actions.delete(first, by=house["manager"])
    assert linked(house) == []
