"""Whether a file may be taken: its size, its bytes, how far it unpacks or decodes, and what a virus scanner says."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import IO, Any

from django.conf import settings

from core import file_types, virus_scan
from core.errors import Invalid, TooLarge, UnsupportedType
from core.file_types import FileType

TAKEN = "Photos (JPEG, PNG, WebP, GIF, AVIF), PDF, video, audio, office documents, text and zip are taken."
BLOCK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Checked:
    type: FileType
    size: int
    sha256: str
    pixels: tuple[int, int] | None = None


def check(content: IO[Any], size: int) -> Checked:
    """What the bytes are. Raises `Invalid`, `TooLarge`, `UnsupportedType`, `ScannerAway`."""
    if not size:
        raise Invalid({"file": "This file is empty."})
    require_size(size, max(settings.UPLOAD_BYTES.values()))
    kind = type_of(content)
    require_size(size, settings.UPLOAD_BYTES[kind.family])
    measured = require_pixels(content, kind) if kind.family == file_types.IMAGE else None
    virus_scan.scan(content)
    return Checked(kind, size, digest(content), measured)


def type_of(content: IO[Any]) -> FileType:
    try:
        kind = file_types.sniff(content)
    except file_types.Unsound as error:
        raise Invalid({"file": str(error)}) from None
    if kind is None:
        raise UnsupportedType(f"This kind of file is not taken. {TAKEN}", field="file")
    return taken(kind)


def taken(kind: FileType) -> FileType:
    if kind.ending == "heic":
        raise UnsupportedType(
            "HEIC photos cannot be shown in browsers. Send it as JPEG: on an iPhone choose Settings, Camera, Formats,"
            " Most Compatible, or share the photo by mail to yourself, which converts it.",
            code="heic",
            field="file",
        )
    return kind


def declared(content_type: str) -> FileType:
    """The type that a client announces for later; what it sends is looked at again."""
    ending = file_types.DECLARED.get(content_type.partition(";")[0].strip().lower())
    if ending is None:
        raise UnsupportedType(f"Files of type “{content_type[:60]}” are not taken. {TAKEN}", field="content_type")
    return taken(file_types.TYPES[ending])


def require_size(size: int, most: int) -> None:
    if size > most:
        raise TooLarge(f"This file has {told(size)}; at most {told(most)} are taken.", field="file")


def told(size: int) -> str:
    return f"{size / 1024 / 1024:,.1f} MB".replace(".0 MB", " MB") if size >= 1024 * 1024 else f"{size / 1024:,.0f} kB"


def require_pixels(content: IO[Any], kind: FileType) -> tuple[int, int]:
    measured = file_types.pixels(content, kind.ending)
    if measured is None or not all(measured):
        raise Invalid({"file": "This picture is broken or cut off. Take it again, or send another copy."})
    width, height = measured
    if width * height > settings.UPLOAD_PIXELS:
        most = settings.UPLOAD_PIXELS // 1_000_000
        raise Invalid({"file": f"This picture has {width:,} × {height:,} pixels; at most {most} megapixels are taken."})
    return measured


def digest(content: IO[Any]) -> str:
    content.seek(0)
    found = hashlib.sha256()
    while block := content.read(BLOCK):
        found.update(block)
    content.seek(0)
    return found.hexdigest()
