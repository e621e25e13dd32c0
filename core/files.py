"""Files that people give us: the one place that knows where they lie.

Locally a folder, an S3-compatible bucket by setting. A stored name is made here, `<tenant>/<yyyy>/<mm>/<uuid7>.<ext>`, and
every function takes no other, nor one of another tenant than the context's. Save first and write the row after: when the
transaction is rolled back, the file goes too; when it never was in one, or the machine died between, `sweep` finds it.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, Any
from uuid import UUID

import structlog
from django.core import signing
from django.core.files.base import File
from django.core.files.storage import Storage, storages
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header

from core import context, file_types
from core.errors import DomainError, Invalid, NotFound
from core.ids import uuid7

PHOTO, DOCUMENT = "photo", "document"
# What a browser may show or play in place: formats that hold no script. Everything else is handed over as a download.
SHOWN = {one.ending: one.content_type for one in file_types.TYPES.values() if one.shown}
# Endings a document keeps in storage; with any other it lies there as .bin. They never decide how it is served.
KEPT_ENDINGS = frozenset({"csv", "doc", "docx", "dwg", "ods", "odt", "rtf", "txt", "xls", "xlsx", "zip"})
OPAQUE = "application/octet-stream"
STORED_NAME = re.compile(
    r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/\d{4}/\d{2}/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.[a-z0-9]{1,5}"
)
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
LONGEST_NAME = 120
SALT = "core.files"
log = structlog.get_logger("millwright.files")


class StorageAway(DomainError):
    """The disk or the bucket did not take or give the file; nothing was saved."""

    code = "storage"
    headline = "File storage is not available"


@dataclass(frozen=True, slots=True)
class Stored:
    """What a row keeps of a file: where it lies, what it is, and the cleaned name it came with."""

    name: str
    original_name: str
    content_type: str
    size: int


def storage() -> Storage:
    return storages["default"]


# --- Keeping ------------------------------------------------------------------------------------------------------------


def save(tenant_id: UUID, content: File[Any], kind: str, original_name: str) -> Stored:
    """Store a photo or a document. `Invalid` when it is empty, or a photo that is none; `StorageAway` when it cannot be kept."""
    size = int(content.size)
    if not size:
        raise Invalid({"file": "This file is empty."})
    cleaned = clean_name(original_name)
    ending = ending_of(content, kind, cleaned)
    name = keep(new_name(tenant_id, ending), content)
    return Stored(name=name, original_name=cleaned, content_type=SHOWN.get(ending, OPAQUE), size=size)


def new_name(tenant_id: UUID, ending: str) -> str:
    now = timezone.now()
    return checked(f"{tenant_id}/{now:%Y}/{now:%m}/{uuid7()}.{ending}")


def keep(name: str, content: File[Any]) -> str:
    """Store the content under a name of ours; `StorageAway` when that cannot be done. A rollback takes it away again."""
    checked(name)
    size = int(content.size)
    content.seek(0)
    undo_on_rollback(name)
    try:
        kept = storage().save(name, content)
        if kept != name or storage().size(name) != size:
            raise OSError("the storage kept something else")
    except Exception as error:
        log.exception("file_not_saved", name=name)
        discard(name)
        raise StorageAway("The file could not be stored. Nothing was saved; try again in a moment.") from error
    return name


def undo_on_rollback(name: str) -> None:
    # Ours: core.db.backend.
    connection.on_rollback(lambda: discard(name))  # type: ignore[attr-defined]


def discard(name: str) -> None:
    """Remove a file that no row names; whatever the trouble, it is only logged: the sweep comes by."""
    try:
        storage().delete(name)
    except Exception:
        log.exception("file_not_discarded", name=name)


def delete(name: str) -> None:
    """Remove a file once the transaction that removed its row is committed."""
    checked(name)
    transaction.on_commit(lambda: discard(name), robust=True)


def open(name: str) -> IO[Any]:  # noqa: A001  (the storage's word)
    checked(name)
    try:
        return storage().open(name, "rb")
    except FileNotFoundError:
        raise no_such_file() from None


def exists(name: str) -> bool:
    return bool(storage().exists(checked(name)))


def size(name: str) -> int:
    checked(name)
    try:
        return int(storage().size(name))
    except FileNotFoundError:
        raise no_such_file() from None


def sweep(
    tenant_id: UUID, named: Callable[[list[str]], set[str]], *, older_than: dt.timedelta = dt.timedelta(days=1)
) -> list[str]:
    """Remove the tenant's files that no row names. `named` answers which of some names rows have; young files stay,
    because their row may not be committed yet. Returns what was removed."""
    before = timezone.now() - older_than
    gone = []
    for folder in walk(str(tenant_id)):
        names = [name for name in folder if STORED_NAME.fullmatch(name)]
        kept = named(names)
        for name in names:
            if name not in kept and storage().get_modified_time(name) < before:
                discard(name)
                gone.append(name)
    return gone


def walk(folder: str) -> Iterator[list[str]]:
    try:
        folders, names = storage().listdir(folder)
    except FileNotFoundError:
        return
    yield [f"{folder}/{name}" for name in names]
    for inner in folders:
        yield from walk(f"{folder}/{inner}")


# --- Names and kinds ----------------------------------------------------------------------------------------------------


def checked(name: str) -> str:
    """The name, when it is one of ours and of the tenant at work; `NotFound` otherwise. Nothing else reaches the storage."""
    found = STORED_NAME.fullmatch(name)
    tenant_id = context.current().tenant_id
    if found is None or tenant_id is None or found[1] != str(tenant_id):
        raise no_such_file()
    return name


def no_such_file() -> NotFound:
    return NotFound("There is no such file.", headline="File not found")


def clean_name(text: str) -> str:
    """A client's file name as one may show and send it again: no folders, no invisible or reserved characters, not long."""
    text = unicodedata.normalize("NFC", text).replace("\\", "/").rsplit("/", 1)[-1]
    text = "".join("_" if one in '"<>:|?*;%' else one for one in text if unicodedata.category(one)[0] != "C")
    text = " ".join(text.split()).strip(". ")
    stem, dot, ending = text.rpartition(".")
    if not dot or len(ending) > 10:
        stem, ending = text, ""
    text = stem[: LONGEST_NAME - len(ending) - 1].rstrip(". ") + (f".{ending}" if ending else "")
    if RESERVED.fullmatch(text):
        text = f"_{text}"
    return text if text.strip("._ ") else "file"


