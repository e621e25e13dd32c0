"""Turning a photo into what is kept of it: upright, without what its camera knew, and a small one for lists."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from io import BytesIO
from typing import IO, Any
from zoneinfo import ZoneInfo

from PIL import ExifTags, Image, ImageOps

from media.naming import PREPARED

FORMATS = {"jpg": "JPEG", "png": "PNG", "gif": "GIF", "webp": "WEBP", "avif": "AVIF"}
OPTIONS: dict[str, dict[str, Any]] = {
    "jpg": {"quality": 88, "optimize": False, "progressive": False},
    "png": {"compress_level": 6},
    "webp": {"quality": 86, "method": 2},
}
THUMBNAIL = 640
LARGEST_PROFILE = 16 * 1024


class BrokenPictureError(Exception):
    """Nothing can be decoded from it."""


@dataclass(frozen=True, slots=True)
class Picture:
    original: bytes
    thumbnail: bytes
    width: int
    height: int
    taken_at: dt.datetime | None


def prepare(content: IO[Any], ending: str, *, zone: ZoneInfo, keep_location: bool, turn: int = 0) -> Picture:
    """Decode and encode anew, so that nothing but pixels is left: no metadata, no bytes behind the picture.

    Its size was checked before. `zone` is where the camera's clock is believed to be when it does not say.
    """
    try:
        content.seek(0)
        with Image.open(content, formats=[FORMATS[ending]]) as opened:
            exif = opened.getexif()
            opened.load()
            image = ImageOps.exif_transpose(opened) or opened.copy()
    except (
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
        ArithmeticError,
        MemoryError,
        Image.DecompressionBombError,
    ) as error:
        raise BrokenPictureError(str(error)) from error
    if turn:
        image = image.rotate(-turn, expand=True)
    kept = PREPARED[ending]
    profile = image.info.get("icc_profile") or b""
    image = plain(image, kept)
    return Picture(
        original=encoded(image, kept, location(exif) if keep_location else None, profile),
        thumbnail=small(image),
        width=image.width,
        height=image.height,
        taken_at=taken_at(exif, zone),
    )


def plain(image: Image.Image, ending: str) -> Image.Image:
    """A mode that the format can hold; text chunks, comments and palettes stay behind."""
    see_through = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    mode = "L" if image.mode in ("1", "L", "I;16") else "RGBA" if see_through and ending != "jpg" else "RGB"
    changed = image.convert(mode)
    changed.info = {}
    return changed


def encoded(image: Image.Image, ending: str, exif: Image.Exif | None, profile: bytes) -> bytes:
    options = dict(OPTIONS[ending])
    if exif is not None:
        options["exif"] = exif
    if profile and len(profile) <= LARGEST_PROFILE and image.mode != "L":
        options["icc_profile"] = profile
    out = BytesIO()
    image.save(out, FORMATS[ending], **options)
    return out.getvalue()


def small(image: Image.Image) -> bytes:
    thumb = image.copy()
    thumb.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS, reducing_gap=2.0)
    out = BytesIO()
    thumb.save(out, "WEBP", quality=76, method=4)
    return out.getvalue()


def location(exif: Image.Exif) -> Image.Exif | None:
    """Where it was taken, and nothing else."""
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    if not gps:
        return None
    kept = Image.Exif()
    kept.get_ifd(ExifTags.IFD.GPSInfo).update(gps)
    kept[ExifTags.Base.GPSInfo] = dict(gps)
    return kept


def taken_at(exif: Image.Exif, zone: ZoneInfo) -> dt.datetime | None:
    """When the camera says; its own offset where it knows one."""
    details = exif.get_ifd(ExifTags.IFD.Exif)
    said = details.get(ExifTags.Base.DateTimeOriginal) or exif.get(ExifTags.Base.DateTime)
    offset = details.get(ExifTags.Base.OffsetTimeOriginal)
    try:
        day, _, clock = str(said).strip("\x00 ").partition(" ")
        at = dt.datetime.fromisoformat(f"{day.replace(':', '-')}T{clock}")
        if isinstance(offset, str) and len(offset.strip("\x00 ")) == 6:
            at = dt.datetime.fromisoformat(f"{at.isoformat()}{offset}")
    except ValueError:
        return None
    if not 1990 <= at.year <= 2200:
        return None
    return at if at.tzinfo else at.replace(tzinfo=zone)
