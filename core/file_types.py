"""What a file is, by its bytes alone: neither its name nor what the client declares is believed.

Only the formats of this list are taken. Each is told by its first bytes; zip containers by their directory, text by being
text. Sizes of pictures are read from their headers, so that a bomb is refused before anything is decoded (docs/adr/0010).
"""

from __future__ import annotations

import struct
import zipfile
from dataclasses import dataclass
from typing import IO, Any

IMAGE, VIDEO, AUDIO, DOCUMENT, OTHER = "image", "video", "audio", "document", "other"


@dataclass(frozen=True, slots=True)
class FileType:
    """`shown`: a browser may show or play it in place, because it can hold no script."""

    ending: str
    content_type: str
    family: str
    shown: bool = False


OFFICE = "application/vnd.openxmlformats-officedocument."
ODF = "application/vnd.oasis.opendocument."
TYPES: dict[str, FileType] = {
    one.ending: one
    for one in (
        FileType("jpg", "image/jpeg", IMAGE, True),
        FileType("png", "image/png", IMAGE, True),
        FileType("gif", "image/gif", IMAGE, True),
        FileType("webp", "image/webp", IMAGE, True),
        FileType("avif", "image/avif", IMAGE, True),
        FileType("heic", "image/heic", IMAGE),
        FileType("pdf", "application/pdf", DOCUMENT, True),
        FileType("mp4", "video/mp4", VIDEO, True),
        FileType("webm", "video/webm", VIDEO, True),
        FileType("mov", "video/quicktime", VIDEO, True),
        FileType("mp3", "audio/mpeg", AUDIO, True),
        FileType("m4a", "audio/mp4", AUDIO, True),
        FileType("ogg", "audio/ogg", AUDIO, True),
        FileType("wav", "audio/wav", AUDIO, True),
        FileType("flac", "audio/flac", AUDIO, True),
        FileType("docx", f"{OFFICE}wordprocessingml.document", DOCUMENT),
        FileType("xlsx", f"{OFFICE}spreadsheetml.sheet", DOCUMENT),
        FileType("pptx", f"{OFFICE}presentationml.presentation", DOCUMENT),
        FileType("odt", f"{ODF}text", DOCUMENT),
        FileType("ods", f"{ODF}spreadsheet", DOCUMENT),
        FileType("odp", f"{ODF}presentation", DOCUMENT),
        # Word, Excel and their like before 2007: one container for all.
        FileType("doc", "application/x-ole-storage", DOCUMENT),
        FileType("rtf", "application/rtf", DOCUMENT),
        FileType("txt", "text/plain", DOCUMENT),
        FileType("dwg", "image/vnd.dwg", OTHER),
        FileType("zip", "application/zip", OTHER),
    )
}
# Other names under which clients declare a type in advance.
DECLARED = {
    "image/jpg": "jpg", "image/pjpeg": "jpg", "audio/mp3": "mp3", "audio/x-m4a": "m4a", "audio/x-wav": "wav",
    "audio/wave": "wav", "audio/vnd.wave": "wav", "audio/x-flac": "flac", "application/ogg": "ogg", "image/heif": "heic",
    "text/csv": "txt", "text/markdown": "txt", "application/json": "txt", "text/rtf": "rtf", "image/x-dwg": "dwg",
    "application/acad": "dwg", "application/x-zip-compressed": "zip", "application/msword": "doc",
    "application/vnd.ms-excel": "doc", "application/vnd.ms-powerpoint": "doc",
} | {one.content_type: one.ending for one in TYPES.values()}  # fmt: skip
# Endings under which a file of this type may be handed out again; another gets the type's own appended.
ALIASES: dict[str, frozenset[str]] = {
    "jpg": frozenset({"jpeg", "jpe", "jfif"}),
    "mp4": frozenset({"m4v"}),
    "ogg": frozenset({"oga", "opus"}),
    "doc": frozenset({"xls", "ppt", "msg", "vsd", "mpp", "dot", "xlt"}),
    "docx": frozenset({"dotx"}),
    "xlsx": frozenset({"xltx"}),
    "txt": frozenset(
        {"csv", "tsv", "md", "log", "json", "ini", "cfg", "yaml", "yml", "gcode", "nc", "dxf", "stp", "step"}
    ),
}
MOST_ENTRIES = 2000
MOST_DIRECTORY = 2 * 1024 * 1024
MOST_UNPACKED = 1024**3
# Below this, a file that unpacks to a hundred times its size is only well packed.
HARMLESS_UNPACKED = 50 * 1024 * 1024
MOST_RATIO = 100
ARCHIVES = (
    ".zip", ".jar", ".war", ".apk", ".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".cab", ".iso",
)  # fmt: skip
# Text that a browser or a shell would run when somebody opens the download.
RUNS = (
    "<!doctype", "<html", "<head", "<body", "<script", "<svg", "<iframe", "<object", "<embed", "<?php", "<%", "#!",
    "<hta:", "<xsl:", "<meta",
)  # fmt: skip


