"""A photo is made upright, bare and small, once; until then nobody sees it (rows 49 and 56)."""

from __future__ import annotations

import datetime as dt
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage
from PIL import ExifTags, Image

from core import files
from media import actions, naming, sweeping
from media.choices import MediaState
from media.models import MediaAccount, MediaFile
from tests.house import House
from tests.media_files import PDF, on_disk, photo, picture
from tests.racing import kinds, together


def put(house: House, data: bytes, name: str = "photo.jpg", **options: Any) -> MediaFile:
    with house.inside():
        return actions.store(by=None, tenant_id=house.tenant.pk, content=data, name=name, **options)


def prepare(house: House, file: MediaFile) -> MediaFile:
    with house.inside():
        actions.prepare(file.pk, by=None)
    found: MediaFile = house.read(file)
    return found


def read(disk: Path, name: str) -> Image.Image:
    return Image.open(BytesIO((disk / name).read_bytes()))


@pytest.fixture
def house(committed: None) -> House:
    return House.build()


def test_a_photo_becomes_upright_and_bare(house: House, disk: Path) -> None:
    before = put(house, photo(turned=True))
    done = prepare(house, before)
    assert (done.state, done.width, done.height, done.content_type) == ("ready", 40, 80, "image/jpeg")
    assert done.taken_at == dt.datetime(2026, 5, 4, 7, 8, 9, tzinfo=dt.UTC)
    assert on_disk(disk) == sorted([done.stored_name, done.thumbnail_name])
    kept = (disk / done.stored_name).read_bytes()
    assert done.size == len(kept)
    image = read(disk, done.stored_name)
    assert dict(image.getexif()) == {}
    assert not any(secret in kept for secret in (b"Exif", b"GPS", b"SecretPhone", b"SecretComment"))
    # Orientation 6: what was on the left of the sensor is at the top.
    assert image.getpixel((20, 5))[0] > 200  # type: ignore[index]
    assert image.getpixel((20, 75))[2] > 200  # type: ignore[index]
    thumb = read(disk, done.thumbnail_name)
    assert (thumb.format, thumb.size) == ("WEBP", (40, 80))
    with house.inside():
        assert MediaAccount.objects.values_list("used_bytes", flat=True).get() == len(kept)


def test_the_organisation_may_keep_where_it_was_taken(house: House, disk: Path) -> None:
    with house.inside():
        actions.set_keep_location(by=house["admin"], keep=True)
    done = prepare(house, put(house, photo()))
    exif = read(disk, done.stored_name).getexif()
    assert exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitudeRef] == "S"
    kept = (disk / done.stored_name).read_bytes()
    assert b"SecretPhone" not in kept
    assert b"SecretComment" not in kept


def test_a_camera_that_knows_its_zone_is_believed(house: House, disk: Path) -> None:
    done = prepare(house, put(house, photo(offset="+08:00")))
    assert done.taken_at == dt.datetime(2026, 5, 3, 23, 8, 9, tzinfo=dt.UTC)


def test_a_broken_clock_does_no_harm(house: House, disk: Path) -> None:
    said = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
    assert prepare(house, put(house, photo(taken="0000:00:00 00:00:00"))).taken_at is None
    assert prepare(house, put(house, photo(taken="soon"), taken_at=said)).taken_at == said


def test_large_pictures_get_small_thumbnails(house: House, disk: Path) -> None:
    done = prepare(house, put(house, picture("PNG", (2000, 1000))))
    assert read(disk, done.thumbnail_name).size == (640, 320)
    assert read(disk, done.stored_name).size == (2000, 1000)


TAIL = b"<script>document.title='XSS'</script>"
POLYGLOTS = {
    "png": picture("PNG") + TAIL,
    "jpg": picture("JPEG") + TAIL,
    "gif": b"GIF89a/*" + picture("GIF")[8:] + b"*/=1;" + TAIL,
    "webp": picture("WEBP") + TAIL,
    "commented": picture("JPEG", comment=TAIL),
}


@pytest.mark.parametrize("case", POLYGLOTS)
def test_nothing_but_pixels_is_left(house: House, disk: Path, case: str) -> None:
    done = prepare(house, put(house, POLYGLOTS[case]))
    if case == "gif" and done.state == MediaState.REFUSED:
        assert on_disk(disk) == []
        return
    assert done.state == "ready"
    for name in on_disk(disk):
        assert b"script" not in (disk / name).read_bytes()


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
def test_every_kind_of_colour(house: House, disk: Path, mode: str) -> None:
    out = BytesIO()
    Image.new(mode, (30, 20)).save(out, "TIFF" if mode == "CMYK" else "PNG") if mode != "CMYK" else Image.new(
        mode, (30, 20)
    ).save(out, "JPEG")
    assert prepare(house, put(house, out.getvalue())).state == "ready"


