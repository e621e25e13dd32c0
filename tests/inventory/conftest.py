from __future__ import annotations

import pytest

from tests.house import House
from tests.racing import committed

__all__ = ["committed"]


@pytest.fixture
def house(db: None) -> House:
    return House.build()


@pytest.fixture
def stranger(db: None) -> House:
    """Another tenant, whose rows must not exist for `house`."""
    return House.build()
