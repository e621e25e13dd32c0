"""The doors of photos and files: page, API and admin leave the same; who sees what; what the API answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core import files
from media import actions as media
from media.models import MediaAccount, MediaFile
from tenancy.models import User
from tests import factories
from tests.api.conftest import Caller
from tests.house import House
from tests.media.conftest import disk
from tests.media_files import HEIC, HTML, PDF, multipart, on_disk, photo, picture
from workorders import actions
from workorders.models import WorkOrder, WorkOrderMedia
from workorders.panels import media as panel

__all__ = ["disk"]
PROMISE = {"filename": "repair_photo.jpg", "contentType": "image/jpeg", "size": 1048576}


def browser(house: House, who: str) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.get(pk=house[who].user_id))
    return client


def program(house: House, who: str) -> Caller:
    return Caller(factories.make_key(house[who]), house[who])


def sent(*names: str, data: bytes = PDF) -> list[SimpleUploadedFile]:
    return [SimpleUploadedFile(name, data, "text/html") for name in names]


def add_href(work_order: WorkOrder) -> str:
    return reverse("workorders:media_add", args=[work_order.pk])


def facts(house: House, work_order: WorkOrder) -> list[Any]:
    with house.inside():
        rows = WorkOrderMedia.objects.filter(work_order=work_order).order_by("pk")
        columns = ("label", "for_requester", "file__original_name", "file__caption", "file__size", "file__state")
        return [*rows.values_list(*columns, "file__uploaded_by")]


@pytest.mark.parametrize("door", ["action", "page", "script", "api"])
def test_every_door_adds_the_same(house: House, disk: Path, door: str) -> None:
    work_order = house.work("in_progress", to="technician")
    words = {"label": "before", "caption": "As found"}
    seen = house.last_event()
    if door == "action":
        with house.inside():
            actions.add_media(work_order, by=house["technician"], content=PDF, name="Report.pdf", **words)
    elif door == "api":
        answer = program(house, "technician").post(f"work-orders/{work_order.pk}/media", multipart(**words))
        assert answer.status_code == 201
    else:
        headers = {"Accept": "application/json"} if door == "script" else {}
        answer = browser(house, "technician").post(
            add_href(work_order), {"file": sent("Report.pdf"), **words}, headers=headers
        )
        assert answer.status_code == (201 if door == "script" else 302)
    row = ("before", False, "Report.pdf", "As found", len(PDF), "ready", house["technician"].pk)
    assert facts(house, work_order) == [row]
    assert [kind for kind, *_ in house.events(after=seen)] == ["work_order.media_added"]
    assert house.read(work_order).version == work_order.version + 1
    assert len(on_disk(disk)) == 1


def test_several_files_at_once_and_one_of_them_refused(house: House, disk: Path) -> None:
    work_order, client = house.work("in_progress", to="technician"), browser(house, "technician")
    given = [*sent("a.pdf", "b.pdf"), *sent("c.html", data=HTML), *sent("d.heic", data=HEIC)]
    answer = client.post(add_href(work_order), {"file": given}, follow=True)
    page = answer.content.decode()
    assert [row[2] for row in facts(house, work_order)] == ["a.pdf", "b.pdf"]
    assert "2 files added." in page
    assert "c.html: This kind of file is not taken." in page
    assert "d.heic: HEIC photos cannot be shown in browsers." in page
    assert len(on_disk(disk)) == 2
    told = client.post(
        add_href(work_order), {"file": sent("c.html", data=HTML)}, headers={"Accept": "application/json"}
    )
    assert (told.status_code, told.json()["media"]) == (415, [])
    assert told.json()["refused"][0]["code"] == "unsupported_type"


def test_an_upload_that_is_sent_again_is_kept_once(house: House, disk: Path) -> None:
    work_order, client = house.work("in_progress", to="technician"), browser(house, "technician")
    words = {"upload_id": str(uuid4()), "taken_at": "1767323045000"}
    for _ in range(2):
        answer = client.post(
            add_href(work_order), {"file": sent("a.pdf"), **words}, headers={"Accept": "application/json"}
        )
        assert (answer.status_code, answer.json()["media"]) == (201, [{"id": words["upload_id"]}])
    assert len(facts(house, work_order)) == 1
    with house.inside():
        assert MediaFile.objects.get().taken_at.isoformat() == "2026-01-02T03:04:05+00:00"
    api = program(house, "technician")
    key = {"Idempotency-Key": "k-1"}
    first, again, other = (
        api.post(f"work-orders/{work_order.pk}/media", multipart(data), **key) for data in (PDF, PDF, picture())
    )
    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
    assert first.json() == again.json()
    assert len(facts(house, work_order)) == 2


def test_a_photo_answers_at_once_and_is_shown_when_it_is_prepared(house: House, disk: Path) -> None:
    work_order, api = house.work("in_progress", to="technician"), program(house, "technician")
    answer = api.post(f"work-orders/{work_order.pk}/media", multipart(photo(), "before_repair.jpg", label="before"))
    body = answer.json()
    assert answer.status_code == 201
    assert (body["filename"], body["type"], body["status"], body["label"]) == (
        "before_repair.jpg", "image", "processing", "before",
    )  # fmt: skip
    client, path = browser(house, "technician"), body["url"].removeprefix("http://localhost:8000")
    assert client.get(path).status_code == 404
    page = client.get(reverse("workorders:detail", args=[work_order.pk])).content.decode()
    assert "Being prepared…" in page
    with house.inside():
        done = media.prepare(body["id"], by=None)
    assert done is not None
    shown = client.get(path)
    assert (shown.status_code, shown["Content-Type"]) == (200, "image/jpeg")
    assert shown["Content-Disposition"].startswith("inline")
    listed = api.get(f"work-orders/{work_order.pk}/media").json()["media"]
    assert [(one["id"], one["status"], one["width"], one["size"]) for one in listed] == [
        (body["id"], "ready", 80, done.size)
    ]
    assert client.get(listed[0]["thumbnailUrl"].removeprefix("http://localhost:8000")).status_code == 200
    page = client.get(reverse("workorders:detail", args=[work_order.pk])).content.decode()
    assert 'alt="before_repair.jpg"' in page


def test_what_is_no_picture_is_a_download(house: House, disk: Path) -> None:
    """Row 60: a PDF with JavaScript never runs in a page of ours."""
    work_order, api = house.work("in_progress", to="technician"), program(house, "technician")
    body = api.post(f"work-orders/{work_order.pk}/media", multipart(PDF, "evil.html")).json()
    answer = browser(house, "technician").get(body["url"].removeprefix("http://localhost:8000"))
    assert answer["Content-Disposition"] == 'attachment; filename="evil.html.pdf"'
    assert answer["Content-Security-Policy"].startswith("sandbox;")
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_a_presigned_upload_appears_in_the_list(house: House, disk: Path) -> None:
    work_order, api = house.work("in_progress", to="technician"), program(house, "technician")
    path = f"work-orders/{work_order.pk}/media"
    promised = api.post(f"{path}/presigned-url", {**PROMISE, "size": len(picture())})
    body = promised.json()
    assert (promised.status_code, set(body)) == (201, {"uploadUrl", "mediaId", "expiresAt"})
    assert [one["status"] for one in api.get(path).json()["media"]] == ["awaited"]
    assert program(house, "manager").get(path).json()["media"] == []
    seen = house.last_event()
    where = body["uploadUrl"].removeprefix("http://localhost:8000")
    answer = Client().put(where, picture(), content_type="image/jpeg")
    assert answer.status_code == 200
    told = [("work_order.media_added", house["technician"].pk, {"media": [None, body["mediaId"]]})]
    assert house.events(after=seen) == told
    for who in ("technician", "manager"):
        listed = program(house, who).get(path).json()["media"]
        assert [(one["id"], one["status"]) for one in listed] == [(body["mediaId"], "processing")]


def test_a_refused_upload_says_why_to_whoever_sent_it(house: House, disk: Path) -> None:
    work_order, api = house.work("in_progress", to="technician"), program(house, "technician")
    path = f"work-orders/{work_order.pk}/media"
    body = api.post(f"{path}/presigned-url", {**PROMISE, "size": len(HTML)}).json()
    assert Client().put(body["uploadUrl"].removeprefix("http://localhost:8000"), HTML, "image/jpeg").status_code == 400
    (one,) = api.get(path).json()["media"]
    assert (one["status"], one["url"], one["thumbnailUrl"]) == ("refused", None, None)
    assert one["refusal"].startswith("This kind of file is not taken.")
    assert program(house, "manager").get(path).json()["media"] == []


def test_a_work_order_closed_in_the_meantime_takes_no_upload(house: House, disk: Path) -> None:
    work_order, api = house.work("in_progress", to="technician"), program(house, "technician")
    path = f"work-orders/{work_order.pk}/media"
    body = api.post(f"{path}/presigned-url", {**PROMISE, "size": len(picture())}).json()
    with house.inside():
        actions.complete(work_order, by=None, resolution="Done")
        actions.verify(work_order, by=None)
    where = body["uploadUrl"].removeprefix("http://localhost:8000")
    assert Client().put(where, picture(), "image/jpeg").status_code == 400
    (one,) = api.get(path).json()["media"]
    assert (one["status"], one["refusal"][:20]) == ("refused", "A closed work order ")
    assert on_disk(disk) == []


BAD: list[tuple[Any, int, dict[str, Any]]] = [
    (multipart(b""), 400, {"error": "Invalid media data", "details": {"file": "This file is empty."}}),
    (multipart(label="during"), 400, {"error": "Invalid media data", "details": {"label": "Use before, after, or nothing."}}),
    (multipart(colour="red"), 400, {"error": "Invalid media data", "details": {"colour": "Unknown field."}}),
    (multipart(taskId="x"), 400, {"error": "Invalid media data", "details": {"taskId": "There is no such record."}}),
    (multipart(forRequester="maybe"), 400, {"error": "Invalid media data", "details": {"forRequester": "Use true or false."}}),
    ({"file": "x"}, 400, {}),
    (multipart(HTML), 415, {}),
]  # fmt: skip


@pytest.mark.parametrize(("body", "status", "told"), BAD)
def test_unsound_uploads(house: House, disk: Path, body: Any, status: int, told: dict[str, Any]) -> None:
    work_order, api = house.work("in_progress", to="technician"), program(house, "technician")
    answer = api.post(f"work-orders/{work_order.pk}/media", body)
    assert answer.status_code == status
    assert not told or answer.json() == told
    assert on_disk(disk) == []


def test_too_large_is_413(house: House, disk: Path, settings: Any) -> None:
    settings.UPLOAD_BYTES = dict.fromkeys(settings.UPLOAD_BYTES, 10)
    work_order, api = house.work("in_progress", to="technician"), program(house, "technician")
    answer = api.post(f"work-orders/{work_order.pk}/media", multipart())
    assert (answer.status_code, answer.json()["error"], answer.json()["code"]) == (
        413,
        "File is too large",
        "too_large",
    )
    promised = api.post(f"work-orders/{work_order.pk}/media/presigned-url", PROMISE)
    assert promised.status_code == 413


def test_describing_and_deleting_in_the_api(house: House, disk: Path) -> None:
    work_order, api = house.work("in_progress", to="technician"), program(house, "technician")
    path = f"work-orders/{work_order.pk}/media"
    body = api.post(path, multipart(picture(), "a.jpg")).json()
    one = f"{path}/{body['id']}"
    answer = api.patch(one, {"label": "after", "caption": "New seal", "rotate": 90})
    assert (answer.status_code, answer.json()["label"], answer.json()["caption"]) == (200, "after", "New seal")
    assert answer.headers["ETag"] == f'"{answer.json()["version"]}"'
    assert api.patch(one, {"caption": "Old"}, **{"If-Match": '"1"'}).status_code == 412
    assert api.patch(one, {"rotate": 45}).json()["details"] == {"rotate": "Turn it by 90, 180 or 270 degrees."}
    assert api.put(one, answer.json()).status_code == 200
    gone = api.delete(one)
    assert (gone.status_code, gone.json()["message"]) == (200, "Media deleted successfully")
    assert api.get(one).status_code == 404


def test_a_requester_sees_what_is_meant_for_them(house: House, disk: Path) -> None:
    work_order = house.work(requested_by=house["requester"])
    names = {"manager": "Internal.pdf", "dispatcher": "Shown.pdf", "requester": "Mine.pdf"}
    for who, name in names.items():
        with house.inside():
            actions.add_media(work_order, by=house[who], content=PDF, name=name, for_requester=who == "dispatcher")
    listed = program(house, "requester").get(f"work-orders/{work_order.pk}/media").json()["media"]
    assert [one["filename"] for one in listed] == ["Shown.pdf", "Mine.pdf"]
    page = browser(house, "requester").get(reverse("workorders:detail", args=[work_order.pk])).content.decode()
    assert ("Internal.pdf" in page, "Shown.pdf" in page, "Mine.pdf" in page) == (False, True, True)
    internal = WorkOrderMedia.objects
    with house.inside():
        pk = internal.get(file__original_name="Internal.pdf").file_id
    for method in ("GET", "DELETE"):
        assert program(house, "requester")(method, f"work-orders/{work_order.pk}/media/{pk}").status_code == 404


def test_strangers_find_nothing(house: House, stranger: House, disk: Path) -> None:
    work_order = house.work("in_progress", to="technician")
    with house.inside():
        link = actions.add_media(work_order, by=house["technician"], content=PDF, name="a.pdf")
        url = files.signed_url(link.file.stored_name, "a.pdf")
    api, client = program(stranger, "admin"), browser(stranger, "admin")
    base = f"work-orders/{work_order.pk}/media"
    for method, path, body in (
        ("GET", base, None), ("POST", base, multipart()), ("POST", f"{base}/presigned-url", PROMISE),
        ("GET", f"{base}/{link.file_id}", None), ("PATCH", f"{base}/{link.file_id}", {}), ("DELETE", f"{base}/{link.file_id}", None),
    ):  # fmt: skip
        assert api(method, path, body).status_code == 404
    assert client.post(add_href(work_order), {"file": sent("x.pdf")}).status_code == 404
    assert client.get(url).status_code == 404
    assert client.get(reverse("workorders:media_edit", args=[work_order.pk, link.file_id])).status_code == 404
    assert client.post(reverse("workorders:media_remove", args=[work_order.pk, link.file_id])).status_code == 404
    assert len(on_disk(disk)) == 1


def test_the_pages_of_one_file(house: House, disk: Path) -> None:
    work_order, client = house.work("in_progress", to="technician"), browser(house, "technician")
    with house.inside():
        link = actions.add_media(work_order, by=house["technician"], content=picture(), name="a.jpg")
    edit, remove = (
        reverse(f"workorders:media_{name}", args=[work_order.pk, link.file_id]) for name in ("edit", "remove")
    )
    assert "What does it show?" in client.get(edit).content.decode()
    assert client.post(edit, {"label": "after", "caption": "Done", "rotate": "90"}).status_code == 302
    found = house.read(link.file)
    assert (house.read(link).label, found.caption, found.turn) == ("after", "Done", 90)
    assert client.post(edit, {"label": "after", "caption": "x" * 301}).status_code == 422
    assert "gone for good" in client.get(remove).content.decode()
    assert client.post(remove).status_code == 302
    assert facts(house, work_order) == []


def test_a_form_leads_back_to_where_it_was(house: House, disk: Path) -> None:
    work_order, client = house.work("in_progress", to="technician"), browser(house, "technician")
    detail = reverse("workorders:detail", args=[work_order.pk])
    backs = {"": f"{detail}#panel-media", "/my-work": "/my-work", "//evil.example": f"{detail}#panel-media",
             "https://evil.example/": f"{detail}#panel-media"}  # fmt: skip
    for back, where in backs.items():
        answer = client.post(add_href(work_order), {"file": sent("a.pdf"), "back": back})
        assert answer.headers["Location"] == where


@pytest.mark.parametrize("count", [1, 3])
def test_lists_cost_the_same_for_one_and_for_three(house: House, disk: Path, count: int) -> None:
    work_order = house.work("in_progress", to="technician")
    with house.inside():
        for number in range(count):
            actions.add_media(work_order, by=house["technician"], content=PDF, name=f"{number}.pdf")
    member, found = house["technician"], house.read(work_order)
    with (
        house.inside(),
        CaptureQueriesContext(
            connection,
        ) as asked,
    ):
        shown = panel.panel(found, member)
    assert shown is not None
    assert (len(shown["items"]), len([one for one in asked if "media" in one["sql"]])) == (count, 1)


def test_settings_of_photos_and_files(house: House, disk: Path) -> None:
    client = browser(house, "admin")
    where = reverse("media:settings")
    page = client.get(where).content.decode()
    assert "0 kB of 10,240 MB are used." in page
    assert client.post(where, {"keep_location": "on"}).status_code == 302
    with house.inside():
        assert MediaAccount.objects.get().keep_location
    assert browser(house, "manager").get(where).status_code == 403
