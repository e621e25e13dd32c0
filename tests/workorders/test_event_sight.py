"""Who hears of an event about work that just left their sight."""

from __future__ import annotations

from core.live_reader import EventRow
from core.models import Event
from tests.house import House
from workorders import actions
from workorders.event_sight import visible_events
from workorders.models import WorkOrder


def heard(house: House, name: str, work: WorkOrder, kind: str) -> bool:
    """Whether the person hears of the last event of this kind about the job."""
    with house.inside():
        last = Event.objects.filter(work_order_id=work.pk, type=f"work_order.{kind}").order_by("seq").last()
        assert last is not None
        names = EventRow.__dataclass_fields__
        row = EventRow(**{name: getattr(last, name) for name in names})
        return visible_events(house[name], [row]) == {row.cursor}


def test_whoever_loses_the_job_hears_of_it_once(house: House) -> None:
    work = house.work(to="technician")
    with house.inside():
        actions.assign(work, by=house["dispatcher"], to=house.profile("technician2"))
        assert not WorkOrder.objects.visible_to(house["technician"]).filter(pk=work.pk).exists()
    assert heard(house, "technician", work, "assigned")
    with house.inside():
        actions.start(work, by=house["dispatcher"])
    assert not heard(house, "technician", work, "started")


def test_work_taken_from_the_pool_is_told_to_those_who_saw_it_there(house: House) -> None:
    work = house.work()
    with house.inside():
        actions.take(work, by=house["technician2"])
    assert heard(house, "technician", work, "assigned")
    assert not heard(house, "requester", work, "assigned")


def test_handing_on_a_job_that_was_never_theirs_is_not_told(house: House) -> None:
    work = house.work(to="technician2")
    with house.inside():
        actions.assign(work, by=house["dispatcher"], to=house.profile("technician3"))
    assert not heard(house, "technician", work, "assigned")
