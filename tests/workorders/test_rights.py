"""Who may do what and who sees which: the tables of domain-rules §8, cell by cell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from core.errors import PermissionDenied
from tenancy.models import Department, Member
from tests import factories
from tests.house import House, undone
from workorders import actions
from workorders.models import WorkOrder

ROLES = ["admin", "manager", "dispatcher", "technician", "storekeeper", "requester", "viewer"]
# The meaning an act starts from, and the act. `work_order` is asked for by the requester and led by `lead`.
ACTS: dict[str, tuple[str, Callable[[Any, Member], Any]]] = {
    "create": ("", lambda work_order, by: actions.report(by=by, title="Belt slips", due_at=work_order.created_at)),
    "request": ("", lambda work_order, by: actions.report(by=by, title="Belt slips")),
    "edit": ("assigned", lambda work_order, by: actions.update(work_order, by=by, changes={"title": "Other"})),
    "findings": (
        "assigned",
        lambda work_order, by: actions.update(work_order, by=by, changes={"failure_cause": "Age"}),
    ),
    "assign": ("assigned", lambda work_order, by: actions.assign(work_order, by=by, to=None)),
    "start": ("assigned", lambda work_order, by: actions.start(work_order, by=by)),
    "hold": ("in_progress", lambda work_order, by: actions.hold(work_order, by=by, reason="parts")),
    "resume": ("on_hold", lambda work_order, by: actions.resume(work_order, by=by)),
    "complete": ("in_progress", lambda work_order, by: actions.complete(work_order, by=by)),
    "verify": ("completed", lambda work_order, by: actions.verify(work_order, by=by)),
    "send_back": ("completed", lambda work_order, by: actions.send_back(work_order, by=by, reason="Drips")),
    "cancel": ("assigned", lambda work_order, by: actions.cancel(work_order, by=by, reason="Sold")),
    "delete": ("assigned", lambda work_order, by: actions.delete(work_order, by=by)),
    "comment": ("assigned", lambda work_order, by: actions.comment(work_order, by=by, text="Hello")),
    "follow_up": ("closed", lambda work_order, by: actions.follow_up(work_order, by=by)),
    "share": ("assigned", lambda work_order, by: actions.share(work_order, by=by, with_member=by)),
}
# "any", "own" (only as the one who leads it) or "-".
RIGHTS = """
           admin  manager  dispatcher  technician  storekeeper  requester  viewer
