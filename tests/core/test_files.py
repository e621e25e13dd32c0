"""Files: where they lie, what they may be called, who gets them, and that no row and no file is left alone."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core import signing
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, storages
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from core import context, files
from core.errors import Invalid, NotFound
from tenancy.models import Member, Tenant, User
from tests import factories

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40
PDF = b"%PDF-1.7\n" + b"x" * 40
HTML = b"<html><script>document.title = 'XSS'</script></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>document.title = "XSS"</script></svg>'
HOSTILE = [
    "../../etc/cron.d/x",
    "..\\..\\x.exe",
    "/etc/passwd",
    "C:\\Windows\\x.txt",
    "CON",
    "con.txt",
    "lpt1.pdf",
    "a" * 300 + ".pdf",
    "." * 300,
    "photo\u202egnp.exe",
    'a";filename="b.html',
    "a\r\nX-Evil: 1.pdf",
    "a\x00.pdf",
    "🚜 motor 🔧.pdf",
    "Übersicht — März.xlsx",
    "",
    "   ",
    "..",
    "a%00b%2fc.pdf",
    "$(reboot).pdf",
    "<script>.html",
]


@pytest.fixture
def disk(tmp_path: Path, settings: Any) -> Iterator[Path]:
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / "media")},
        }
    }
    yield tmp_path / "media"
    storages._storages.clear()


@pytest.fixture
def tenant_id() -> Iterator[UUID]:
    tenant_id = uuid4()
    with context.use(tenant_id=tenant_id):
        yield tenant_id


def put(tenant_id: UUID, data: bytes = PNG, name: str = "pump.png", kind: str = files.DOCUMENT) -> files.Stored:
    return files.save(tenant_id, ContentFile(data), kind, name)


class Failure(Exception):
    pass


@contextmanager
def failing() -> Iterator[None]:
    """A transaction in which everything is done, and which then fails."""
    with suppress(Failure), transaction.atomic():
        yield
        raise Failure


def on_disk(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.mark.django_db
def test_a_stored_file_is_given_back(disk: Path, tenant_id: UUID) -> None:
    stored = put(tenant_id)
    now = timezone.now()
    assert re.fullmatch(rf"{tenant_id}/{now:%Y}/{now:%m}/[0-9a-f-]{{36}}\.png", stored.name)
    assert (stored.original_name, stored.content_type, stored.size) == ("pump.png", "image/png", len(PNG))
    assert files.exists(stored.name)
    assert files.size(stored.name) == len(PNG)
    with files.open(stored.name) as opened:
        assert opened.read() == PNG
    assert on_disk(disk) == [stored.name]


@pytest.mark.django_db
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_reaches_neither_the_disk_nor_a_header(name: str, disk: Path, tenant_id: UUID) -> None:
    stored = put(tenant_id, PDF, name)
    assert on_disk(disk.parent) == [f"media/{stored.name}"]
    assert stored.name.endswith(".pdf")
    cleaned = stored.original_name
    assert 1 <= len(cleaned) <= files.LONGEST_NAME
    assert not re.search(r'[\x00-\x1f\u202a-\u202e"/\\<>:|?*;%]', cleaned)
    assert cleaned.split(".")[0].lower() not in {"con", "lpt1", ""}
    header = files.disposition(stored.name, cleaned, inline=False)
    assert re.fullmatch(r"attachment; filename(=\"[^\"\\\r\n]+\"|\*=utf-8''[A-Za-z0-9%.!#$&+^_`|~()'-]+)", header)


def test_names_people_gave_are_kept_as_far_as_they_are_harmless() -> None:
    assert files.clean_name("Übersicht — März.xlsx") == "Übersicht — März.xlsx"
    assert files.clean_name("photo\u202egnp.exe") == "photognp.exe"
    assert files.clean_name("CON") == "_CON"
    assert files.clean_name("..") == "file"
    assert files.clean_name("a" * 300 + ".pdf") == "a" * 116 + ".pdf"
    assert files.clean_name("C:\\reports\\May.pdf") == "May.pdf"


@pytest.mark.django_db
@pytest.mark.parametrize("data", [SVG, HTML, PDF, b"GIF8"], ids=["svg", "html", "pdf", "stump"])
def test_what_is_no_photo_is_refused_as_one(data: bytes, disk: Path, tenant_id: UUID) -> None:
    with pytest.raises(Invalid) as refused:
        put(tenant_id, data, "photo.png", files.PHOTO)
    assert refused.value.details == {"file": "This is not a photo. Use JPEG, PNG, WebP, AVIF or GIF."}
    with pytest.raises(Invalid):
        put(tenant_id, b"")
    assert on_disk(disk.parent) == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("data", "name", "ending", "content_type"),
    [
        (SVG, "svg-as.png", "bin", files.OPAQUE),
        (HTML, "xss.html", "bin", files.OPAQUE),
        (HTML, "html-as.pdf", "bin", files.OPAQUE),
        (PNG, "really-a-picture.html", "png", "image/png"),
        (b"a,b\n", "table.CSV", "csv", files.OPAQUE),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "x", "webp", "image/webp"),
    ],
)
def test_the_bytes_decide_how_a_document_is_served(
    data: bytes, name: str, ending: str, content_type: str, disk: Path, tenant_id: UUID
) -> None:
    stored = put(tenant_id, data, name)
    assert stored.name.endswith(f".{ending}")
    assert stored.content_type == content_type
    assert files.disposition(stored.name, name, inline=True).startswith(
        "attachment" if content_type == files.OPAQUE else "inline"
    )


@pytest.mark.django_db
@pytest.mark.parametrize("form", ["{t}/../../x.png", "../{t}/2026/01/{u}.png", "/etc/passwd", "", "{t}/2026/01/x.png"])
def test_no_other_name_reaches_the_storage(form: str, disk: Path, tenant_id: UUID) -> None:
    name = form.format(t=tenant_id, u=uuid4())
    for act in (files.open, files.exists, files.size, files.delete, lambda name: files.signed_url(name, "x")):
        with pytest.raises(NotFound):
            act(name)


@pytest.mark.django_db
def test_another_tenant_s_file_is_not_there(disk: Path, tenant_id: UUID) -> None:
    stored = put(tenant_id)
    for other in (uuid4(), None):
        with context.use(tenant_id=other):
            for act in (files.open, files.exists, files.size, files.delete, lambda name: files.signed_url(name, "x")):
                with pytest.raises(NotFound):
                    act(stored.name)
            with pytest.raises(NotFound):
                put(tenant_id)
    assert on_disk(disk) == [stored.name]


@pytest.mark.django_db(transaction=True)
def test_a_rollback_takes_the_file_along_and_a_commit_keeps_it(disk: Path, tenant_id: UUID) -> None:
    with failing():
        put(tenant_id)
        assert len(on_disk(disk)) == 1
    assert on_disk(disk) == []
    with transaction.atomic():
        kept = put(tenant_id)
        with failing():
            put(tenant_id)
        with transaction.atomic():
            also_kept = put(tenant_id)
    assert on_disk(disk) == sorted([kept.name, also_kept.name])
    assert connection.run_on_rollback == []
    with failing():
        pass
    assert len(on_disk(disk)) == 2


@pytest.mark.django_db(transaction=True)
def test_a_commit_that_the_database_refuses_takes_the_file_along(disk: Path) -> None:
    tenant = factories.make_tenant()
    member = factories.make_member(tenant, login=False)

    def act() -> None:
        with context.use(tenant_id=tenant.pk), transaction.atomic():
            put(tenant.pk)
            # A reference to nothing: composite references are checked at the commit.
            Member.objects.filter(pk=member.pk).update(role_id=uuid4())
            assert len(on_disk(disk)) == 1

    with pytest.raises(IntegrityError):
        act()
    assert on_disk(disk) == []


@pytest.mark.django_db(transaction=True)
def test_a_deleted_file_goes_with_the_commit_only(disk: Path, tenant_id: UUID) -> None:
    stored = put(tenant_id)
    with failing():
        files.delete(stored.name)
    assert files.exists(stored.name)
    with transaction.atomic():
        files.delete(stored.name)
        assert files.exists(stored.name)
    assert on_disk(disk) == []


@pytest.mark.django_db
def test_a_full_disk_refuses_in_a_sentence_and_leaves_nothing(
    disk: Path, tenant_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Any, name: str, content: Any) -> str:
        (disk / name).parent.mkdir(parents=True)
        (disk / name).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(FileSystemStorage, "_save", full)
    with pytest.raises(files.StorageAway, match="Nothing was saved"):
        put(tenant_id)
    assert on_disk(disk) == []


@pytest.mark.django_db
def test_the_sweep_finds_what_no_row_names(disk: Path, tenant_id: UUID) -> None:
    kept, orphan, young = put(tenant_id), put(tenant_id), put(tenant_id)
    with context.use(tenant_id=uuid4()) as other:
        strange = put(other.tenant_id)
    for stored in (kept, orphan, strange):
        old = (timezone.now() - dt.timedelta(days=2)).timestamp()
        os.utime(disk / stored.name, (old, old))
    gone = files.sweep(tenant_id, lambda names: {kept.name} & set(names))
    assert gone == [orphan.name]
    assert on_disk(disk) == sorted([kept.name, young.name, strange.name])
    assert files.sweep(uuid4(), lambda names: set()) == []


# --- The address ------------------------------------------------------------------------------------------------------


@pytest.fixture
def tenant(db: None) -> Tenant:
    return factories.make_tenant()


def browser_of(member: Member) -> Client:
    http = Client()
    http.force_login(User.objects.get(pk=member.user_id))
    return http


def address(tenant: Tenant, data: bytes = PNG, filename: str = "Pump 1.png", **options: Any) -> str:
    with context.use(tenant_id=tenant.pk):
        return files.signed_url(put(tenant.pk, data).name, filename, **options)


def test_a_member_gets_the_file_and_it_can_do_nothing(disk: Path, tenant: Tenant) -> None:
    http = browser_of(factories.make_member(tenant))
    answer = http.get(address(tenant))
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content) == PNG
    assert answer["Content-Type"] == "image/png"
    assert answer["Content-Length"] == str(len(PNG))
    assert answer["Content-Disposition"] == 'attachment; filename="Pump 1.png"'
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'; style-src 'unsafe-inline'"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "private, no-store"
    shown = http.get(address(tenant, filename="Übersicht.png", inline=True))
    assert shown["Content-Disposition"] == "inline; filename*=utf-8''%C3%9Cbersicht.png"
    page = http.get(address(tenant, HTML, "xss.html", inline=True))
    assert (page["Content-Type"], page["Content-Disposition"]) == (files.OPAQUE, 'attachment; filename="xss.html"')


def test_strangers_and_the_anonymous_find_nothing(disk: Path, tenant: Tenant) -> None:
    link = address(tenant)
    stranger = factories.make_member(factories.make_tenant(), "admin")
    assert browser_of(stranger).get(link).status_code == 404
    assert Client().get(link).status_code == 404
    assert Client().get(link, headers={"Authorization": "Bearer mw_nothing"}).status_code == 404
    key = factories.make_key(stranger)
    assert Client().get(link, headers={"Authorization": f"Bearer {key}"}).status_code == 404
    key = factories.make_key(factories.make_member(tenant))
    assert Client().get(link, headers={"Authorization": f"Bearer {key}"}).status_code == 200


def test_an_address_ends_and_cannot_be_changed(disk: Path, tenant: Tenant) -> None:
    http = browser_of(factories.make_member(tenant))
    assert http.get(address(tenant, seconds=-1)).status_code == 404
    link = address(tenant)
    assert http.get(link[:-1] + ("A" if link[-1] != "A" else "B")).status_code == 404
    assert http.get("/files/x").status_code == 404
    assert http.get(f"/files/{'x' * 3000}").status_code == 404
    assert http.post(link).status_code == 405
    assert http.delete(link).status_code == 405
    assert http.get(f"/files/{signing.dumps({'n': 'x'}, salt='another')}").status_code == 404


def test_a_file_that_is_gone_is_not_found(disk: Path, tenant: Tenant) -> None:
    http = browser_of(factories.make_member(tenant))
    link = address(tenant)
    for path in disk.rglob("*.png"):
        path.unlink()
    assert http.get(link).status_code == 404


def test_a_part_of_a_file_is_played_from_the_middle(disk: Path, tenant: Tenant) -> None:
    http, data = browser_of(factories.make_member(tenant)), PDF + bytes(range(200))
    link, size = address(tenant, data), len(data)

    def part(asked: str) -> tuple[int, bytes, str]:
        answer = http.get(link, headers={"Range": asked})
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        return answer.status_code, content, answer.get("Content-Range", "")

    assert part("bytes=0-3") == (206, data[:4], f"bytes 0-3/{size}")
    assert part("bytes=10-") == (206, data[10:], f"bytes 10-{size - 1}/{size}")
    assert part("bytes=-5") == (206, data[-5:], f"bytes {size - 5}-{size - 1}/{size}")
    assert part(f"bytes=5-{size * 9}") == (206, data[5:], f"bytes 5-{size - 1}/{size}")
    assert part(f"bytes={size}-") == (416, b"", f"bytes */{size}")
    assert part("bytes=9-5") == (416, b"", f"bytes */{size}")
    for nonsense in ("bytes=-", "bytes=0-1,3-4", "lines=1-2", "bytes=a-b"):
        assert part(nonsense) == (200, data, "")
    assert http.get(link)["Accept-Ranges"] == "bytes"
