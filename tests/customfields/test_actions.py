"""Fields of a tenant's own: adding, changing, retiring, and what their values must be."""

from __future__ import annotations

import uuid
from functools import partial
from typing import Any

import pytest

from core.errors import Conflict, Invalid, PermissionDenied, Stale
from customfields import actions, definitions, values
from customfields.models import CustomField
from tests.house import House
from tests.racing import race

OPTIONS = ["Low", "High"]


def add(
    house: House, name: str = "Cost code", kind: str = "text", entity: str = "work_order", **fields: Any
) -> CustomField:
    with house.inside():
        return actions.add_field(by=house["admin"], entity=entity, name=name, kind=kind, **fields)


def test_a_new_field_has_a_key_of_its_name(house: House) -> None:
    field = add(house, "Cost code")
    assert (field.key, field.kind, field.is_active) == ("cost_code", "text", True)
    assert [kind for kind, _, _ in house.events(type__startswith="custom_field.")] == ["custom_field.created"]
    assert add(house, "Cost-Code!").key == "cost_code_2"


def test_work_orders_and_requests_share_their_keys(house: House) -> None:
    add(house, "Line")
    assert add(house, "Line", entity="request").key == "line_2"
    assert add(house, "Line", entity="asset").key == "line"
    with house.refuses(Invalid, details={"key": "Another field has this key."}):
        actions.add_field(by=house["admin"], entity="request", name="Line again", kind="text", key="line")


@pytest.mark.parametrize(
    ("fields", "details"),
    [
        ({"kind": "choice", "options": ["One"]}, {"options": "Name at least two, one per line."}),
        ({"kind": "text", "options": OPTIONS}, {"options": "Only lists have options."}),
        ({"entity": "asset", "required_for": ["corrective"]}, {"required_for": "Only work orders have types."}),
        ({"kind": "colour"}, {"kind": "Value 'colour' is not a valid choice."}),
    ],
)
def test_an_unsound_field_is_refused(house: House, fields: dict[str, Any], details: dict[str, str]) -> None:
    with house.refuses(Invalid, details=details):
        actions.add_field(by=house["admin"], **({"entity": "work_order", "name": "Colour", "kind": "text"} | fields))


def test_only_those_who_manage_settings(house: House) -> None:
    field = add(house)
    with house.refuses(PermissionDenied, permission="settings.manage"):
        actions.add_field(by=house["manager"], entity="asset", name="Owner", kind="person")
    with house.refuses(PermissionDenied, permission="settings.manage"):
        actions.update_field(field, by=house["dispatcher"], changes={"name": "Other"})


def test_a_change_raises_the_version_and_is_seen_by_caches(house: House) -> None:
    field = add(house)
    admin = house["admin"]
    with house.inside():
        admin.tenant.refresh_from_db()
        assert [one.name for one in definitions.of(admin.tenant, "work_order")] == ["Cost code"]
        actions.update_field(field, by=admin, changes={"name": "Account", "kind": "number"}, expected_version=1)
        admin.tenant.refresh_from_db()
        assert [(one.name, one.kind) for one in definitions.of(admin.tenant, "work_order")] == [("Account", "text")]
        actions.update_field(field, by=admin, changes={"is_active": False})
        admin.tenant.refresh_from_db()
        assert definitions.of(admin.tenant, "work_order") == []
    with house.refuses(Stale, current_version=3):
        actions.update_field(field, by=admin, changes={"name": "Late"}, expected_version=1)


def test_sixty_fields_are_enough(house: House) -> None:
    with house.inside():
        CustomField.objects.bulk_create(
            CustomField(tenant=house.tenant, entity="asset", key=f"k{n}", name=f"Field {n}", kind="text")
            for n in range(60)
        )
    with house.refuses(Conflict, code="too_many"):
        actions.add_field(by=house["admin"], entity="asset", name="One more", kind="text")


