"""A file sent to an address of its own, on local disk: the attacks of row 57, and what happens to promises."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from core.errors import Conflict, Invalid, TooLarge, UnsupportedType
from media import actions, sweeping
from media.models import MediaAccount, MediaFile
from tests.house import House
from tests.media_files import HTML, PDF, on_disk, picture


@pytest.fixture
def house(committed: None) -> House:
    made = House.build()
    made["technician"]
    return made


def promise(house: House, data: bytes = PDF, content_type: str = "application/pdf") -> tuple[MediaFile, str]:
    with house.inside():
        return actions.promise(
            by=house["technician"], tenant_id=house.tenant.pk, name="a.pdf", content_type=content_type, size=len(data)
        )


def put(address: str, data: bytes = PDF, content_type: str = "application/pdf", method: str = "PUT") -> Any:
    path = urlsplit(address).path
    return Client(raise_request_exception=False).generic(method, path, data, content_type=content_type)


def used(house: House) -> int:
    with house.inside():
        return MediaAccount.objects.values_list("used_bytes", flat=True).get()


def test_what_was_announced_arrives(house: House, disk: Path) -> None:
    file, address = promise(house)
    assert urlsplit(address).netloc
    assert (file.state, used(house)) == ("awaited", len(PDF))
    answer = put(address)
    assert (answer.status_code, answer.content) == (200, b"")
    found = house.read(file)
    assert (found.state, found.size, found.uploaded_by_id) == ("ready", len(PDF), house["technician"].pk)
    assert on_disk(disk) == [found.stored_name]
    assert found.stored_name != file.stored_name
    assert used(house) == len(PDF)


def test_an_address_is_good_once(house: House, disk: Path) -> None:
    file, address = promise(house)
    assert put(address).status_code == 200
    before = house.read(file)
    assert put(address, PDF.replace(b"alert", b"other")).status_code == 404
    assert house.read(file).sha256 == before.sha256
    assert len(on_disk(disk)) == 1


def test_another_method_another_type_another_size(house: House, disk: Path) -> None:
    file, address = promise(house)
    for method in ("GET", "POST", "DELETE", "PATCH"):
        assert put(address, method=method).status_code == 405
    assert put(address, content_type="text/html").status_code == 403
    assert put(address, PDF + b"x").status_code == 413
    assert put(address, b"").status_code == 403  # without content it has no type, either
    assert house.read(file).state == "awaited"
    assert on_disk(disk) == []
    shorter = put(address, PDF[:-1])
    assert (shorter.status_code, shorter.json()["error"]) == (400, "This file was not taken")
    found = house.read(file)
    assert (found.state, found.stored_name) == ("refused", "")
    assert found.refusal.endswith("came.")
    assert (on_disk(disk), used(house)) == ([], 0)


@pytest.mark.parametrize(
    ("content_type", "data"),
    [
        ("image/png", HTML),
        ("image/jpeg", picture("PNG")),
        ("application/pdf", picture("PNG")),
        ("image/png", picture("PNG")[:20]),
    ],
)
def test_other_content_than_was_announced_is_refused_for_good(
    house: House, disk: Path, content_type: str, data: bytes
) -> None:
    file, address = promise(house, data, content_type)
    assert put(address, data, content_type).status_code == 400
    found = house.read(file)
    assert found.state == "refused"
    assert found.refusal
    assert (on_disk(disk), used(house)) == ([], 0)
    assert put(address, data, content_type).status_code == 404


def test_changed_and_old_addresses_lead_nowhere(house: House, disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, address = promise(house)
    head, _, token = address.rpartition("/")
    changed = token[:-2] + ("AA" if token[-2:] != "AA" else "BB")
    for other in (changed, "x", token.split(":")[0], "x" * 3000):
        assert put(f"{head}/{other}").status_code == 404
    _, other_address = promise(House.build())
    _, _, signature = other_address.rpartition("/")[2].partition(":")
    assert put(f"{head}/{token.partition(':')[0]}:{signature}").status_code == 404
    monkeypatch.setattr(actions, "PROMISED", dt.timedelta(seconds=-1))
    assert put(promise(house)[1]).status_code == 404
    assert on_disk(disk) == []
    assert house.read(file).state == "awaited"


def test_an_address_of_a_promise_that_was_taken_back(house: House, disk: Path) -> None:
    file, address = promise(house)
    with house.inside():
        actions.remove(file, by=None)
    assert put(address).status_code == 404
    assert (on_disk(disk), used(house)) == ([], 0)


def test_promises_that_are_refused(house: House, disk: Path, settings: Any) -> None:
    settings.UPLOAD_BYTES = dict.fromkeys(settings.UPLOAD_BYTES, 1000)
    cases: list[tuple[type[Exception], dict[str, Any]]] = [
        (UnsupportedType, {"content_type": "text/html"}),
        (UnsupportedType, {"content_type": "image/svg+xml"}),
        (UnsupportedType, {"content_type": "image/heic"}),
        (UnsupportedType, {"content_type": "application/x-msdownload"}),
        (Invalid, {"size": 0}),
        (TooLarge, {"size": 1001}),
    ]
    for error, options in cases:
        given = {"name": "a", "content_type": "image/png", "size": 10} | options
        with house.refuses(error):  # type: ignore[arg-type]
            actions.promise(by=house["technician"], tenant_id=house.tenant.pk, **given)
    with house.inside():
        MediaAccount.objects.create(tenant=house.tenant, quota_bytes=15)
    with house.refuses(Conflict, code="quota"):
        actions.promise(by=None, tenant_id=house.tenant.pk, name="a", content_type="image/png", size=16)


def test_a_promise_nobody_kept_is_forgotten(house: House, disk: Path) -> None:
    file, _ = promise(house)
    sweeping.tend(house.tenant.pk)
    assert house.read(file).state == "awaited"
    with house.inside():
        MediaFile.objects.update(expires_at=file.uploaded_at - dt.timedelta(seconds=1))
    sweeping.tend(house.tenant.pk)
    with house.inside():
        assert MediaFile.objects.count() == 0
    assert used(house) == 0


def test_refusals_are_told_for_a_week(house: House, disk: Path) -> None:
    file, address = promise(house, HTML, "image/png")
    assert put(address, HTML, "image/png").status_code == 400
    sweeping.tend(house.tenant.pk)
    assert house.read(file).state == "refused"
    with house.inside():
        MediaFile.objects.update(uploaded_at=file.uploaded_at - dt.timedelta(days=8))
    sweeping.tend(house.tenant.pk)
    with house.inside():
        assert MediaFile.objects.count() == 0
