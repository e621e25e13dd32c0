"""Acts on technicians and crews."""

from __future__ import annotations

from decimal import Decimal

from core.errors import Conflict, Invalid, NotFound, PermissionDenied, Stale
from labor import actions
from labor.models import Crew, CrewMembership, Technician
from tests import factories
from tests.house import House


def test_make_technician_shares_the_members_id(house: House) -> None:
    member, seen = house["viewer"], house.last_event()
    with house.inside():
        made = actions.make_technician(
            member, by=house["manager"], trade="Fitter", employee_number="E7", hourly_rate=Decimal("51.50")
        )
    found = house.read(made)
    assert (found.pk, found.trade, found.employee_number, found.hourly_rate, found.is_active) == (
        member.pk, "Fitter", "E7", Decimal("51.50"), True,
    )  # fmt: skip
    assert house.events(after=seen) == [("technician.created", house["manager"].pk, {"name": [None, member.name]})]


def test_make_technician_refusals(house: House, stranger: House) -> None:
    manager, planner = house["manager"], house.lacking("people.rates")
    house.profile("technician")
    with house.inside():
        Technician.objects.update(employee_number="E7")
    with house.refuses(Conflict, code="technician"):
        actions.make_technician(house["technician"], by=manager)
    with house.refuses(PermissionDenied, permission="people.edit"):
        actions.make_technician(house["viewer"], by=house["dispatcher"])
    with house.refuses(PermissionDenied, permission="people.rates"):
        actions.make_technician(house["viewer"], by=planner, hourly_rate=Decimal(50))
    with house.refuses(Invalid, field="member"):
        actions.make_technician(stranger["viewer"], by=manager)
    with house.refuses(Invalid):
        actions.make_technician(house["viewer"], by=manager, employee_number="e7")
    with house.refuses(Invalid):
        actions.make_technician(house["viewer"], by=manager, hourly_rate=Decimal(-1))


def test_update_technician_never_tells_the_rate(house: House) -> None:
    technician, seen = house.profile(), house.last_event()
    with house.inside():
        actions.update_technician(
            technician, by=house["manager"], changes={"trade": "Welder", "hourly_rate": Decimal(70)}
        )
        actions.update_technician(technician, by=house["manager"], changes={"trade": "Welder"})
    assert (house.read(technician).trade, house.read(technician).hourly_rate) == ("Welder", Decimal(70))
    assert house.events(after=seen) == [
        ("technician.updated", house["manager"].pk, {"trade": ["Fitter", "Welder"], "hourly_rate": []})
    ]


def test_update_technician_refusals(house: House, stranger: House) -> None:
    technician = house.profile()
    with house.refuses(PermissionDenied, permission="people.edit"):
        actions.update_technician(technician, by=house["dispatcher"], changes={"trade": "x"})
    with house.refuses(PermissionDenied, permission="people.rates"):
        actions.update_technician(technician, by=house.lacking("people.rates"), changes={"hourly_rate": Decimal(1)})
    with house.refuses(Stale):
        actions.update_technician(technician, by=house["manager"], changes={"trade": "x"}, expected_version=5)
    with house.refuses(NotFound):
        actions.update_technician(stranger.profile(), by=house["manager"], changes={"trade": "x"})


def test_save_crew_has_exactly_these_people(house: House) -> None:
    manager, first, second = house["manager"], house.profile("technician"), house.profile("technician2")
    seen = house.last_event()
    with house.inside():
        crew = actions.save_crew(by=manager, name=" Night ", technicians=[first, second], lead=first)
    with house.inside():
        actions.save_crew(by=manager, crew=crew, name="Night", technicians=[second], lead=second, is_active=False)
        people = list(CrewMembership.objects.filter(crew=crew).values_list("technician_id", flat=True))
    found = house.read(crew)
    assert (found.name, found.lead_id, found.is_active, people, found.version) == (
        "Night", second.pk, False, [second.pk], 2,
    )  # fmt: skip
    assert [kind for kind, _, _ in house.events(after=seen)] == ["crew.created", "crew.updated"]


def test_a_crew_saved_as_it_was_writes_nothing(house: House) -> None:
    manager, one = house["manager"], house.profile()
    with house.inside():
        crew = actions.save_crew(by=manager, name="Night", technicians=[one])
    before = house.marks()
    with house.inside():
        actions.save_crew(by=manager, crew=crew, name="Night", technicians=[one])
    assert house.marks() == before


def test_save_crew_refusals(house: House, stranger: House) -> None:
    manager, one, two = house["manager"], house.profile("technician"), house.profile("technician2")
    factories.make_crew(house.tenant, name="Day")
    with house.refuses(PermissionDenied, permission="people.edit"):
        actions.save_crew(by=house["dispatcher"], name="Night", technicians=[one])
    with house.refuses(Invalid, field="lead"):
        actions.save_crew(by=manager, name="Night", technicians=[one], lead=two)
    with house.refuses(Invalid, field="technicians"):
        actions.save_crew(by=manager, name="Night", technicians=[one, stranger.profile()])
    with house.refuses(Invalid):
        actions.save_crew(by=manager, name="DAY", technicians=[one])
    with house.refuses(Invalid, field="name"):
        actions.save_crew(by=manager, name=" ", technicians=[one])
    with house.refuses(NotFound):
        actions.save_crew(by=manager, name="X", technicians=[], crew=factories.make_crew(stranger.tenant))


def test_who_sees_technicians_and_crews(house: House) -> None:
    me, other = house.profile("technician"), house.profile("technician2")
    mine, theirs = factories.make_crew(house.tenant, [me]), factories.make_crew(house.tenant, [other])
    nosy = house["requester"]
    with house.inside():
        found = {
            "with people.view": (
                set(Technician.objects.visible_to(house["technician"])), set(Crew.objects.visible_to(house["viewer"])),
            ),
            "without": (set(Technician.objects.visible_to(nosy)), set(Crew.objects.visible_to(nosy))),
        }  # fmt: skip
        assert set(Technician.objects.assignable()) == {me, other}
        Technician.objects.filter(pk=other.pk).update(is_active=False)
        assert set(Technician.objects.assignable()) == {me}
    assert found == {"with people.view": ({me, other}, {mine, theirs}), "without": (set(), set())}
