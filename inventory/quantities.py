"""Quantities of parts: exact decimals with three places, and how people read and write them."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

PLACES = Decimal("0.001")
CENT = Decimal("0.01")
MOST = Decimal(10_000_000)


def exact(value: Decimal | int | str) -> Decimal:
    """The value with three places; `ValueError` with a sentence when it is no sound quantity."""
    try:
        number = Decimal(value)
        if not number.is_finite() or number != round(number, 3):
            raise ValueError("A quantity has at most three decimals.")
    except (InvalidOperation, TypeError):
        raise ValueError("Use a number such as 2 or 0.5.") from None
    if not 0 < number <= MOST:
        raise ValueError(f"A quantity is more than 0 and at most {MOST:,}.")
    return number.quantize(PLACES)


def plain(number: Decimal) -> str:
    """ "2", "0.5": without the zeros nobody reads."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def cents(amount: Decimal) -> Decimal:
    """To the cent, halves up, as PostgreSQL's `round` does."""
    return amount.quantize(CENT, ROUND_HALF_UP)
