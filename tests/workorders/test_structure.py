"""Further assets; split and merge: what moves, what stays, what is refused."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from core.errors import Conflict, Invalid, PermissionDenied
from inventory.models import Part
from tests import factories
from tests.house import House
from workorders import actions, links
from workorders.models import Comment, FurtherAsset, PartLine, Task, TimeEntry, WorkOrder, WorkOrderLink


def part(house: House) -> Part:
    with house.inside():
        number = Part.objects.count()
        return Part.objects.create(tenant=house.tenant, number=f"P-{number}", name=f"Seal {number}", unit_cost=10)


def steps(house: House, work_order: WorkOrder, *texts: str, **more: Any) -> list[Task]:
    with house.inside():
        given = [{"description": text, **more} for text in texts]
        return actions.add_tasks(work_order, by=house["dispatcher"], steps=given)


def lines(house: House, work_order: WorkOrder, count: int = 1, *, issued: int = 0) -> list[PartLine]:
    found = [{"part": part(house), "quantity": Decimal(2)} for _ in range(count)]
    with house.inside():
        made = actions.add_parts(work_order, by=house["dispatcher"], lines=found)
        for line in made[:issued]:
            actions.issue_part(line, by=house["dispatcher"], quantity=Decimal(1))
        return made


def names(house: House, work_order: WorkOrder) -> list[tuple[int, str]]:
    with house.inside():
        return list(work_order.tasks.order_by("position").values_list("position", "description"))


def assets_of(house: House, work_order: WorkOrder) -> set[Any]:
    with house.inside():
        return set(FurtherAsset.objects.filter(work_order=work_order).values_list("asset_id", flat=True))


# --- Further assets ---------------------------------------------------------------------------------------------------
def test_a_further_asset_is_named_once_and_taken_off(house: House) -> None:
    work_order, asset, by = house.work(), factories.make_asset(house.tenant), house["dispatcher"]
    seen = house.last_event()
    with house.inside():
        actions.add_further_asset(work_order, by=by, asset=asset)
        actions.add_further_asset(work_order, by=by, asset=asset)
        assert list(WorkOrder.objects.on_asset(asset)) == [work_order]
        actions.remove_further_asset(work_order, by=by, asset=asset)
        actions.remove_further_asset(work_order, by=by, asset=asset)
    assert assets_of(house, work_order) == set()
    assert house.events(after=seen) == [
        ("work_order.updated", by.pk, {"further_assets": change})
        for change in ([None, str(asset.pk)], [str(asset.pk), None])
    ]


def test_further_asset_refusals(house: House, stranger: House) -> None:
    main, other = factories.make_asset(house.tenant), factories.make_asset(house.tenant)
    gone = factories.make_asset(house.tenant, archived_at=timezone.now())
    work_order, by = house.work(asset=main), house["dispatcher"]
    for asset in (main, gone, factories.make_asset(stranger.tenant)):
        with house.refuses(Invalid, field="asset"):
            actions.add_further_asset(work_order, by=by, asset=asset)
    with house.refuses(PermissionDenied, permission="workorder.edit"):
        actions.add_further_asset(work_order, by=house["technician"], asset=other)
    with house.refuses(Conflict, code="closed"):
        actions.add_further_asset(house.work("closed"), by=by, asset=other)
    with house.refuses(PermissionDenied, permission="workorder.edit"):
        actions.remove_further_asset(work_order, by=house["technician"], asset=other)


# --- Split ------------------------------------------------------------------------------------------------------------
def test_a_split_moves_what_was_chosen_and_loses_nothing(house: House) -> None:
    main, two, three = (factories.make_asset(house.tenant) for _ in range(3))
    above = house.work()
    work_order = house.work("in_progress", to="technician", asset=main, requested_by=house["requester"], title="Both")
    by = house["dispatcher"]
    made_steps = steps(house, work_order, "One", "Two", "Three")
    made_lines = lines(house, work_order, 2)
    with house.inside():
        actions.set_parent(work_order, by=by, parent=above)
        for asset in (two, three):
            actions.add_further_asset(work_order, by=by, asset=asset)
        actions.answer_task(made_steps[1], by=house["technician"], answer=True)
        actions.comment(work_order, by=by, text="Stays")
    seen = house.last_event()
    with house.inside():
        made = actions.split(
            work_order, by=by, title="Second pump", tasks=made_steps[1:], parts=made_lines[:1], assets=[two, three]
        )
    made = house.read(made)
    assert (made.title, made.asset_id, made.parent_id) == ("Second pump", two.pk, above.pk)
    assert (made.requested_by_id, made.meaning) == (house["requester"].pk, "open")
    assert (names(house, work_order), names(house, made)) == ([(1, "One")], [(1, "Two"), (2, "Three")])
    assert (house.read(work_order).progress, made.progress) == (0, 50)
    assert (assets_of(house, work_order), assets_of(house, made)) == (set(), {three.pk})
    with house.inside():
        assert list(made.part_lines.values_list("pk", flat=True)) == [made_lines[0].pk]
        assert list(work_order.part_lines.values_list("pk", flat=True)) == [made_lines[1].pk]
        assert list(WorkOrderLink.objects.values_list("first", "kind", "second")) == [
            (made.pk, "split_from", work_order.pk)
        ]
        assert Comment.objects.get().work_order_id == work_order.pk
    split = [changes for kind, _, changes in house.events(after=seen) if kind == "work_order.split"]
    assert split == [{"into": [None, str(made.pk)], "moved": [None, {"tasks": 2, "parts": 1, "assets": 2}]}]


def test_split_refusals(house: House) -> None:
    main = factories.make_asset(house.tenant)
    work_order, other, by = house.work(asset=main), house.work(), house["dispatcher"]
    (one, two) = steps(house, work_order, "One", "Two")
    given, free = lines(house, work_order, 2, issued=1)
    with house.inside():
        Task.objects.filter(pk=two.pk).update(condition_on=one, condition_operator="is", condition_value="done")
    for wrong in (
        {},
        {"tasks": [two]},
        {"tasks": [one]},
        {"tasks": steps(house, other, "Else")},
    ):
        with house.refuses(Invalid, field="tasks"):
            actions.split(work_order, by=by, **wrong)
    for others in ([given], lines(house, other)):
        with house.refuses(Invalid, field="parts"):
            actions.split(work_order, by=by, parts=others)
    with house.refuses(Invalid, field="assets"):
        actions.split(work_order, by=by, assets=[main])
    with house.refuses(PermissionDenied, permission="workorder.edit"):
        actions.split(work_order, by=house["technician"], parts=[free])
    with house.refuses(PermissionDenied, permission="workorder.create"):
        actions.split(work_order, by=house.having("workorder.edit"), parts=[free])
    for meaning in ("completed", "cancelled", "closed"):
        with house.refuses(Conflict, code=meaning):
            actions.split(house.work(meaning), by=by, parts=[free])


# --- Merge ------------------------------------------------------------------------------------------------------------
def test_a_merge_moves_what_is_not_booked_and_loses_nothing(house: House) -> None:
    main, second = factories.make_asset(house.tenant), factories.make_asset(house.tenant)
    into = house.work("in_progress", to="technician", asset=main)
    other = house.work("in_progress", to="technician2", asset=second, title="Leak", description="Left side")
    blocked, child, by = house.work(), house.work(), house["dispatcher"]
    steps(house, into, "One")
    steps(house, other, "Two", "Three")
    given, free = lines(house, other, 2, issued=1)
    with house.inside():
        TimeEntry.objects.create(
            tenant=house.tenant,
            work_order=other,
            person=by,
            worked_on=timezone.now().date(),
            minutes=90,
            rate=60,
            cost=90,
        )
        note = actions.comment(other, by=by, text="It drips")
        actions.link(other, by=by, kind="blocks", to=blocked)
        actions.set_parent(child, by=by, parent=other)
    with house.inside():
        actions.merge(into, by=by, others=[other], reason="Same hose")
    into, other = house.read(into), house.read(other)
    assert (into.meaning, other.meaning) == ("in_progress", "cancelled")
    assert house.log(other)[-1] == ("in_progress", "cancelled", f"Merged into {into.number}. Same hose")
    assert names(house, into) == [(1, "One"), (2, "Two"), (3, "Three")]
    assert assets_of(house, into) == {second.pk}
    with house.inside():
        assert list(into.part_lines.values_list("pk", flat=True)) == [free.pk]
        assert list(other.part_lines.values_list("pk", flat=True)) == [given.pk]
        texts = list(Comment.objects.filter(work_order=into).values_list("text", flat=True))
        assert (note.text in texts, any("Left side" in text for text in texts)) == (True, True)
        assert WorkOrder.objects.get(pk=child.pk).parent_id == into.pk
        kinds = set(WorkOrderLink.objects.values_list("first", "kind", "second"))
        assert kinds == {(into.pk, "blocks", blocked.pk), (other.pk, "merged_into", into.pk)}
        found = links.family(into, by)
    assert other.time_entries.model.__name__ == "TimeEntry"
    assert found.minutes == 90
    assert found.costs >= Decimal(100)
    assert into.labor_cost == 0


def test_merge_refusals(house: House, stranger: House) -> None:
    into, by = house.work(), house["dispatcher"]
    other = house.work()
    for wrong in ([], [into], [stranger.work()]):
        with house.refuses(Invalid):
            actions.merge(into, by=by, others=wrong)
    with house.refuses(PermissionDenied, permission="workorder.edit"):
        actions.merge(into, by=house["technician"], others=[other])
    with house.refuses(PermissionDenied, permission="workorder.cancel"):
        actions.merge(into, by=house.having("workorder.edit"), others=[other])
    for meaning in ("completed", "cancelled", "closed"):
        ended = house.work(meaning)
        with house.refuses(Conflict, code=meaning):
            actions.merge(into, by=by, others=[ended])
        with house.refuses(Conflict, code=meaning):
            actions.merge(ended, by=by, others=[other])


def test_a_merge_that_would_wait_for_itself_is_refused_whole(house: House) -> None:
    one, two, between, by = house.work(), house.work(), house.work(), house["dispatcher"]
    with house.inside():
        actions.link(one, by=by, kind="blocks", to=between)
        actions.link(between, by=by, kind="blocks", to=two)
    with house.refuses(Conflict, code="cycle"):
        actions.merge(one, by=by, others=[two])


def test_a_part_merges_with_its_whole(house: House) -> None:
    above, whole, piece, by = house.work(), house.work(), house.work(), house["dispatcher"]
    with house.inside():
        actions.set_parent(whole, by=by, parent=above)
        actions.set_parent(piece, by=by, parent=whole)
        actions.merge(piece, by=by, others=[whole])
    assert house.read(piece).parent_id == above.pk


@pytest.mark.parametrize("count", [1, 3])
def test_moving_steps_takes_the_same_queries_for_one_and_three(
    house: House, django_assert_max_num_queries: Any, count: int
) -> None:
    work_order, by = house.work(), house["dispatcher"]
    made = steps(house, work_order, *(f"Step {number}" for number in range(count)))
    with house.inside(), django_assert_max_num_queries(45):
        actions.split(work_order, by=by, tasks=made)
