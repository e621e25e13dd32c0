"""What a file belongs to. The apps above register their kinds of thing, because media knows none of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from core import events
from media.models import MediaFile
from tenancy.models import Member


@dataclass(frozen=True, slots=True)
class Place:
    """A kind of thing that has files. `family` is the first word of its events.

    `find` answers the thing of a file or None; `lock` locks it and refuses when it takes no more files; `touch` writes its
    next version.
    """

    family: str
    find: Callable[[UUID], Any]
    lock: Callable[[Any], Any]
    touch: Callable[[Any], None]


_places: dict[str, Place] = {}


def register(place: Place) -> None:
    """Called from an app's `ready()`."""
    _places[place.family] = place


def lock_of(file_id: UUID) -> tuple[Place, Any] | None:
    """The thing a file belongs to, locked before the file is: everybody takes these two in this order."""
    for place in _places.values():
        subject = place.find(file_id)
        if subject is not None:
            return place, place.lock(subject)
    return None


def tell(file: MediaFile, fact: str, *, by: Member | None) -> None:
    """One event about the thing, so that its page and its followers hear of the file."""
    for place in _places.values():
        subject = place.find(file.pk)
        if subject is not None:
            events.record(f"{place.family}.{fact}", subject, by=by, changes={"media": [None, str(file.pk)]})
            return
