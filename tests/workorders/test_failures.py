"""The failure catalogue: shipped codes, classes of equipment, one's own codes, and naming them on work orders."""

from __future__ import annotations

from typing import Any

import pytest

from core.errors import Conflict, Invalid, PermissionDenied, Stale
from tests import factories
from tests.house import House
from workorders import actions
from workorders.choices import CodeKind
from workorders.failure_codes import choices_for, find_code
from workorders.library.failure_codes import class_of, equipment_classes, shipped
from workorders.models import FailureCode, FailureCodeClass


def codes(house: House, **filters: Any) -> dict[str, FailureCode]:
    with house.inside():
        return {row.code: row for row in FailureCode.objects.filter(**filters)}


def test_every_new_tenant_has_the_shipped_codes(house: House) -> None:
    kinds = [row.kind for row in codes(house).values()]
    assert {kind: kinds.count(kind) for kind in CodeKind.values} == {"problem": 45, "cause": 38, "remedy": 17}
    assert codes(house)["ELU"].name == "External leakage - utility medium"
    assert (codes(house)["2.4"].name, codes(house)["REPLACE"].kind) == ("Wear", "remedy")


def test_the_matrix_is_read_whole() -> None:
    classes = {one.code: one.classes for one in shipped() if one.kind == CodeKind.PROBLEM}
    assert len(equipment_classes()) == 17
    # Two rows of the matrix name it, one of them for cranes.
    assert classes["FTS"] == {"EM", "PU", "AG", "CR"}
    assert classes["LOA"] == {"CR"}
    assert classes["LOB"] == frozenset()


@pytest.mark.parametrize(
    ("category", "code"),
    [
        ("Pumps", "PU"), ("centrifugal pump", "PU"), ("Electric motor", "EM"), ("Boilers", "HB"), ("Chiller", "HE"),
        ("Gas Detection", "FGB"), ("Excavator", ""), ("Glass", ""),
    ],
)  # fmt: skip
def test_the_class_that_a_name_tells(category: str, code: str) -> None:
    assert class_of(category) == code


def test_installing_adds_what_is_missing_and_classes_by_name(house: House) -> None:
    pump = factories.make_category(house.tenant, name="Pump")
    with house.inside():
        FailureCode.objects.filter(code__in=["ELU", "VIB"]).delete()
        FailureCode.objects.filter(code="NOI").update(name="Noi", code="Noi")
        made = actions.install_codes(by=house["manager"])
    assert sorted(row.code for row in made) == ["ELU", "VIB"]
    # A text that somebody typed once has the shipped name now.
    assert codes(house)["Noi"].name == "Noise"
    with house.inside():
        found = FailureCodeClass.objects.filter(category=pump).values_list("failure_code__code", flat=True)
        assert set(found) == {one.code for one in shipped() if "PU" in one.classes} - {"NOI"} | {"Noi"}
    before = house.marks()
    with house.inside():
        assert actions.install_codes(by=house["manager"]) == []
    assert house.marks() == before
    with house.refuses(PermissionDenied, permission="failure.manage"):
        actions.install_codes(by=house["dispatcher"])


def test_a_category_follows_a_class(house: House, stranger: House) -> None:
    lift = factories.make_category(house.tenant, name="Lift")
    own = factories.make_failure_code(house.tenant, "DOOR")
    with house.inside():
        actions.update_code(own, by=house["manager"], changes={"classes": [lift]})
        assert actions.follow_class(lift, by=house["manager"], equipment_class="CR") == 1 + sum(
            "CR" in one.classes for one in shipped()
        )
        assert actions.follow_class(lift, by=house["manager"], equipment_class="") == 1
    with house.refuses(Invalid, details={"equipment_class": f"Use one of {', '.join(equipment_classes())}."}):
        actions.follow_class(lift, by=house["manager"], equipment_class="XX")
    with house.refuses(PermissionDenied, permission="failure.manage"):
        actions.follow_class(lift, by=house["dispatcher"], equipment_class="CR")


def test_add_edit_retire(house: House, stranger: House) -> None:
    manager, category = house["manager"], factories.make_category(house.tenant)
    with house.inside():
        row = actions.add_code(by=manager, kind="problem", code=" DOOR ", name=" Door  sticks ", classes=[category])
        row = actions.update_code(row, by=manager, changes={"name": "Door jams", "classes": []}, expected_version=1)
        actions.archive_code(row, by=manager, expected_version=2)
    found = house.read(row)
    assert (found.code, found.name, found.is_active, found.version) == ("DOOR", "Door jams", False, 3)
    assert [(kind, changes) for kind, _, changes in house.events(object_id=row.pk)] == [
        ("failure_code.created", {"code": [None, "DOOR"], "name": [None, "Door sticks"]}),
        ("failure_code.updated", {"name": ["Door sticks", "Door jams"], "classes": [[str(category.pk)], []]}),
        ("failure_code.archived", {"is_active": [True, False]}),
    ]
    with house.inside():
        actions.restore_code(found, by=manager)
    before = house.marks()
    with house.inside():
        actions.update_code(row, by=manager, changes={"name": "Door jams"})
    assert house.marks() == before


