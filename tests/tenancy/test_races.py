"""People acts at the same moment."""

from __future__ import annotations

import pytest

from tenancy import access, actions
from tenancy.models import ApiKey, Invitation, Member, User
from tests import factories
from tests.house import House
from tests.racing import kinds, race, together

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture(scope="module")
def house(committed: None) -> House:
    made = House.build()
    made["admin"]
    return made


def admins(house: House) -> int:
    with house.inside():
        return Member.objects.filter(role__is_admin=True, is_active=True, user__isnull=False).count()


def test_two_administrators_demote_each_other(committed: None) -> None:
    house = House.build()
    one, two, viewer = house["admin"], house["admin2"], house.role("viewer")
    outcomes = race(
        house.tenant,
        lambda: actions.change_member(two, by=one, changes={"role": viewer}),
        lambda: actions.change_member(one, by=two, changes={"role": viewer}),
    )
    assert kinds(outcomes) == ["ok", "last_administrator"]
    assert admins(house) == 1


def test_four_administrators_send_each_other_away(committed: None) -> None:
    house = House.build()
    people = [house[name] for name in ("admin", "admin2", "admin3", "admin4")]
    away = [
        lambda who=who, by=by: actions.change_member(who, by=by, changes={"is_active": False})
        for who, by in zip(people, [*people[1:], people[0]], strict=True)
    ]
    outcomes = kinds(together(away, house.tenant))
    assert sorted(outcomes) == ["last_administrator", "ok", "ok", "ok"]
    assert admins(house) == 1


def test_one_link_opened_twice_makes_one_member(house: House) -> None:
    with house.inside():
        made = actions.invite(by=house["admin"], email="twice@example.com", role=house.role("viewer"))
        token = actions.invitation_token(made)
    join = lambda: actions.accept_invitation(token, name="Nina", password="a long enough one")  # noqa: E731
    outcomes = race(house.tenant, join, join)
    assert kinds(outcomes) == ["ok", "not_found"]
    assert User.objects.filter(email="twice@example.com").count() == 1
    with house.inside():
        assert Member.objects.filter(email="twice@example.com").count() == 1


def test_joining_and_revoking(house: House) -> None:
    with house.inside():
        made = actions.invite(by=house["admin"], email="late@example.com", role=house.role("viewer"))
        token = actions.invitation_token(made)
    outcomes = race(
        house.tenant,
        lambda: actions.revoke_invitation(made, by=house["admin"]),
        lambda: actions.accept_invitation(token, name="Nina", password="a long enough one"),
    )
    assert kinds(outcomes) == ["ok", "not_found"]
    assert not User.objects.filter(email="late@example.com").exists()


def test_one_address_invited_twice_has_one_open_invitation(house: House) -> None:
    invite = lambda: actions.invite(by=house["admin"], email="both@example.com", role=house.role("viewer"))  # noqa: E731
    assert kinds(race(house.tenant, invite, invite)) in (["ok", "ok"], ["ok", "IntegrityError"])
    with house.inside():
        assert Invitation.objects.filter(email="both@example.com", revoked_at=None).count() == 1


def test_two_sign_ups_with_one_name_or_one_address(house: House) -> None:
    def sign_up(email: str) -> Member:
        return actions.sign_up(organisation="Twin Pit", name="Ada", email=email, password="a long enough one")

    for emails, accepted in ((("a@example.com", "b@example.com"), (["ok", "ok"], ["ok", "IntegrityError"])),
                             (("c@example.com", "c@example.com"), (["ok", "email"], ["ok", "IntegrityError"]))):  # fmt: skip
        assert kinds(race(house.tenant, *[lambda e=e: sign_up(e) for e in emails])) in accepted
    assert User.objects.filter(email="c@example.com").count() == 1
    users = User.objects.filter(email__in=["a@example.com", "b@example.com"])
    made = [member.tenant for user in users for member in access.memberships(user.pk)]
    assert len({tenant.slug for tenant in made}) == len(made) == users.count()


def test_a_role_does_not_go_while_somebody_gets_it(house: House) -> None:
    with house.inside():
        role = actions.save_role(by=house["admin"], name="Short-lived", permissions=[])
    member = factories.make_member(house.tenant, "viewer")
    outcomes = race(
        house.tenant,
        lambda: actions.change_member(member, by=house["admin"], changes={"role": role}),
        lambda: actions.delete_role(role, by=house["admin"]),
    )
    # Whoever commits second is refused; a member without a role there is never.
    assert sorted(kinds(outcomes)) in (["IntegrityError", "ok"], ["ok", "role_in_use"])
    with house.inside():
        assert type(role).objects.filter(pk=house.read(member).role_id).exists()


def test_a_key_is_revoked_once(house: House) -> None:
    factories.make_key(house["admin"])
    with house.inside():
        key = ApiKey.objects.filter(revoked_at=None).first()
    seen = house.last_event()
    revoke = lambda: actions.revoke_key(key, by=house["admin"])  # noqa: E731
    assert kinds(race(house.tenant, revoke, revoke)) == ["ok", "revoked"]
    assert [kind for kind, _, _ in house.events(after=seen)] == ["key.revoked"]
