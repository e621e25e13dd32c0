"""Photos of assets and parts: the same service, one of them the cover, by page, API and admin."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assets.media import GALLERY as ASSETS
from assets.models import AssetMedia
from core.errors import Conflict, Invalid, PermissionDenied
from inventory.media import GALLERY as PARTS
from inventory.models import PartMedia
from media.actions import prepare
from media.covered import Gallery
from tenancy.models import User
from tests import factories
from tests.api.conftest import Caller
from tests.house import House
from tests.media_files import PDF, multipart, on_disk, picture

PROMISE = {"filename": "front.jpg", "contentType": "image/jpeg", "size": len(picture())}


class Kind:
    """A kind of thing with a cover: its gallery, and one such thing."""

    def __init__(self, name: str, gallery: Gallery, who: str, links: Any) -> None:
        self.name, self.gallery, self.who, self.links = name, gallery, who, links

    def make(self, house: House) -> Any:
        made = factories.make_asset(house.tenant) if self.name == "asset" else factories.make_part(house.tenant)
        return house.read(made)

    def covers(self, house: House) -> list[tuple[str, bool]]:
        with house.inside():
            rows = self.links.objects.order_by("file__uploaded_at", "pk")
            return [*rows.values_list("file__original_name", "is_cover")]


KINDS = [Kind("asset", ASSETS, "technician", AssetMedia), Kind("part", PARTS, "storekeeper", PartMedia)]


@pytest.fixture(params=KINDS, ids=[kind.name for kind in KINDS])
def kind(request: Any) -> Kind:
    found: Kind = request.param
    return found


def add(house: House, kind: Kind, thing: Any, name: str = "front.jpg", data: bytes = b"") -> Any:
    with house.inside():
        return kind.gallery.add(thing, by=house[kind.who], content=data or picture(), name=name)


def browser(house: House, who: str) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.get(pk=house[who].user_id))
    return client


def program(house: House, who: str) -> Caller:
    return Caller(factories.make_key(house[who]), house[who])


def names_of(kind: Kind) -> str:
    return "assets" if kind.name == "asset" else "inventory"


@pytest.mark.parametrize("door", ["action", "page", "api"])
def test_every_door_adds_the_same(house: House, disk: Path, kind: Kind, door: str) -> None:
    thing, seen = kind.make(house), house.last_event()
    if door == "action":
        add(house, kind, thing)
    elif door == "page":
        where = reverse(f"{names_of(kind)}:media_add", args=[thing.pk])
        sent = SimpleUploadedFile("front.jpg", picture(), "text/html")
        assert browser(house, kind.who).post(where, {"file": sent}).status_code == 302
    else:
        answer = program(house, kind.who).post(f"{kind.name}s/{thing.pk}/media", multipart(picture(), "front.jpg"))
        assert (answer.status_code, answer.json()["isCover"]) == (201, True)
    assert kind.covers(house) == [("front.jpg", True)]
    assert [told for told, *_ in house.events(after=seen)] == [f"{kind.name}.media_added"]
    assert house.read(thing).version == thing.version + 1
    assert len(on_disk(disk)) == 1


def test_the_cover_goes_on_to_the_next_picture(house: House, disk: Path, kind: Kind) -> None:
    thing = kind.make(house)
    add(house, kind, thing, "manual.pdf", PDF)
    first, second = add(house, kind, thing, "front.jpg"), add(house, kind, thing, "back.jpg")
    assert kind.covers(house) == [("manual.pdf", False), ("front.jpg", True), ("back.jpg", False)]
    with house.inside():
        kind.gallery.describe(thing, by=house[kind.who], media_file=second.file, is_cover=True)
    assert kind.covers(house) == [("manual.pdf", False), ("front.jpg", False), ("back.jpg", True)]
    with house.inside():
        kind.gallery.remove(thing, by=house[kind.who], media_file=second.file)
    assert kind.covers(house) == [("manual.pdf", False), ("front.jpg", True)]
    with house.inside():
        kind.gallery.remove(thing, by=house[kind.who], media_file=first.file)
    assert kind.covers(house) == [("manual.pdf", False)]


def test_refusals(house: House, disk: Path, kind: Kind) -> None:
    thing = kind.make(house)
    link = add(house, kind, thing, "manual.pdf", PDF)
    with house.refuses(PermissionDenied, permission=kind.gallery.needs[0]):
        kind.gallery.add(thing, by=house["viewer"], content=PDF, name="a.pdf")
    with house.refuses(PermissionDenied, permission=kind.gallery.needs[0]):
        kind.gallery.remove(thing, by=house["viewer"], media_file=link.file)
    with house.refuses(Invalid, field="is_cover"):
        kind.gallery.describe(thing, by=house[kind.who], media_file=link.file, is_cover=True)
    with house.inside():
        type(thing).objects.filter(pk=thing.pk).update(archived_at=link.file.uploaded_at)
    with house.refuses(Conflict, code="archived"):
        kind.gallery.add(thing, by=house[kind.who], content=PDF, name="a.pdf")
    assert len(on_disk(disk)) == 1


def test_promised_described_and_deleted_in_the_api(house: House, disk: Path, kind: Kind) -> None:
    thing, api = kind.make(house), program(house, kind.who)
    path = f"{kind.name}s/{thing.pk}/media"
    body = api.post(f"{path}/presigned-url", PROMISE).json()
    assert set(body) == {"uploadUrl", "mediaId", "expiresAt"}
    seen = house.last_event()
    where = body["uploadUrl"].removeprefix("http://localhost:8000")
    assert Client().put(where, picture(), content_type="image/jpeg").status_code == 200
    assert [told for told, *_ in house.events(after=seen)] == [f"{kind.name}.media_added"]
    with house.inside():
        prepare(body["mediaId"], by=None)
    (one,) = api.get(path).json()["media"]
    assert (one["id"], one["status"], one["isCover"]) == (body["mediaId"], "ready", True)
    item = f"{path}/{one['id']}"
    assert api.patch(item, {"caption": "From the front"}).json()["caption"] == "From the front"
    assert api.patch(item, {"isCover": False}, **{"If-Match": '"1"'}).status_code == 412
    assert api.delete(item).json()["message"] == "Media deleted successfully"
    assert api.get(path).json() == {"media": []}


def test_strangers_find_nothing(house: House, stranger: House, disk: Path, kind: Kind) -> None:
    thing = kind.make(house)
    link = add(house, kind, thing)
    client, api = browser(stranger, "admin"), program(stranger, "admin")
    for name in ("edit", "remove", "cover"):
        where = reverse(f"{names_of(kind)}:media_{name}", args=[thing.pk, link.file_id])
        assert client.post(where).status_code == 404
    for method, path in (("GET", ""), ("GET", f"/{link.file_id}"), ("DELETE", f"/{link.file_id}")):
        assert api(method, f"{kind.name}s/{thing.pk}/media{path}").status_code == 404
    assert kind.covers(house) == [("front.jpg", True)]


def test_the_page_shows_the_cover_and_the_pages_of_one_file_work(house: House, disk: Path, kind: Kind) -> None:
    thing = kind.make(house)
    link, second = add(house, kind, thing), add(house, kind, thing, "back.jpg")
    with house.inside():
        prepare(link.file_id, by=None)
        prepare(second.file_id, by=None)
    client = browser(house, kind.who)
    page = client.get(reverse(f"workorders:{kind.name}", args=[thing.pk])).content.decode()
    assert 'alt="front.jpg"' in page
    assert "Add photos or files" in page
    edit, remove, cover = (
        reverse(f"{names_of(kind)}:media_{name}", args=[thing.pk, second.file_id])
        for name in ("edit", "remove", "cover")
    )
    assert client.post(edit, {"caption": "From behind", "rotate": "180"}).status_code == 302
    assert client.post(cover).status_code == 302
    assert kind.covers(house) == [("front.jpg", False), ("back.jpg", True)]
    assert (house.read(second.file).caption, house.read(second.file).turn) == ("From behind", 180)
    assert "gone for good" in client.get(remove).content.decode()
    assert client.post(remove).status_code == 302
    assert kind.covers(house) == [("front.jpg", True)]


@pytest.mark.parametrize("count", [1, 3])
def test_covers_of_a_list_are_one_query(house: House, disk: Path, kind: Kind, count: int) -> None:
    things = [kind.make(house) for _ in range(count)]
    for thing in things:
        link = add(house, kind, thing)
        with house.inside():
            prepare(link.file_id, by=None)
    with house.inside(), CaptureQueriesContext(connection) as asked:
        found = kind.gallery.covers([thing.pk for thing in things])
    assert (len(found), len(asked)) == (count, 1)
    assert all(address.startswith("/files/") for address in found.values())
