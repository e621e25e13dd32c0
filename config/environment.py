"""Typed readers for the process environment.

Every reader notes what is missing or malformed instead of raising at once, so that a start fails with the whole list.
"""

from __future__ import annotations

import os
from collections.abc import Mapping


class Environment:
    """Reads settings from `values` (default: the process environment); call `finish()` when all were read."""

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        self.values = os.environ if values is None else values
        self.problems: list[str] = []

    def text(self, name: str, default: str | None = None) -> str:
        value = self.values.get(name, "")
        if value:
            return value
        if default is None:
            self.problems.append(f"{name} is missing")
            return ""
        return default

    def number(self, name: str, default: int) -> int:
        value = self.values.get(name, "")
        if not value:
            return default
        try:
            return int(value)
        except ValueError:
            self.problems.append(f"{name} must be a whole number, not {value!r}")
            return default

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.values.get(name, "").lower()
        if not value:
            return default
        if value in {"1", "true", "yes", "on"}:
            return True
        if value in {"0", "false", "no", "off"}:
            return False
        self.problems.append(f"{name} must be true or false, not {value!r}")
        return default

    def names(self, name: str, default: str = "") -> list[str]:
        return [part.strip() for part in self.values.get(name, default).split(",") if part.strip()]

    def choice(self, name: str, choices: tuple[str, ...], default: str) -> str:
        value = self.values.get(name, "") or default
        if value not in choices:
            self.problems.append(f"{name} must be one of {', '.join(choices)}, not {value!r}")
            return default
        return value

    def refuse(self, problem: str) -> None:
        self.problems.append(problem)

    def finish(self) -> None:
        if self.problems:
            raise SystemExit("Millwright cannot start:\n" + "\n".join(f"  - {problem}" for problem in self.problems))
