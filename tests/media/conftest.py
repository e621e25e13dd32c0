from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages

from tests.house import House
from tests.racing import committed

__all__ = ["committed"]


@pytest.fixture
def disk(tmp_path: Path, settings: Any) -> Iterator[Path]:
    """Files of this test lie in a folder of its own."""
    folder = tmp_path / "media"
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(folder)},
        }
    }
    storages._storages.clear()
    yield folder
    storages._storages.clear()


@pytest.fixture
def house(db: None) -> House:
    return House.build()


@pytest.fixture
def stranger(db: None) -> House:
    """Another tenant, whose rows must not exist for `house`."""
    return House.build()