def test_what_cannot_be_decoded_is_refused_with_a_reason(house: House, disk: Path) -> None:
    whole = picture("JPEG", (800, 600), quality=95)
    done = prepare(house, put(house, whole[: len(whole) // 2]))
    assert (done.state, done.stored_name) == ("refused", "")
    assert done.refusal.startswith("This picture is broken")
    assert on_disk(disk) == []
    with house.inside():
        assert MediaAccount.objects.values_list("used_bytes", flat=True).get() == 0


def test_preparing_twice_or_at_once_is_done_once(house: House, disk: Path) -> None:
    file = put(house, picture())
    acts = [lambda: actions.prepare(file.pk, by=None)] * 4
    outcomes = together(acts, house.tenant)
    assert kinds(outcomes) == ["ok"] * 4
    assert len([one for one in outcomes if one is not None]) == 1
    done = house.read(file)
    assert prepare(house, file).stored_name == done.stored_name
    assert on_disk(disk) == sorted([done.stored_name, done.thumbnail_name])


def test_a_try_that_died_is_repeated(house: House, disk: Path) -> None:
    file = put(house, picture())
    left = disk / naming.prepared(file.stored_name)
    left.write_bytes(b"half")
    done = prepare(house, file)
    assert done.state == "ready"
    assert on_disk(disk) == sorted([done.stored_name, done.thumbnail_name])


def test_a_full_disk_is_waited_for(house: House, disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = put(house, picture())

    def full(self: Any, name: str, content: Any) -> str:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(FileSystemStorage, "_save", full)
        with pytest.raises(files.StorageAway), house.inside():
            actions.prepare(file.pk, by=None)
    assert house.read(file).state == "processing"
    assert on_disk(disk) == [file.stored_name]
    assert prepare(house, file).state == "ready"


def test_turning_a_picture(house: House, disk: Path) -> None:
    done = prepare(house, put(house, photo()))
    with house.inside():
        assert actions.describe(done, by=None, turn=90) == {"turn": [0, 90]}
        assert actions.describe(done, by=None, turn=270) == {"turn": [90, 0]}
        actions.describe(done, by=None, turn=90)
    again = prepare(house, done)
    assert (again.state, again.turn, again.width, again.height) == ("ready", 0, 40, 80)
    assert read(disk, again.stored_name).getpixel((20, 5))[0] > 200  # type: ignore[index]
    assert on_disk(disk) == sorted([again.stored_name, again.thumbnail_name])
    assert again.taken_at == done.taken_at


def test_the_sweep_prepares_what_no_worker_did(house: House, disk: Path) -> None:
    stale, fresh = put(house, picture()), put(house, picture())
    with house.inside():
        MediaFile.objects.filter(pk=stale.pk).update(uploaded_at=stale.uploaded_at - dt.timedelta(seconds=90))
    assert sweeping.tenants("media_tenants_to_tend") == [house.tenant.pk]
    sweeping.tend(house.tenant.pk)
    assert (house.read(stale).state, house.read(fresh).state) == ("ready", "processing")
    assert sweeping.tenants("media_tenants_to_tend") == []


def test_addresses_of_a_picture_lead_nowhere_before_it_is_prepared(house: House, disk: Path) -> None:
    file = put(house, photo())
    fields = ("stored_name", "thumbnail_name", "original_name", "state", "kind")
    with house.inside():
        url, thumbnail = naming.urls({name: getattr(file, name) for name in fields})
    grants = [files.grant_of(address.rpartition("/")[2]) for address in (url, thumbnail)]
    assert file.stored_name not in {grant.name for grant in grants}
    assert [(disk / grant.name).exists() for grant in grants] == [False, False]
    done = prepare(house, file)
    assert [grant.name for grant in grants] == [done.stored_name, done.thumbnail_name]


def test_the_sweep_removes_what_nothing_names(house: House, disk: Path) -> None:
    import os

    kept, orphan = put(house, PDF), put(house, PDF)
    old = dt.timedelta(days=2)
    with house.inside():
        MediaFile.objects.update(uploaded_at=kept.uploaded_at - old)
        MediaFile.objects.filter(pk=kept.pk).update(uploaded_at=kept.uploaded_at)
        MediaAccount.objects.update(used_bytes=999_999)
        stray = files.keep(files.new_name(house.tenant.pk, "pdf"), actions.as_file(PDF))
    for name in on_disk(disk):
        os.utime(
            disk / name, (kept.uploaded_at - old).timestamp() * 1.0 and ((kept.uploaded_at - old).timestamp(),) * 2
        )
    sweeping.sweep(house.tenant.pk)
    assert on_disk(disk) == [kept.stored_name]
    assert stray != kept.stored_name
    with house.inside():
        assert list(MediaFile.objects.values_list("pk", flat=True)) == [kept.pk]
        assert MediaAccount.objects.values_list("used_bytes", flat=True).get() == len(PDF)
    assert orphan.pk != kept.pk
