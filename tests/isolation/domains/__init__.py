"""Rows and broken promises of one domain each, found by `world.furnish` and `test_constraints`.

A module has `fill(house, work_order)`, which puts at least one row into each of its tables, and `BREAK`, which breaks each
of its constraints by name (see `test_constraints.BREAK`), with `NAMES` where PostgreSQL calls one differently.
"""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

__all__ = ["ALL"]

ALL: list[ModuleType] = [
    importlib.import_module(f"{__name__}.{module.name}")
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name)
]
