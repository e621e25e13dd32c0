"""The starter library: thirty repeated jobs with the steps, limits and tools they usually have, written for this product.

Limits are those of common equipment and meant to be changed to what the maker of one's own says. Parts stand in words,
because catalogue numbers are everybody's own.
"""

from __future__ import annotations

from functools import cache

from workorders.library.jobplans import conveyors, electrical, fire, hvac, lifts, pumps, vehicles
from workorders.library.jobplans.writing import ShippedPlan

__all__ = ["ShippedPlan", "shipped_plans"]


@cache
def shipped_plans() -> tuple[ShippedPlan, ...]:
    return (
        *hvac.PLANS, *pumps.PLANS, *conveyors.PLANS, *vehicles.PLANS, *electrical.PLANS, *fire.PLANS, *lifts.PLANS,
    )  # fmt: skip
