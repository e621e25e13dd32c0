"""Times as people say them: relative first, exact behind it."""

from __future__ import annotations

import datetime as dt

MINUTE, HOUR, DAY, WEEK = 60, 3600, 86400, 7 * 86400
SOON = 24 * HOUR


def span(seconds: float) -> str:
    """The size of a time: "4 min", "3 h", "2 d", "5 wk"."""
    size = abs(seconds)
    if size < HOUR:
        return f"{max(1, round(size / MINUTE))} min"
    if size < 2 * DAY:
        return f"{round(size / HOUR)} h"
    if size < 8 * WEEK:
        return f"{round(size / DAY)} d"
    return f"{round(size / WEEK)} wk"


def due(
    at: dt.datetime | None, now: dt.datetime, *, ended: bool = False, zone: dt.tzinfo | None = None
) -> tuple[str, str]:
    """The words and the CSS class of a due date: ("2 d late", "due due-late"). Ended work shows the plain date."""
    if at is None:
        return "", "due"
    if ended:
        local = at.astimezone(zone) if zone else at
        return local.strftime("%-d %b %Y"), "due"
    left = (at - now).total_seconds()
    if left < 0:
        return f"{span(left)} late", "due due-late"
    return f"due in {span(left)}", "due due-soon" if left <= SOON else "due"


def hours(minutes: int | None) -> str:
    """A duration as people say it: "45 min", "2 h", "2 h 15 min"; nothing for none."""
    if not minutes:
        return ""
    whole, rest = divmod(minutes, 60)
    return f"{whole} h {rest} min" if whole and rest else f"{whole} h" if whole else f"{rest} min"


def ago(at: dt.datetime, now: dt.datetime) -> str:
    passed = (now - at).total_seconds()
    if passed < -MINUTE:
        return f"in {span(passed)}"
    if passed < MINUTE:
        return "just now"
    if passed < 8 * WEEK:
        return f"{span(passed)} ago"
    return at.strftime("%-d %b %Y")