def test_two_of_one_name_at_once(committed: None) -> None:
    """They take turns at the tenant, so the second hears in words that the name is taken, and gets no second key."""
    house = House.build()
    admin = house["admin"]
    one = partial(actions.add_field, by=admin, entity="asset", name="Owner", kind="person")
    outcomes = race(house.tenant, one, one)
    assert (outcomes[0].key, type(outcomes[1])) == ("owner", Invalid)


SOUND = [
    ("text", "as written", "as written"), ("number", 4.5, 4.5), ("date", "2026-11-20", "2026-11-20"),
    ("choice", "High", "High"), ("multi_choice", ["High", "Low", "High"], ["High", "Low"]),
    ("link", "https://example.com/manual", "https://example.com/manual"),
]  # fmt: skip
UNSOUND = [
    ("text", 5, "Use text."), ("text", "x" * 2001, "This has at most 2,000 characters."),
    ("text", "a\x00b", "This holds a character that cannot be kept."),
    ("number", "4", "Use a number."), ("number", True, "Use a number."), ("number", float("inf"), "Use a number."),
    ("date", "tomorrow", "Use a date such as 2026-11-20."), ("date", "0157-01-01", "Use a year from 1900 to 2200."),
    ("choice", "Middle", "Use one of: Low, High."), ("multi_choice", "High", "Use a list."),
    ("multi_choice", ["Middle"], "Use one of: Low, High."), ("person", "nobody", "Choose a member."),
    ("link", "javascript:alert(1)", "Use an address such as https://example.com/manual."),
    ("link", "//example.com", "Use an address such as https://example.com/manual."),
]  # fmt: skip


def field_of(kind: str, **options: Any) -> CustomField:
    with_options = {"options": OPTIONS} if kind in ("choice", "multi_choice") else {}
    return CustomField(
        tenant_id=uuid.uuid4(), entity="work_order", key="f", name="Field", kind=kind, **with_options, **options
    )


@pytest.mark.parametrize(("kind", "value", "kept"), SOUND)
def test_a_sound_value_is_kept(kind: str, value: Any, kept: Any) -> None:
    assert values.merged([field_of(kind)], {"other": 1}, {"f": value}) == {"other": 1, "f": kept}


@pytest.mark.parametrize(("kind", "value", "sentence"), UNSOUND)
def test_an_unsound_value_is_refused_in_words(kind: str, value: Any, sentence: str) -> None:
    with pytest.raises(Invalid) as caught:
        values.merged([field_of(kind)], {}, {"f": value})
    assert caught.value.details == {"custom.f": sentence}


def test_all_problems_at_once_and_unknown_keys_too() -> None:
    fields = [field_of("text", required=True)]
    with pytest.raises(Invalid) as caught:
        values.merged(fields, {}, {"g": 1})
    assert caught.value.details == {"custom.g": "There is no such field.", "custom.f": "Fill in “Field”."}


def test_a_value_outlives_its_option() -> None:
    field = field_of("choice")
    assert values.merged([field], {"f": "Gone"}, {"f": "Gone"}) == {"f": "Gone"}
    assert values.merged([field], {"f": "Gone"}, {"f": None}) == {}


def test_required_for_some_types_only() -> None:
    fields = [field_of("text", required=True, required_for=["corrective"])]
    assert values.missing(fields, {}, "preventive") == []
    assert values.missing(fields, {}, "corrective") == ["f"]


def test_people_are_active_members_of_the_tenant(house: House, stranger: House) -> None:
    field = add(house, "Owner", "person")
    mine, theirs = house["viewer"], stranger["viewer"]
    with house.inside():
        assert values.merged([field], {}, {"owner": str(mine.pk)}) == {"owner": str(mine.pk)}
        with pytest.raises(Invalid) as caught:
            values.merged([field], {}, {"owner": str(theirs.pk)})
    assert caught.value.details == {"custom.owner": "Choose an active member."}
