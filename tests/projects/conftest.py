from __future__ import annotations

from tests.workorders.conftest import house, stranger

__all__ = ["house", "stranger"]