class Unsound(Exception):
    """A container that must not be taken; the sentence says why."""


def sniff(content: IO[Any]) -> FileType | None:
    """The type, or None for what is not on the list. `Unsound` for a zip that is a bomb, broken or a matryoshka."""
    content.seek(0)
    head = bytes(content.read(4096))
    content.seek(0)
    ending = by_magic(head)
    if ending == "zip":
        ending = container(content)
    elif ending is None and is_text(content, head):
        ending = "txt"
    return TYPES[ending] if ending else None


BRANDS = {
    **dict.fromkeys((b"avif", b"avis"), "avif"),
    **dict.fromkeys((b"heic", b"heix", b"hevc", b"heim", b"heis", b"hevm", b"hevs", b"mif1", b"msf1"), "heic"),
    **dict.fromkeys((b"M4A ", b"M4B "), "m4a"),
    b"qt  ": "mov",
    **dict.fromkeys(
        (b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"M4VH", b"dash", b"MSNV",
         b"3gp4", b"3gp5", b"3gp6", b"3gp7", b"mmp4", b"f4v "), "mp4",
    ),
}  # fmt: skip
MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "jpg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"%PDF-", "pdf"),
    (b"OggS", "ogg"),
    (b"fLaC", "flac"),
    (b"ID3", "mp3"),
    (b"{\\rtf", "rtf"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "doc"),
)


def by_magic(head: bytes) -> str | None:
    for start, ending in MAGIC:
        if head.startswith(start):
            return ending
    if head.startswith(b"RIFF"):
        return {b"WEBP": "webp", b"WAVE": "wav"}.get(head[8:12])
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        if brand in (b"mif1", b"msf1", b"miaf") and (b"avif" in head[16:64] or b"avis" in head[16:64]):
            return "avif"
        return BRANDS.get(brand)
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "webm" if b"webm" in head[:64] else None
    if len(head) > 2 and head[0] == 0xFF and head[1] in (0xFB, 0xF3, 0xF2, 0xFA):
        return "mp3"
    if head[:4] == b"AC10" and head[4:6].isdigit():
        return "dwg"
    return None


def is_text(content: IO[Any], head: bytes) -> bool:
    """UTF-8 or Latin-1 without control characters, and nothing that runs when it is opened."""
    if not head or b"\x00" in head or any(byte < 9 or 13 < byte < 27 for byte in head):
        return False
    text = head.decode("utf-8", "ignore").lstrip("\ufeff \t\r\n").lower()
    return not any(text.startswith(word) or f"\n{word}" in text for word in RUNS) and "<script" not in text


# --- Zip containers: their directory is read, nothing is unpacked -------------------------------------------------------


def container(content: IO[Any]) -> str:
    """docx, xlsx, … or plain zip. The directory's size is read before the directory: it could be the bomb itself."""
    content.seek(0, 2)
    size = content.tell()
    content.seek(max(0, size - 65_557))
    tail = bytes(content.read())
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < 22:
        raise Unsound("This zip file is broken or cut off.")
    count, directory = struct.unpack("<HI", tail[at + 10 : at + 16])
    if count > MOST_ENTRIES or directory > MOST_DIRECTORY:
        raise Unsound(f"This zip holds more than {MOST_ENTRIES:,} files. Split it, or send what is needed.")
    content.seek(0)
    try:
        with zipfile.ZipFile(content) as opened:
            entries = opened.infolist()
    except (zipfile.BadZipFile, ValueError, struct.error, OSError, RuntimeError):
        raise Unsound("This zip file is broken or cut off.") from None
    finally:
        content.seek(0)
    names = [entry.filename for entry in entries]
    kind = office(names, content)
    refuse_bomb(entries, size)
    refuse_strange(entries, nested=kind == "zip")
    return kind


