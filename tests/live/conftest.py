"""A real server process beside the test run's database and broker, and a committed tenant for it to serve."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.database import empty_tables
from tests.live.process import LiveServer
from tests.live.world import World


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """Committed rows, because another process reads them; emptied when the module is done."""
    with django_db_blocker.unblock():
        empty_tables()
        yield World.make()
        empty_tables()


@pytest.fixture(scope="module")
def server(world: World) -> Iterator[LiveServer]:
    server = LiveServer()
    yield server
    server.stop()
