"""Statuses, transitions, priorities and types are the tenant's to edit; rules and history stay whole."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from core.errors import Conflict, Invalid, NotFound, PermissionDenied, Stale
from tests.house import House
from workorders import actions, catalogue
from workorders.choices import Meaning
from workorders.models import Priority, Status, Transition, Type, WorkOrder


def test_add_entry_makes_a_key_from_the_name(house: House) -> None:
    admin, seen = house["admin"], house.last_event()
    with house.inside():
        first = actions.add_entry(Type, by=admin, name=" Lube round ")
        status = actions.add_entry(Status, by=admin, name="Wartet – auf Öl", meaning="on_hold")
        priority = actions.add_entry(Priority, by=admin, name="Someday", rank=5, letter="S", tone="low")
    assert (house.read(first).key, house.read(first).name) == ("lube_round", "Lube round")
    assert (house.read(status).meaning, house.read(priority).rank) == ("on_hold", 5)
    assert house.events(after=seen) == [
        ("type.created", admin.pk, {"name": [None, "Lube round"]}),
        ("status.created", admin.pk, {"name": [None, "Wartet – auf Öl"]}),
        ("priority.created", admin.pk, {"name": [None, "Someday"]}),
    ]


def test_two_names_that_look_alike_get_two_keys(house: House) -> None:
    with house.inside():
        keys = [actions.add_entry(Type, by=house["admin"], name=name).key for name in ("Öl", "Ol!", "!!!", "???")]
    assert keys == ["ol", "ol_2", "entry", "entry_2"]


@pytest.mark.parametrize(
    ("kind", "fields", "field"),
    [
        (Type, {"name": "  "}, "name"),
        (Type, {"name": "x" * 61}, "name"),
        (Type, {"name": "CORRECTIVE"}, ""),
        (Status, {"name": "Odd", "meaning": "sleeping"}, "meaning"),
        (Status, {"name": "Second default", "meaning": "open", "is_default": True}, ""),
        (Priority, {"name": "None", "rank": 0, "letter": "N"}, ""),
    ],
)
def test_add_entry_refusals(house: House, kind: type[Any], fields: dict[str, Any], field: str) -> None:
    with house.refuses(Invalid, field=field):
        actions.add_entry(kind, by=house["admin"], **fields)


def test_update_entry_renames_and_hands_on_the_default(house: House) -> None:
    admin = house["admin"]
    with house.inside():
        high, medium = Priority.objects.get(key="high"), Priority.objects.get(key="medium")
        actions.update_entry(high, by=admin, changes={"name": "Urgent", "is_default": True})
    assert (house.read(high).name, house.read(high).is_default, house.read(medium).is_default) == (
        "Urgent",
        True,
        False,
    )
    assert (house.read(high).key, house.read(high).version) == ("high", high.version + 1)
    house.people.clear()
    assert house.work(by=house["admin"]).priority.key == "high"


def test_update_entry_refusals(house: House) -> None:
    admin = house["admin"]
    with house.inside():
        default, other = Type.objects.get(key="corrective"), Type.objects.get(key="inspection")
        retired = actions.add_entry(Type, by=admin, name="Old", is_active=False)
    for changes in ({"is_default": False}, {"is_active": False}):
        with house.refuses(Conflict, code="default"):
            actions.update_entry(default, by=admin, changes=changes)
    with house.refuses(Conflict, code="default"):
        actions.update_entry(retired, by=admin, changes={"is_default": True})
    with house.refuses(Conflict, code="default"):
        actions.update_entry(other, by=admin, changes={"is_default": True, "is_active": False})
    with house.refuses(Invalid):
        actions.update_entry(other, by=admin, changes={"name": "Corrective"})
    with house.refuses(Stale):
        actions.update_entry(other, by=admin, changes={"name": "New"}, expected_version=7)
    with house.inside():
        actions.update_entry(other, by=admin, changes={"key": "stolen", "tenant": None})
    assert house.read(other).key == "inspection"


def test_delete_entry_only_what_no_work_order_uses(house: House) -> None:
    admin, seen = house["admin"], house.last_event()
    used = house.work()
    with house.inside():
        free = Type.objects.get(key="calibration")
        once = actions.add_entry(Status, by=admin, name="Triage", meaning="open")
        edge = actions.save_transition(by=admin, from_status=house.status("open"), to_status=once)
        back = actions.save_transition(by=admin, from_status=once, to_status=house.status("open"))
    house.people.clear()
    admin = house["admin"]
    with house.inside():
        actions.relabel(used, once, by=admin)
        actions.relabel(used, house.status("open"), by=admin)
    with house.refuses(Conflict, code="default"):
        actions.delete_entry(used.type, by=admin)
    with house.refuses(Conflict, code="in_use"):
        actions.delete_entry(house.read(once), by=admin)
    with house.inside():
        WorkOrder.objects.filter(pk=used.pk).update(type=free)
    with house.refuses(Conflict, code="in_use"):
        actions.delete_entry(free, by=admin)
    with house.inside():
        inspection = Type.objects.get(key="inspection")
        actions.delete_entry(inspection, by=admin)
        assert not Type.objects.filter(key="inspection").exists()
        assert Transition.objects.filter(pk__in=[edge.pk, back.pk]).count() == 2
    assert house.events(after=seen)[-1] == ("type.deleted", admin.pk, {"name": ["Inspection", None]})


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        ({"permission": "workorder.fly"}, "permission"),
        ({"required_fields": ["resolution", "tenant"]}, "required_fields"),
        ({"guard_field": "asset"}, "guard_field"),
        ({"guard_operator": "present"}, "guard_field"),
        ({"guard_field": "tenant__name", "guard_operator": "present"}, "guard_field"),
        ({"guard_field": "asset", "guard_operator": "matches"}, "guard_operator"),
        ({"guard_field": "asset", "guard_operator": "in"}, "guard_values"),
    ],
)
def test_save_transition_refusals(house: House, rule: dict[str, Any], field: str) -> None:
    with house.refuses(Invalid, field=field):
        actions.save_transition(
            by=house["admin"], from_status=house.status("open"), to_status=house.status("on_hold"), **rule
        )


def test_no_edge_leads_to_itself_or_out_of_closed(house: House) -> None:
    with house.refuses(Invalid, field="to_status"):
        actions.save_transition(by=house["admin"], from_status=house.status("open"), to_status=house.status("open"))
    with house.refuses(Invalid, field="from_status"):
        actions.save_transition(by=house["admin"], from_status=house.status("closed"), to_status=house.status("open"))


def test_save_transition_edits_the_edge_there_is(house: House) -> None:
    admin = house["admin"]
    with house.inside():
        edge = Transition.objects.get(from_status=house.status("open"), to_status=house.status("assigned"))
        seen = house.last_event()
        for _ in range(2):  # the second time nothing differs
            actions.save_transition(
                by=admin,
                from_status=house.status("open"),
                to_status=house.status("assigned"),
                permission="workorder.assign",
            )
    assert (house.read(edge).permission, house.read(edge).version) == ("workorder.assign", 2)
    assert house.events(after=seen) == [("transition.updated", admin.pk, {"permission": ["", "workorder.assign"]})]


def test_cataloguing_needs_settings_manage_and_ones_own_tenant(house: House, stranger: House) -> None:
    manager, admin = house["manager"], house["admin"]
    mine, theirs = house.status("on_hold"), stranger.status("on_hold")
    with stranger.inside():
        their_edge = Transition.objects.first()
    with house.inside():
        my_edge = Transition.objects.first()
    for act in (
        lambda: actions.add_entry(Type, by=manager, name="New"),
        lambda: actions.update_entry(mine, by=manager, changes={"name": "New"}),
        lambda: actions.delete_entry(mine, by=manager),
        lambda: actions.save_transition(by=manager, from_status=mine, to_status=mine),
        lambda: actions.delete_transition(my_edge, by=manager),
    ):
        with house.refuses(PermissionDenied, permission="settings.manage"):
            act()
    for act in (
        lambda: actions.update_entry(theirs, by=admin, changes={"name": "New"}),
        lambda: actions.delete_entry(theirs, by=admin),
        lambda: actions.delete_transition(their_edge, by=admin),
    ):
        with house.refuses(NotFound):
            act()
    with house.refuses(Invalid):
        actions.save_transition(by=admin, from_status=mine, to_status=theirs)


def test_every_change_of_the_catalogue_raises_its_version(house: House) -> None:
    def version() -> int:
        return house.read(house.tenant).catalogue_version

    seen = [version()]
    for change in (
        lambda: Status.objects.filter(key="open").update(name="New"),
        lambda: Transition.objects.filter(to_status__key="on_hold").delete(),
        lambda: Priority.objects.filter(key="low").update(letter="Z"),
        lambda: Type.objects.filter(key="calibration").delete(),
        lambda: Type.objects.create(tenant=house.tenant, key="new", name="New"),
    ):
        with house.inside():
            change()
        seen.append(version())
    assert seen == sorted(set(seen))


def test_the_catalogue_is_loaded_once_per_version(house: House, django_assert_num_queries: Any) -> None:
    admin = house["admin"]
    with house.inside():
        catalogue.of(admin)
        with django_assert_num_queries(0):
            assert catalogue.of(admin).default_status(Meaning.OPEN).key == "open"


def test_a_rolled_back_edit_is_never_remembered(house: House) -> None:
    """Another transaction may use the version number that this one took back."""
    catalogue._known.pop(house.tenant.pk, None)
    admin = house["admin"]
    with house.inside():
        sid = transaction.savepoint()
        actions.update_entry(house.status("open"), by=admin, changes={"name": "Never"})
        assert catalogue.of(None, house.tenant.pk).status("open").name == "Never"
        transaction.savepoint_rollback(sid)
    with house.inside():
        assert catalogue.of(None, house.tenant.pk).status("open").name == "Open"
        actions.update_entry(house.status("closed"), by=admin, changes={"name": "Archived"})
        known = catalogue.of(None, house.tenant.pk)
    assert (known.status("open").name, known.status("closed").name) == ("Open", "Archived")