def office(names: list[str], content: IO[Any]) -> str:
    known = set(names)
    if "[Content_Types].xml" in known:
        for folder, ending in (("word/", "docx"), ("xl/", "xlsx"), ("ppt/", "pptx")):
            if any(name.startswith(folder) for name in names):
                return ending
    if names and names[0] == "mimetype":
        content.seek(0)
        head = bytes(content.read(200))
        content.seek(0)
        for ending in ("odt", "ods", "odp"):
            if TYPES[ending].content_type.encode() in head:
                return ending
    return "zip"


def refuse_bomb(entries: list[zipfile.ZipInfo], size: int) -> None:
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > MOST_UNPACKED or (unpacked > HARMLESS_UNPACKED and unpacked > MOST_RATIO * size):
        raise Unsound("This zip unpacks to far more than it should. It is not taken.")


def refuse_strange(entries: list[zipfile.ZipInfo], *, nested: bool) -> None:
    for entry in entries:
        name = entry.filename.replace("\\", "/")
        if name.startswith("/") or ".." in name.split("/") or name[1:2] == ":":
            raise Unsound("This zip names files outside of itself. It is not taken.")
        if (entry.external_attr >> 16) & 0o170000 == 0o120000:
            raise Unsound("This zip holds links to other files. It is not taken.")
        if nested and name.lower().endswith(ARCHIVES):
            raise Unsound("This zip holds another archive. Unpack that one first, or send it by itself.")


# --- Sizes of pictures, from their headers ------------------------------------------------------------------------------


def pixels(content: IO[Any], ending: str) -> tuple[int, int] | None:
    """Width and height as the header says, without decoding; None when there is no sound header."""
    content.seek(0)
    try:
        return MEASURES[ending](content)
    except (struct.error, IndexError, ValueError):
        return None
    finally:
        content.seek(0)


def png_size(content: IO[Any]) -> tuple[int, int] | None:
    head = bytes(content.read(24))
    return struct.unpack(">II", head[16:24]) if head[12:16] == b"IHDR" else None


def gif_size(content: IO[Any]) -> tuple[int, int] | None:
    """The largest of screen and first frame: a small screen may hold a huge frame."""
    head = bytes(content.read(64 * 1024))
    width, height = struct.unpack("<HH", head[6:10])
    at = 13 + (3 * 2 ** ((head[10] & 7) + 1) if head[10] & 0x80 else 0)
    while head[at] == 0x21:
        at += 2
        while head[at]:
            at += head[at] + 1
        at += 1
    if head[at] != 0x2C:
        return None
    left, top, wide, high = struct.unpack("<HHHH", head[at + 1 : at + 9])
    return max(width, left + wide), max(height, top + high)


def webp_size(content: IO[Any]) -> tuple[int, int] | None:
    head = bytes(content.read(30))
    if head[12:16] == b"VP8X":
        return int.from_bytes(head[24:27], "little") + 1, int.from_bytes(head[27:30], "little") + 1
    if head[12:16] == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if head[12:16] == b"VP8 " and head[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack("<HH", head[26:30])
        return width & 0x3FFF, height & 0x3FFF
    return None


def avif_size(content: IO[Any]) -> tuple[int, int] | None:
    """The largest of the sizes it speaks of: tiles and thumbnails have theirs, too."""
    head = bytes(content.read(64 * 1024))
    found, at = [], head.find(b"ispe")
    while at >= 0:
        found.append(struct.unpack(">II", head[at + 8 : at + 16]))
        at = head.find(b"ispe", at + 4)
    return max(found, key=lambda size: size[0] * size[1]) if found else None


def jpeg_size(content: IO[Any]) -> tuple[int, int] | None:
    content.seek(2)
    for _ in range(500):
        byte = content.read(1)
        while byte == b"\xff":
            byte = content.read(1)
        if not byte:
            return None
        marker = byte[0]
        if marker in (0x01, *range(0xD0, 0xD9)):
            content.read(1)
            continue
        length = struct.unpack(">H", content.read(2))[0]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">xHH", content.read(5))
            return width, height
        if marker == 0xDA or length < 2:
            return None
        content.seek(length - 2, 1)
        if content.read(1) != b"\xff":
            return None
    return None


MEASURES: dict[str, Any] = {
    "png": png_size, "gif": gif_size, "webp": webp_size, "avif": avif_size, "jpg": jpeg_size,
}  # fmt: skip
