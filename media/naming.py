"""Names of files in storage that follow from another, and names under which they are handed out."""

from __future__ import annotations

from uuid import UUID, uuid5

from django.conf import settings
from django.utils import timezone

from core import file_types, files
from media.choices import MediaKind, MediaState

# What a picture is stored as once it was prepared: animations become stills, and AVIF takes too long to write.
PREPARED = {"jpg": "jpg", "png": "png", "gif": "png", "webp": "webp", "avif": "webp"}
# Addresses stay the same for five minutes, so that a page that is refreshed does not load its pictures again.
WINDOW = 300


def ending_of(name: str) -> str:
    return name.rpartition(".")[2]


def follower(name: str, purpose: str, ending: str) -> str:
    """The same for the same name every time: preparing a picture twice writes the same two files."""
    folder, _, last = name.rpartition("/")
    return f"{folder}/{uuid5(UUID(last.partition('.')[0]), purpose)}.{ending}"


def prepared(name: str) -> str:
    return follower(name, "prepared", PREPARED.get(ending_of(name), "bin"))


def thumbnail(name: str) -> str:
    return follower(name, "thumbnail", "webp")


def download_name(original: str, ending: str) -> str:
    """The name it came with, with the ending that its bytes have: nothing is saved as `.html` that is a picture."""
    given = original.rpartition(".")[2].lower()
    fitting = {ending} | file_types.ALIASES.get(ending, frozenset())
    return original if "." in original and given in fitting else f"{original}.{ending}"


def urls(row: dict[str, str], *, absolute: bool = False) -> tuple[str, str]:
    """Addresses of a file and of its thumbnail, good for some minutes; empty where there is none.

    `row`: stored_name, thumbnail_name, original_name, state, kind. A picture that is being prepared has the addresses it
    will have; until then nothing is there, so nobody sees what was not looked at.
    """
    name, small, state = row["stored_name"], row["thumbnail_name"], row["state"]
    picture = row["kind"] == MediaKind.IMAGE
    if state not in (MediaState.PROCESSING, MediaState.READY) or not name:
        return "", ""
    if state == MediaState.PROCESSING and picture:
        name, small = prepared(name), thumbnail(name)
    inline = row["kind"] in (MediaKind.IMAGE, MediaKind.VIDEO, MediaKind.AUDIO)
    filename = download_name(row["original_name"], ending_of(name))
    seconds = 2 * WINDOW - int(timezone.now().timestamp()) % WINDOW
    found = files.signed_url(name, filename, inline=inline, seconds=seconds)
    thumb = files.signed_url(small, f"thumbnail-{filename}", inline=True, seconds=seconds) if small else ""
    base = settings.BASE_URL if absolute else ""
    return (base + found if found.startswith("/") else found), (base + thumb if thumb.startswith("/") else thumb)