def test_refusals_of_the_catalogue(house: House, stranger: House) -> None:
    manager, row = house["manager"], factories.make_failure_code(house.tenant, "SEAL")
    theirs = factories.make_category(stranger.tenant)
    for act in (
        lambda by: actions.add_code(by=by, kind="cause", code="X", name="X"),
        lambda by: actions.update_code(row, by=by, changes={"name": "X"}),
        lambda by: actions.archive_code(row, by=by),
        lambda by: actions.restore_code(row, by=by),
    ):
        with house.refuses(PermissionDenied, permission="failure.manage"):
            act(house["dispatcher"])
    with house.refuses(Conflict, code="active"):
        actions.restore_code(row, by=manager)
    with house.refuses(Stale):
        actions.update_code(row, by=manager, changes={"name": "X"}, expected_version=9)
    said = {"kind": "problem", "code": "X", "name": "X"}
    for wrong, field in (
        ({"code": "seal"}, "code"), ({"code": ""}, "code"), ({"name": ""}, "name"), ({"kind": "mood"}, "kind"),
        ({"code": "x" * 61}, "code"), ({"description": "x" * 501}, "description"), ({"position": -1}, "position"),
        ({"classes": [theirs]}, "classes"),
    ):  # fmt: skip
        before = house.marks()
        with pytest.raises(Invalid) as refused, house.inside():
            actions.add_code(by=manager, **(said | wrong))
        assert (list(refused.value.details), house.marks()) == ([field], before)


def test_a_code_is_found_by_itself_or_its_name_in_any_case(house: House) -> None:
    by, elu = house["technician"], codes(house)["ELU"]
    with house.inside():
        for text in ("ELU", " elu ", "external leakage - utility medium", str(elu)):
            assert find_code(by, "problem", text) == elu
        assert find_code(by, "problem", "  ") is None


def test_an_unknown_code_names_the_closest(house: House, stranger: House) -> None:
    factories.make_failure_code(stranger.tenant, "SECRET")
    by = house["technician"]
    for text, near in (("vibrations", "VIB (Vibration)"), ("ELX", "ELU"), ("SECRET", "")):
        with pytest.raises(Invalid) as refused, house.inside():
            find_code(by, "problem", text)
        sentence = refused.value.details["problem"]
        assert sentence.startswith(f"Unknown failure code “{text}”.")
        assert near in sentence
    with pytest.raises(Invalid, match="") as refused, house.inside():
        find_code(by, "cause", "ELU")
    assert refused.value.details["cause"].startswith("Unknown cause code “ELU”.")


def test_an_archived_code_stays_where_it_is_and_is_not_chosen_anew(house: House) -> None:
    code = factories.make_failure_code(house.tenant, "OLD")
    named, other = house.work("in_progress", problem=code), house.work()
    with house.inside():
        actions.archive_code(code, by=house["manager"])
    with house.inside():
        actions.update(named, by=house["manager"], changes={"title": "Other", "problem": house.read(code)})
        actions.complete(named, by=house["manager"])
    assert house.read(named).problem == code
    with house.refuses(Invalid):
        actions.update(other, by=house["manager"], changes={"problem": house.read(code)})
    with house.refuses(Invalid):
        actions.update(other, by=house["manager"], changes={"cause": codes(house)["ELU"]})
    theirs = factories.make_failure_code(House.build().tenant)
    with house.refuses(Invalid):
        actions.update(other, by=house["manager"], changes={"problem": theirs})


def test_last_used_on_this_asset_comes_first_then_its_class(house: House, django_assert_num_queries: Any) -> None:
    category = factories.make_category(house.tenant, name="Pump")
    asset = factories.make_asset(house.tenant, category=category)
    known = codes(house)
    house.work(asset=asset, problem=known["LOB"], remedy=known["CLEAN"])
    house.work(asset=asset, problem=known["VIB"], cause=known["2.4"])
    house.work(problem=known["ELF"])
    with house.inside():
        actions.install_codes(by=house["manager"])
    member = house["technician"]
    with house.inside(), django_assert_num_queries(2):
        offered = choices_for(member, asset)
    assert [row.code for row in offered["problem"].recent] == ["VIB", "LOB"]
    assert [row.code for row in offered["remedy"].recent] == ["CLEAN"]
    order = [row.code for row in offered["problem"].codes]
    pumps = {one.code for one in shipped() if "PU" in one.classes} - {"VIB"}
    assert order[:2] == ["VIB", "LOB"]
    assert set(order[2 : 2 + len(pumps)]) == pumps
    assert len(order) == 45
    with house.inside(), django_assert_num_queries(1):
        assert choices_for(member, None)["problem"].recent == []
