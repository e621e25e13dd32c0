"""The figure of issue 3: a 12-megapixel photo is answered long before it is prepared."""

from __future__ import annotations

from pathlib import Path

from media import measuring
from media.models import MediaFile
from tests.house import House


def test_a_photo_of_twelve_megapixels_is_stored_at_once(house: House, disk: Path) -> None:
    data = measuring.sample()
    with house.inside():
        stored, prepared = measuring.photo(house.tenant.pk, data)
        file = MediaFile.objects.get()
    assert (file.state, file.width, file.height) == ("ready", 4000, 3000)
    print(f"stored {stored:.0f} ms, prepared {prepared:.0f} ms, {len(data)} bytes")
    assert stored < 300
