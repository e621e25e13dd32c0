"""Services and database of the test run. Fixtures of one app live in that app's own conftest."""

from __future__ import annotations

import os
from collections.abc import Generator
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests import services
from tests.database import django_db_setup

__all__ = ["django_db_setup"]

# Tests that share one costly system and so run on one worker; the longest groups are handed out first.
LONGEST = ("browser", "launcher", "live")


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


def group(nodeid: str) -> str:
    """The folder of what shares a system, else the file."""
    file = nodeid.partition("::")[0].removeprefix("tests/")
    folder = file.partition("/")[0]
    return folder if folder in LONGEST else file


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Generator[None]:
    """The long groups first, each in the order that pytest-django gave it."""
    yield
    rank = {name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: rank.get(group(item.nodeid), len(rank)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Each group to one worker. (`--dist loadgroup` is not used: its marks do not reach pytest 9.2's node ids.)"""

    class ByGroup(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return group(nodeid)

    config.option.loadscopereorder = False  # keep the order above
    return ByGroup(config, log)