create     any    any      any         any         -            -          -
request    any    any      any         any         any          any        -
edit       any    any      any         -           -            -          -
findings   any    any      any         own         -            -          -
assign     any    any      any         -           -            -          -
start      any    any      any         own         -            -          -
hold       any    any      any         own         -            -          -
resume     any    any      any         own         -            -          -
complete   any    any      any         own         -            -          -
verify     any    any      -           -           -            -          -
send_back  any    any      -           -           -            -          -
cancel     any    any      any         -           -            -          -
delete     any    any      -           -           -            -          -
comment    any    any      any         any         any          any        -
follow_up  any    any      any         any         -            -          -
share      any    any      any         -           -            -          -
"""


def table(text: str) -> dict[tuple[str, str], str]:
    header, *lines = [line.split() for line in text.strip().splitlines()]
    return {(line[0], column): cell for line in lines for column, cell in zip(header, line[1:], strict=True)}


def test_every_role_and_every_act(house: House) -> None:
    jobs = {meaning: house.work(meaning, to="technician") for meaning in ("assigned", "in_progress", "on_hold")}
    jobs |= {meaning: house.work(meaning, to="technician") for meaning in ("completed", "closed")}
    people = {role: house[role] for role in ROLES}
    house.profile("technician2")

    def allowed(name: str, by: Member) -> bool:
        meaning, act = ACTS[name]
        with undone(house):
            try:
                act(jobs[meaning or "assigned"], by)
            except PermissionDenied:
                return False
            return True

    def cell(name: str, role: str) -> str:
        if role != "technician":
            return "any" if allowed(name, people[role]) else "-"
        if allowed(name, house["technician2"]):
            return "any"
        return "own" if allowed(name, people[role]) else "-"

    assert {(name, role): cell(name, role) for name in ACTS for role in ROLES} == table(RIGHTS)


def test_unassigned_work_may_be_taken_and_started_by_technicians_only(house: House) -> None:
    free = house.work()
    able: dict[str, list[str]] = {"take": [], "start": []}
    for role in ROLES:
        by = house[role]
        for name, act in (("take", actions.take), ("start", actions.start)):
            with undone(house):
                try:
                    act(free, by=by)
                except PermissionDenied:
                    continue
                able[name].append(role)
    assert able == {
        "take": ["technician"],  # the administrator holds the permission, but is no technician
        "start": ["admin", "manager", "dispatcher", "technician"],
    }


# --- Who sees which -----------------------------------------------------------------------------------------------------
SITUATIONS = [
    "mine", "my_crew", "i_help", "free_here", "free_there", "free_in_department", "theirs_here", "theirs_there",
    "i_asked", "shared", "done_here",
]  # fmt: skip


class Town:
    """Work orders in every relation to one person (`me`, a technician's profile whatever the role)."""

    def __init__(self, house: House) -> None:
        self.house = house
        tenant = house.tenant
        region = factories.make_location(tenant, kind="region")
        self.here = factories.make_location(tenant, parent=region)
        self.room = factories.make_location(
            tenant, kind="room", parent=factories.make_location(tenant, kind="building", parent=self.here)
        )
        self.there = factories.make_location(tenant, parent=region)
        self.department: Department = factories.make_department(tenant)
        self.other = house.profile("technician2")

    def orders(self, me: Member) -> dict[str, WorkOrder]:
        tenant, house = self.house.tenant, self.house
        with house.inside():
            profile = me_profile(house, me)
        crew = factories.make_crew(tenant, [profile])
        other, there, room = self.other, self.there, self.room
        made = {
            "mine": factories.make_work_order(tenant, location=there, assigned_to=profile),
            "my_crew": factories.make_work_order(tenant, location=there, crew=crew),
            "i_help": factories.make_work_order(tenant, location=there, assigned_to=other, helpers=[profile]),
            "free_here": factories.make_work_order(tenant, location=room),
            "free_there": factories.make_work_order(tenant, location=there),
            "free_in_department": factories.make_work_order(tenant, location=there, department=self.department),
            "theirs_here": factories.make_work_order(tenant, location=room, assigned_to=other),
            "theirs_there": factories.make_work_order(tenant, location=there, assigned_to=other),
            "i_asked": factories.make_work_order(tenant, location=there, assigned_to=other, requested_by=me),
            "shared": factories.make_work_order(tenant, location=there, assigned_to=other),
            "done_here": factories.advance(
                factories.make_work_order(tenant, location=room, assigned_to=other), "completed"
            ),
        }
        with house.inside():
            actions.share(made["shared"], by=None, with_member=me)
        return made


def me_profile(house: House, me: Member) -> Any:
    from labor.models import Technician

    return Technician.objects.filter(pk=me.pk).first() or Technician.objects.create(member=me, tenant=house.tenant)


EVERYTHING = set(SITUATIONS)
OWN = {"mine", "my_crew", "i_help"}
SIGHT: dict[str, set[str]] = {
    "admin": EVERYTHING,
    "manager": EVERYTHING,
    "dispatcher": EVERYTHING,
    "viewer": EVERYTHING,
    "technician": OWN | {"free_here", "free_there", "free_in_department", "i_asked", "shared"},
    "storekeeper": {"i_asked", "shared"},
    "requester": {"i_asked", "shared"},
}
# With a scope on one site and one department: what the role grants shrinks to it, one's own stays.
IN_PLACE = {"free_here", "theirs_here", "done_here"}
SCOPED: dict[str, set[str]] = {
    "admin": IN_PLACE | {"free_in_department", "i_asked", "shared"} | OWN,
    "manager": IN_PLACE | {"free_in_department", "i_asked", "shared"} | OWN,
    "dispatcher": IN_PLACE | {"free_in_department", "i_asked", "shared"} | OWN,
    "viewer": IN_PLACE | {"free_in_department", "i_asked", "shared"} | OWN,
    "technician": OWN | {"free_here", "free_in_department", "i_asked", "shared"},
    "storekeeper": {"i_asked", "shared"},
    "requester": {"i_asked", "shared"},
}


def seen_by(house: House, town: Town, me: Member) -> set[str]:
    orders = town.orders(me)
    with house.inside():
        visible = set(WorkOrder.objects.visible_to(me).values_list("pk", flat=True))
    return {name for name, row in orders.items() if row.pk in visible}


def test_every_role_sees_exactly_its_work(house: House) -> None:
    town = Town(house)
    assert {role: seen_by(house, town, house[role]) for role in ROLES} == SIGHT


def test_a_scope_narrows_every_role(house: House) -> None:
    town = Town(house)
    found = {}
    for role in ROLES:
        me = factories.make_member(house.tenant, role, scoped=True, places=[town.here], departments=[town.department])
        found[role] = seen_by(house, town, house.again(me))
    assert found == SCOPED


def test_a_scope_without_places_shows_only_ones_own(house: House) -> None:
    town = Town(house)
    for role in ("admin", "technician"):
        me = house.again(factories.make_member(house.tenant, role, scoped=True))
        assert seen_by(house, town, me) == OWN | {"i_asked", "shared"}


def test_a_role_without_sight_sees_what_was_shared(house: House) -> None:
    town = Town(house)
    assert seen_by(house, town, house.having("workorder.comment")) == {"shared"}


def test_an_exception_ends_with_unshare_and_with_the_tenant(house: House, stranger: House) -> None:
    work_order, viewer = house.work(), house.having("workorder.comment")
    with house.inside():
        actions.share(work_order, by=house["manager"], with_member=viewer)
        assert list(WorkOrder.objects.visible_to(viewer)) == [work_order]
        actions.unshare(work_order, by=house["manager"], with_member=viewer)
        assert list(WorkOrder.objects.visible_to(viewer)) == []


def test_a_deactivated_member_holds_no_permission(house: House) -> None:
    manager = house["manager"]
    with house.inside():
        Member.objects.filter(pk=manager.pk).update(is_active=False)
        gone = Member.objects.select_related("role", "tenant").get(pk=manager.pk)
        house_work = actions.report(by=None, tenant=house.tenant, title="Belt slips")
        assert gone.permissions == frozenset()
        assert list(WorkOrder.objects.visible_to(gone)) == []
    with house.refuses(PermissionDenied, permission="workorder.cancel"):
        actions.cancel(house_work, by=gone, reason="x")


def test_nobody_sees_another_tenants_work_even_when_it_is_theirs_by_number(house: House, stranger: House) -> None:
    stranger.work(), house.work()
    with house.inside():
        assert WorkOrder.objects.visible_to(house["admin"]).count() == 1
        assert WorkOrder.objects.visible_to(stranger["admin"]).count() == 0
