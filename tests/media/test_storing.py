"""Storing a file: what it is, what is refused, what is left behind (rows 48 to 53, 59, 60)."""

from __future__ import annotations

import resource
import time
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import File
from django.core.files.storage import FileSystemStorage

from core import files
from core.errors import Conflict, DomainError, Invalid, TooLarge, UnsupportedType
from media import actions
from media.models import MediaAccount, MediaFile
from tests.house import House
from tests.media_files import (
    HEIC,
    HTML,
    MP4,
    PDF,
    SVG,
    TEXT,
    gif_bomb,
    on_disk,
    picture,
    png_bomb,
    webp_bomb,
    zip_bomb,
    zipped,
)  # fmt: skip

DOCX = {"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w:document/>", "word/vbaProject.bin": b"macro"}


def put(house: House, data: bytes, name: str = "photo.jpg", **options: Any) -> MediaFile:
    with house.inside():
        return actions.store(by=house["technician"], tenant_id=house.tenant.pk, content=data, name=name, **options)


KINDS = [
    (picture("JPEG"), "a.png", "jpg", "image/jpeg", "image"),
    (picture("PNG"), "a.php", "png", "image/png", "image"),
    (picture("WEBP"), ".htaccess", "webp", "image/webp", "image"),
    (picture("GIF"), "a.html", "gif", "image/gif", "image"),
    (picture("AVIF"), "a.jpg", "avif", "image/avif", "image"),
    (PDF, "a.html.png", "pdf", "application/pdf", "document"),
    (MP4, "a.mov", "mp4", "video/mp4", "video"),
    (b"ID3" + b"\x00" * 50, "a.mp3", "mp3", "audio/mpeg", "audio"),
    (b"RIFF\x00\x00\x00\x00WAVEfmt ", "a", "wav", "audio/wav", "audio"),
    (TEXT, "a.csv", "txt", "text/plain", "document"),
    (zipped(DOCX), "a.docm", "docx", files.file_types.TYPES["docx"].content_type, "document"),
    (zipped({"a.txt": b"a"}), "a.zip", "zip", "application/zip", "other"),
]


@pytest.mark.parametrize(("data", "name", "ending", "content_type", "kind"), KINDS, ids=[row[2] for row in KINDS])
def test_the_bytes_say_what_it_is(
    house: House, disk: Path, data: bytes, name: str, ending: str, content_type: str, kind: str
) -> None:
    file = put(house, data, name)
    assert (file.content_type, file.kind, file.size) == (content_type, kind, len(data))
    assert on_disk(disk) == [file.stored_name]
    assert file.stored_name.endswith(f".{ending}")
    assert file.state == ("processing" if kind == "image" else "ready")
    with house.inside():
        assert MediaAccount.objects.values_list("used_bytes", flat=True).get() == len(data)


REFUSED: list[tuple[str, Any, type[DomainError], str]] = [
    ("empty", b"", Invalid, "invalid"),
    ("html", HTML, UnsupportedType, "unsupported_type"),
    ("svg", SVG, UnsupportedType, "unsupported_type"),
    ("php", b"<?php phpinfo();", UnsupportedType, "unsupported_type"),
    ("shell", b"#!/bin/sh\nrm -rf /\n", UnsupportedType, "unsupported_type"),
    ("late script", b"a,b\n<script>alert(1)</script>", UnsupportedType, "unsupported_type"),
    ("exe", b"MZ\x90\x00" + b"\x00" * 100, UnsupportedType, "unsupported_type"),
    ("heic", HEIC, UnsupportedType, "heic"),
    ("png bomb", png_bomb, Invalid, "invalid"),
    ("webp bomb", webp_bomb, Invalid, "invalid"),
    ("gif bomb", gif_bomb, Invalid, "invalid"),
    ("cut jpeg", picture()[:20], Invalid, "invalid"),
    ("zip bomb", zip_bomb, Invalid, "invalid"),
    ("zip slip", zipped({"../../evil.sh": b"x"}), Invalid, "invalid"),
    ("absolute zip", zipped({"/etc/passwd": b"x"}), Invalid, "invalid"),
    ("nested zip", zipped({"a.zip": zipped({"b": b"b"})}), Invalid, "invalid"),
    ("link in a zip", zipped({"a": b"a"}, links={"passwd": "/etc/passwd"}), Invalid, "invalid"),
    ("crowded zip", lambda: zipped({str(number): b"" for number in range(2001)}), Invalid, "invalid"),
    ("cut zip", zipped({"a": b"a" * 1000})[:-30], Invalid, "invalid"),
]


@pytest.mark.parametrize(("case", "data", "error", "code"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_is_not_taken(house: House, disk: Path, case: str, data: Any, error: type[DomainError], code: str) -> None:
    given = data() if callable(data) else data
    house["technician"]
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    with house.refuses(error, code=code):
        put(house, given, "photo.png")
    assert time.perf_counter() - started < 2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 * 1024
    assert on_disk(disk) == []


def test_sizes_are_limited_by_kind(house: House, disk: Path, settings: Any) -> None:
    settings.UPLOAD_BYTES = dict.fromkeys(settings.UPLOAD_BYTES, 1000) | {"video": 3000}
    house["technician"]
    put(house, b"%PDF-" + b"x" * 995, "a.pdf")
    put(house, MP4, "a.mp4")
    for data in (b"%PDF-" + b"x" * 996, b"x" * 1001, MP4 + b"x" * 3000):
        with house.refuses(TooLarge, code="too_large", field="file"):
            put(house, data, "a.pdf")
    assert len(on_disk(disk)) == 2


def test_a_full_disk_leaves_neither_row_nor_file(house: House, disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house["technician"]

    def full(self: Any, name: str, content: Any) -> str:
        (disk / name).parent.mkdir(parents=True)
        (disk / name).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(FileSystemStorage, "_save", full)
    with house.refuses(files.StorageAway, code="storage"):
        put(house, PDF)
    assert on_disk(disk) == []


def test_no_more_than_the_organisation_s_room(house: House, disk: Path) -> None:
    house["technician"]
    with house.inside():
        MediaAccount.objects.create(tenant=house.tenant, quota_bytes=len(PDF) + 10)
    put(house, PDF)
    with house.refuses(Conflict, code="quota"):
        put(house, PDF)
    assert len(on_disk(disk)) == 1
    with house.inside():
        assert MediaAccount.objects.values_list("used_bytes", flat=True).get() == len(PDF)


def test_a_caption_is_short(house: House, disk: Path) -> None:
    house["technician"]
    assert put(house, PDF, caption="  As\nfound ").caption == "As found"
    with house.refuses(Invalid, field="caption"):
        put(house, PDF, caption="x" * 301)
    assert len(on_disk(disk)) == 1


def test_removing_takes_the_bytes_with_the_commit(committed: None, disk: Path) -> None:
    house = House.build()
    file = put(house, PDF)
    with house.inside():
        actions.remove(file, by=house["technician"])
        assert len(on_disk(disk)) == 1
    assert on_disk(disk) == []
    with house.inside():
        assert list(MediaAccount.objects.values_list("used_bytes", flat=True)) == [0]
        assert MediaFile.objects.count() == 0


def test_a_file_is_read_once_from_its_beginning(house: House, disk: Path, tmp_path: Path) -> None:
    source = tmp_path / "a.pdf"
    source.write_bytes(PDF)
    with source.open("rb") as opened:
        opened.read(7)
        file = put(house, File(opened), "a.pdf")  # type: ignore[arg-type]
    assert (disk / file.stored_name).read_bytes() == PDF
