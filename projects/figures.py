"""Budget against what was spent."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from projects.models import Project


@dataclass(frozen=True, slots=True)
class Figures:
    """`variance` is the budget less what was spent: below zero the project cost more than it may."""

    budget: Decimal | None
    spent: Decimal
    warning: int

    @classmethod
    def of(cls, project: Project) -> Figures:
        """Of a project read `with_figures`."""
        return cls(project.budget, project.spent, project.budget_spent_warning)  # type: ignore[attr-defined]

    @property
    def variance(self) -> Decimal | None:
        return None if self.budget is None else self.budget - self.spent

    @property
    def percent(self) -> int | None:
        """How much of the budget is spent; of a budget of nothing, all of it as soon as anything is."""
        if self.budget is None:
            return None
        if not self.budget:
            return 100 if self.spent else 0
        return int(100 * self.spent / self.budget)

    @property
    def over(self) -> bool:
        return self.variance is not None and self.variance < 0

    @property
    def near(self) -> bool:
        """Whether so much is spent that somebody should look, though not yet too much."""
        return self.percent is not None and not self.over and self.percent >= self.warning
