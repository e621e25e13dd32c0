from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.launcher.running import Running


@pytest.fixture(scope="module")
def installed() -> Iterator[Running]:
    """A state directory that has been started once, for all tests of the module."""
    running = Running()
    running.start()
    yield running
    running.forget()


@pytest.fixture
def system(installed: Running) -> Running:
    """The same, running and ready, whatever the test before did to it."""
    if installed.process is None or installed.process.poll() is not None:
        installed.start()
    return installed
