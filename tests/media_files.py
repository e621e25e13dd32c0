"""Files that tests make themselves: photos with and without a secret, bombs, polyglots, containers."""

from __future__ import annotations

import struct
import zipfile
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import ExifTags, Image

PDF = b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj\n%%EOF\n"
HTML = b"<html><script>document.title = 'XSS'</script></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>document.title = "XSS"</script></svg>'
MP4 = struct.pack(">I", 24) + b"ftypisom" + struct.pack(">I", 512) + b"isomiso2" + b"\x00" * 2000
TEXT = b"Torque 45 Nm\nGrease EP2\n"
HEIC = struct.pack(">I", 24) + b"ftypheic" + b"\x00" * 100


def picture(
    kind: str = "JPEG", size: tuple[int, int] = (320, 240), colour: Any = (200, 90, 30), **options: Any
) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, colour).save(out, kind, **options)
    return out.getvalue()


def photo(*, turned: bool = False, taken: str = "2026:05:04 07:08:09", offset: str = "") -> bytes:
    """A JPEG as a phone makes it: GPS position, time, maker's notes, a comment; red on the left. `turned`: lying on its side."""
    image = Image.new("RGB", (80, 40), (0, 0, 255))
    image.paste((255, 0, 0), (0, 0, 40, 40))
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "SecretPhone"
    if turned:
        exif[ExifTags.Base.Orientation] = 6
    details = exif.get_ifd(ExifTags.IFD.Exif)
    details[ExifTags.Base.DateTimeOriginal] = taken
    if offset:
        details[ExifTags.Base.OffsetTimeOriginal] = offset
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    gps[ExifTags.GPS.GPSLatitudeRef], gps[ExifTags.GPS.GPSLatitude] = "S", (31.0, 57.0, 8.0)
    gps[ExifTags.GPS.GPSLongitudeRef], gps[ExifTags.GPS.GPSLongitude] = "E", (115.0, 51.0, 38.0)
    out = BytesIO()
    image.save(out, "JPEG", exif=exif, comment=b"SecretComment", quality=95)
    return out.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_bomb(side: int = 30_000) -> bytes:
    """A sound PNG of 900 million pixels in less than a megabyte."""
    packer = zlib.compressobj(9)
    line = b"\x00" * (side // 8 + 1)
    data = b"".join(packer.compress(line * 100) for _ in range(side // 100)) + packer.flush()
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def webp_bomb() -> bytes:
    """Says that its canvas is 16,384 by 16,384."""
    data = b"VP8X" + struct.pack("<I", 10) + b"\x00" * 4 + (16383).to_bytes(3, "little") * 2
    return b"RIFF" + struct.pack("<I", len(data) + 4) + b"WEBP" + data


def gif_bomb() -> bytes:
    """A small screen with a huge frame on it."""
    frame = b"\x2c" + struct.pack("<HHHH", 0, 0, 60_000, 60_000) + b"\x00"
    return b"GIF89a" + struct.pack("<HH", 10, 10) + b"\x00\x00\x00" + frame + b"\x02\x02\x4c\x01\x00\x3b"


def zipped(entries: dict[str, bytes], *, links: dict[str, str] | None = None) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, data in entries.items():
            opened.writestr(name, data)
        for name, target in (links or {}).items():
            info = zipfile.ZipInfo(name)
            info.external_attr = 0o120777 << 16
            opened.writestr(info, target)
    return out.getvalue()


def zip_bomb() -> bytes:
    """One GiB of zeros in a megabyte."""
    out = BytesIO()
    with (
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as opened,
        opened.open("zeros", "w", force_zip64=True) as entry,
    ):
        block = b"\x00" * (16 * 1024 * 1024)
        for _ in range(64):
            entry.write(block)
    return out.getvalue()


class Multipart(bytes):
    """The body of a form with a file in it."""

    content_type = "multipart/form-data; boundary=mwboundary"


def multipart(data: bytes = PDF, name: str = "Report.pdf", **words: str) -> Multipart:
    parts = [f'Content-Disposition: form-data; name="{key}"\r\n\r\n{value}'.encode() for key, value in words.items()]
    head = f'Content-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: image/png\r\n\r\n'
    parts.append(head.encode() + data)
    return Multipart(b"".join(b"--mwboundary\r\n" + part + b"\r\n" for part in parts) + b"--mwboundary--\r\n")


def on_disk(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
