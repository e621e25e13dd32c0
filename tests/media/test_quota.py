"""Row 54: however many upload at once, nobody stores more than the organisation's room."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from media import actions, quota
from media.models import MediaAccount, MediaFile
from tests.house import House
from tests.media_files import PDF, on_disk
from tests.racing import kinds, race, together


@pytest.fixture
def house(committed: None) -> House:
    return House.build()


def put(house: House) -> Any:
    return actions.store(by=None, tenant_id=house.tenant.pk, content=PDF, name="a.pdf")


def promise(house: House) -> Any:
    return actions.promise(
        by=None, tenant_id=house.tenant.pk, name="a.pdf", content_type="application/pdf", size=len(PDF)
    )


def test_fifty_at_once_fill_exactly_the_room(house: House, disk: Path) -> None:
    with house.inside():
        MediaAccount.objects.create(tenant=house.tenant, quota_bytes=20 * len(PDF) + 5)
    acts = [lambda: put(house)] * 25 + [lambda: promise(house)] * 25
    outcomes = []
    for start in range(0, 50, 10):
        outcomes += together(acts[start : start + 10], house.tenant)
    assert (kinds(outcomes).count("ok"), kinds(outcomes).count("quota")) == (20, 30)
    with house.inside():
        assert MediaAccount.objects.values_list("used_bytes", flat=True).get() == 20 * len(PDF)
        stored = MediaFile.objects.filter(state="ready").count()
        assert MediaFile.objects.count() == 20
    assert len(on_disk(disk)) == stored


def test_the_last_room_is_given_once(house: House, disk: Path) -> None:
    with house.inside():
        MediaAccount.objects.create(tenant=house.tenant, quota_bytes=len(PDF))
    assert kinds(race(house.tenant, lambda: put(house), lambda: put(house))) == ["ok", "quota"]
    assert len(on_disk(disk)) == 1


def test_two_first_uploads_share_one_account(house: House, disk: Path) -> None:
    assert kinds(race(house.tenant, lambda: put(house), lambda: put(house))) == ["ok", "ok"]
    with house.inside():
        assert list(MediaAccount.objects.values_list("used_bytes", flat=True)) == [2 * len(PDF)]


def test_counting_again_puts_right_what_is_wrong(house: House, disk: Path) -> None:
    with house.inside():
        put(house)
        MediaAccount.objects.update(used_bytes=7)
        assert quota.count_again(house.tenant.pk) == len(PDF) - 7
        assert quota.count_again(house.tenant.pk) == 0
        assert MediaAccount.objects.values_list("used_bytes", flat=True).get() == len(PDF)
