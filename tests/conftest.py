"""Services and database of the test run. Fixtures of one app live in that app's own conftest."""

from __future__ import annotations

import pytest

from tests import services
from tests.database import django_db_setup

__all__ = ["django_db_setup"]


def pytest_configure(config: pytest.Config) -> None:
    if not config.getoption("collectonly"):
        services.start()


def pytest_unconfigure(config: pytest.Config) -> None:
    services.stop()
