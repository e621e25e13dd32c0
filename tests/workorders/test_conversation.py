"""Comment, share and unshare."""

from __future__ import annotations

import pytest
from guardian.models import UserObjectPermission

from core.errors import Invalid, PermissionDenied
from tests import factories
from tests.house import House
from workorders import actions
from workorders.models import Comment, WorkOrderException


def test_comment_is_kept_also_on_closed_work(house: House) -> None:
    work_order, by = house.work("closed"), house["technician"]
    seen = house.last_event()
    with house.inside():
        note = actions.comment(work_order, by=by, text="  Check again in May ")
    found = house.read(note)
    assert (found.text, found.author_id, found.for_requester) == ("Check again in May", by.pk, False)
    assert house.events(after=seen) == [("work_order.commented", by.pk, {"note": [None, str(note.pk)]})]
    assert (house.read(work_order).meaning, house.read(work_order).version) == ("closed", work_order.version + 1)


def test_what_the_requester_writes_the_requester_sees(house: House) -> None:
    mine = house.work(requested_by=house["requester"])
    with house.inside():
        actions.comment(mine, by=house["requester"], text="It is louder today")
        actions.comment(mine, by=house["manager"], text="Internal")
        actions.comment(mine, by=house["manager"], text="We come tomorrow", for_requester=True)
        shown = list(Comment.objects.filter(work_order=mine, for_requester=True).values_list("text", flat=True))
    assert shown == ["It is louder today", "We come tomorrow"]


def test_comment_refusals(house: House) -> None:
    work_order = house.work()
    for text in ("", "  \n ", "x" * 10_001):
        with house.refuses(Invalid, field="text"):
            actions.comment(work_order, by=house["manager"], text=text)
    with house.refuses(PermissionDenied, permission="workorder.comment"):
        actions.comment(work_order, by=house["viewer"], text="Hello")


def test_share_writes_one_exception_however_often(house: House) -> None:
    work_order, manager, viewer = house.work(), house["manager"], house.having("workorder.comment")
    seen = house.last_event()
    with house.inside():
        actions.share(work_order, by=manager, with_member=viewer)
        actions.share(work_order, by=manager, with_member=viewer)
        rows = list(WorkOrderException.objects.values_list("tenant", "user", "content_object", "permission__codename"))
        assert UserObjectPermission.objects.count() == 0
    assert rows == [(house.tenant.pk, viewer.user_id, work_order.pk, "view_workorder")]
    assert house.events(after=seen) == [("work_order.shared", manager.pk, {"shared_with": [None, str(viewer.pk)]})]


def test_unshare_takes_it_back_once(house: House) -> None:
    work_order, manager, viewer = house.work(), house["manager"], house.having("workorder.comment")
    with house.inside():
        actions.share(work_order, by=manager, with_member=viewer)
    seen = house.last_event()
    with house.inside():
        actions.unshare(work_order, by=manager, with_member=viewer)
        actions.unshare(work_order, by=manager, with_member=viewer)
        assert WorkOrderException.objects.count() == 0
    assert house.events(after=seen) == [("work_order.unshared", manager.pk, {"shared_with": [str(viewer.pk), None]})]


@pytest.mark.parametrize("act", [actions.share, actions.unshare])
def test_share_refusals(house: House, stranger: House, act: object) -> None:
    work_order, manager = house.work(), house["manager"]
    helper = factories.make_member(house.tenant, login=False)
    with house.refuses(PermissionDenied, permission="workorder.share"):
        act(work_order, by=house["technician"], with_member=manager)
    with house.refuses(Invalid, field="member"):
        act(work_order, by=manager, with_member=stranger["viewer"])
    with house.refuses(Invalid, field="member"):
        act(work_order, by=manager, with_member=helper)