def ending_of(content: File[Any], kind: str, name: str) -> str:
    """What the bytes say, never the name: a picture or a PDF by its first bytes, else an ending that is never shown."""
    seen = sniff(content)
    if kind == PHOTO:
        if seen is None or file_types.TYPES[seen].family != file_types.IMAGE:
            raise Invalid({"file": "This is not a photo. Use JPEG, PNG, WebP, AVIF or GIF."})
        return seen
    if kind != DOCUMENT:
        raise ValueError(f"no such kind of file: {kind}")
    ending = PurePosixPath(name).suffix[1:].lower()
    return seen or (ending if ending in KEPT_ENDINGS else "bin")


def sniff(content: File[Any]) -> str | None:
    """The ending of a picture, film, sound or PDF by its first bytes; None for everything else."""
    content.seek(0)
    found = file_types.by_magic(bytes(content.read(4096)))
    content.seek(0)
    return found if found in SHOWN else None


# --- Handing out --------------------------------------------------------------------------------------------------------


def signed_url(name: str, filename: str, *, inline: bool = False, seconds: int = 300) -> str:
    """An address that gives this file until then: the bucket's own, or ours, which besides asks for the tenant.

    `inline` is a wish: only pictures and PDFs are shown in place.
    """
    checked(name)
    filename = clean_name(filename)
    if is_remote(storage()):
        parameters = {
            "ResponseContentDisposition": disposition(name, filename, inline=inline),
            "ResponseContentType": content_type(name),
            "ResponseCacheControl": "private, no-store",
        }
        return str(storage().url(name, parameters=parameters, expire=seconds))  # type: ignore[call-arg]
    until = int(timezone.now().timestamp()) + seconds
    # Signed without the moment: who asks twice for the same gets the same address, which a browser knows already.
    token = signing.Signer(salt=SALT).sign_object({"n": name, "f": filename, "i": inline, "u": until})
    return reverse("file", args=[token])


def is_remote(kept_in: Storage) -> bool:
    """Whether the storage hands files out by itself."""
    return hasattr(kept_in, "querystring_expire")


def content_type(name: str) -> str:
    return SHOWN.get(name.rpartition(".")[2], OPAQUE)


def disposition(name: str, filename: str, *, inline: bool) -> str:
    """RFC 6266, with the ending that the bytes have where these are shown."""
    shown = inline and content_type(name) != OPAQUE
    return content_disposition_header(as_attachment=not shown, filename=filename) or "attachment"


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token of ours gives."""

    tenant_id: str
    name: str
    filename: str
    inline: bool


def grant_of(token: str) -> Grant:
    """`NotFound` for a token that was changed, is too old, or was made for something else."""
    try:
        payload = signing.Signer(salt=SALT).unsign_object(token)
    except (signing.BadSignature, ValueError):
        raise no_such_file() from None
    if payload["u"] < timezone.now().timestamp():
        raise NotFound("This link is too old. Open the file from its page again.", headline="File not found")
    return Grant(payload["n"].partition("/")[0], payload["n"], payload["f"], payload["i"])
