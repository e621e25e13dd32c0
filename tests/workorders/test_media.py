"""Photos and files of a work order: add, describe, remove; who may, who sees, and through which door."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.errors import Conflict, Invalid, PermissionDenied
from media.models import MediaAccount, MediaFile
from tests.house import House
from tests.media.conftest import disk
from tests.media_files import PDF, on_disk, picture
from workorders import actions
from workorders.models import WorkOrder, WorkOrderMedia

__all__ = ["disk"]


def add(house: House, work_order: WorkOrder, who: str = "technician", **options: Any) -> WorkOrderMedia:
    given = {"content": PDF, "name": "Report.pdf"} | options
    with house.inside():
        return actions.add_media(work_order, by=house[who], **given)


def test_adding_leaves_file_version_and_event(house: House, disk: Path) -> None:
    work_order = house.work("in_progress", to="technician")
    seen = house.last_event()
    link = add(house, work_order, label="before", caption="As found")
    found = house.read(link.file)
    assert (found.original_name, found.kind, found.state, found.caption) == (
        "Report.pdf",
        "document",
        "ready",
        "As found",
    )
    assert (found.uploaded_by_id, house.read(link).label) == (house["technician"].pk, "before")
    assert on_disk(disk) == [found.stored_name]
    told = [("work_order.media_added", house["technician"].pk, {"media": [None, str(found.pk)]})]
    assert house.events(after=seen) == told
    assert house.read(work_order).version == work_order.version + 1


def test_the_same_upload_twice_is_kept_once(house: House, disk: Path) -> None:
    work_order = house.work("in_progress", to="technician")
    first = add(house, work_order)
    again = add(house, work_order, id=first.file_id)
    assert again.pk == first.pk
    assert len(on_disk(disk)) == 1


@pytest.mark.parametrize("who", ["technician", "manager", "dispatcher", "admin"])
def test_who_works_edits_or_comments_adds(house: House, disk: Path, who: str) -> None:
    assert add(house, house.work("in_progress", to="technician"), who).file_id


def test_who_may_not_add(house: House, disk: Path) -> None:
    work_order = house.work()
    with house.refuses(PermissionDenied, permission="workorder.comment"):
        add(house, work_order, "viewer")
    assert on_disk(disk) == []


def test_what_a_requester_sends_the_requester_sees(house: House, disk: Path) -> None:
    mine = house.work(requested_by=house["requester"])
    assert add(house, mine, "requester").for_requester
    assert not add(house, mine, "manager").for_requester
    assert add(house, mine, "manager", for_requester=True).for_requester


def test_closed_work_is_kept_as_it_is(house: House, disk: Path) -> None:
    work_order = house.work("in_progress", to="technician")
    link = add(house, work_order)
    with house.inside():
        actions.complete(work_order, by=None, resolution="Done")
        actions.verify(work_order, by=None)
    with house.refuses(Conflict, code="closed"):
        add(house, work_order)
    with house.refuses(Conflict, code="closed"):
        actions.remove_media(work_order, by=house["admin"], media_file=link.file)
    with house.refuses(Conflict, code="closed"):
        actions.label_media(work_order, by=house["admin"], media_file=link.file, label="after")
    with house.refuses(Conflict, code="closed"):
        actions.promise_media(work_order, by=house["admin"], name="a.pdf", content_type="application/pdf", size=9)
    assert len(on_disk(disk)) == 1


def test_unsound_words(house: House, disk: Path) -> None:
    work_order = house.work("in_progress", to="technician")
    with house.refuses(Invalid, field="label"):
        add(house, work_order, label="during")
    other = house.work()
    with house.inside():
        note = actions.comment(other, by=house["technician"], text="Elsewhere")
    with house.refuses(Invalid, field="comment"):
        add(house, work_order, comment=note)


def test_describing(house: House, disk: Path) -> None:
    work_order = house.work("in_progress", to="technician")
    link = add(house, work_order, content=picture(), name="a.jpg")
    seen = house.last_event()
    with house.inside():
        actions.label_media(work_order, by=house["technician"], media_file=link.file, label="after", caption="Done")
        actions.label_media(work_order, by=house["technician"], media_file=link.file, label="after", caption="Done")
    assert (house.read(link).label, house.read(link.file).caption) == ("after", "Done")
    pk = str(link.file_id)
    changes = {"caption": ["", "Done"], "label": ["", "after"], "media": [pk, pk]}
    assert house.events(after=seen) == [("work_order.media_changed", house["technician"].pk, changes)]


def test_others_files_are_for_those_who_edit_or_work(house: House, disk: Path) -> None:
    work_order = house.work("in_progress", to="technician", requested_by=house["requester"])
    link = add(house, work_order, "manager", for_requester=True)
    with house.refuses(PermissionDenied, permission="workorder.edit"):
        actions.remove_media(work_order, by=house["requester"], media_file=link.file)
    with house.refuses(PermissionDenied, permission="workorder.edit"):
        actions.label_media(work_order, by=house["requester"], media_file=link.file, label="after")
    own = add(house, work_order, "requester")
    with house.inside():
        actions.remove_media(work_order, by=house["requester"], media_file=own.file)
        actions.remove_media(work_order, by=house["technician"], media_file=link.file)
        assert MediaFile.objects.count() == 0


def test_removing_leaves_an_event_and_frees_the_room(house: House, disk: Path) -> None:
    work_order = house.work("in_progress", to="technician")
    link = add(house, work_order)
    seen = house.last_event()
    with house.inside():
        actions.remove_media(work_order, by=house["manager"], media_file=link.file)
        assert MediaAccount.objects.values_list("used_bytes", flat=True).get() == 0
    told = {"media": [str(link.file_id), None], "name": ["Report.pdf", None]}
    assert house.events(after=seen) == [("work_order.media_removed", house["manager"].pk, told)]
    with house.refuses(Conflict, code="gone"):
        actions.remove_media(work_order, by=house["manager"], media_file=link.file)


def test_deleting_a_work_order_takes_its_files_along(committed: None, disk: Path) -> None:
    house = House.build()
    work_order = house.work(requested_by=house["requester"])
    add(house, work_order, "manager")
    add(house, work_order, "requester", content=picture(), name="a.jpg")
    with house.inside():
        actions.delete(work_order, by=house["manager"])
        assert len(on_disk(disk)) == 2
    assert on_disk(disk) == []
    with house.inside():
        assert MediaFile.objects.count() == 0
        assert MediaAccount.objects.values_list("used_bytes", flat=True).get() == 0
