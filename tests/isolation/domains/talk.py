"""Mentions, earlier texts of notes, links between work orders and further assets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.house import House
from tests.isolation.breaking import copy
from workorders import actions
from workorders.models import Mention

__all__ = ["BREAK", "fill"]


def fill(house: House, work_order: Any) -> None:
    admin = house["admin"]
    note = actions.comment(work_order, by=admin, text="Ask them", mentions=[house["manager"]])
    actions.edit_comment(note, by=admin, text="Ask them again")


BREAK: dict[str, list[Callable[[House], Any]]] = {"mention_once": [lambda house: copy(Mention)]}
