"""Services and database of the test run. Fixtures of one app live in that app's own conftest."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests import services
from tests.database import django_db_setup

__all__ = ["django_db_setup"]

# Folders whose tests share one costly system, longest first: side by side, a worker takes a whole one of them.
TOGETHER = ("browser", "launcher", "live")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("collectonly"):
        return
    if config.getoption("numprocesses", None):
        if os.environ.get("DATABASE_URL"):
            raise pytest.UsageError("Workers need a server each: with DATABASE_URL set, run one (make test WORKERS=1).")
        return
    services.start()


def pytest_unconfigure(config: pytest.Config) -> None:
    services.stop()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Group the tests for `--dist loadgroup` (folder or file), the long groups first."""
    tests = Path(__file__).parent

    def group(item: pytest.Item) -> str:
        parts = item.path.relative_to(tests).parts
        return parts[0] if parts[0] in TOGETHER else "/".join(parts)

    for item in items:
        item.add_marker(pytest.mark.xdist_group(group(item)))
    items.sort(key=lambda item: TOGETHER.index(name) if (name := group(item)) in TOGETHER else len(TOGETHER))
