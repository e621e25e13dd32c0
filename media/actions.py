"""Every act on a file. Who may is asked by the act of the thing that it is added to; here it is about the file itself.

Files are shown by `media.naming.urls` only. A picture is stored as it came and shown when it was prepared; everything else
is kept as it is and handed out as a download.
"""

from __future__ import annotations

import datetime as dt
from typing import IO, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone

from core import events, files, uploads, writing
from core.errors import Conflict, DomainError, Invalid, NotFound, TooLarge, UnsupportedType
from core.ids import uuid7
from media import belonging, checking, naming, pictures, quota, waking
from media.choices import HERE, MediaKind, MediaState
from media.models import MediaAccount, MediaFile
from tenancy.models import Member, Tenant
from tenancy.permissions import require

PROMISED = dt.timedelta(minutes=15)
LONGEST_CAPTION = 300
TURNS = (0, 90, 180, 270)


@transaction.atomic
def store(
    *,
    by: Member | None,
    tenant_id: UUID,
    content: IO[Any] | bytes,
    name: str,
    id: UUID | None = None,  # noqa: A002  (the contract's name)
    caption: str = "",
    taken_at: dt.datetime | None = None,
) -> MediaFile:
    """Keep a file that came with a request. `taken_at` counts where a photo does not say itself. Raises what `checking.check` raises, `Conflict` when the organisation's room
    is used up, and `StorageAway`; nothing is left behind then."""
    given = as_file(content)
    checked = checking.check(given, given.size)
    quota.require_room(tenant_id, checked.size)
    stored = files.keep(files.new_name(tenant_id, checked.type.ending), given)
    picture = checked.type.family == MediaKind.IMAGE
    file = MediaFile(
        id=id or uuid7(),
        tenant_id=tenant_id,
        original_name=files.clean_name(name),
        content_type=checked.type.content_type,
        kind=checked.type.family,
        state=MediaState.PROCESSING if picture else MediaState.READY,
        size=checked.size,
        stored_name=stored,
        sha256=checked.sha256,
        caption=sound_caption(caption),
        taken_at=taken_at,
        uploaded_by=by,
    )
    file.save(force_insert=True)
    quota.take(tenant_id, checked.size)
    if picture:
        waking.wake(file)
    return file


def as_file(content: Any) -> File[Any]:
    if isinstance(content, bytes):
        return ContentFile(content)
    if isinstance(content, File):
        return content
    return File(content)


def sound_caption(text: str) -> str:
    text = " ".join(text.split())
    if len(text) > LONGEST_CAPTION:
        raise Invalid({"caption": f"A caption has at most {LONGEST_CAPTION} characters."})
    return text


@transaction.atomic
def promise(
    *,
    by: Member | None,
    tenant_id: UUID,
    name: str,
    content_type: str,
    size: int,
    id: UUID | None = None,  # noqa: A002
    caption: str = "",
) -> tuple[MediaFile, str]:
    """A file that the client will send by itself, and the address for it. Its size counts from now on."""
    kind = checking.declared(content_type)
    if size < 1:
        raise Invalid({"size": "Say how many bytes the file has; an empty one is not taken."})
    checking.require_size(size, settings.UPLOAD_BYTES[kind.family])
    file = MediaFile(
        id=id or uuid7(),
        tenant_id=tenant_id,
        original_name=files.clean_name(name),
        content_type=kind.content_type,
        kind=kind.family,
        state=MediaState.AWAITED,
        size=size,
        stored_name=files.new_name(tenant_id, kind.ending),
        caption=sound_caption(caption),
        uploaded_by=by,
        expires_at=timezone.now() + PROMISED,
    )
    file.save(force_insert=True)
    quota.take(tenant_id, size)
    seconds = int(PROMISED.total_seconds())
    address = uploads.address(file.pk, file.stored_name, size=size, content_type=content_type.strip(), seconds=seconds)
    return file, address


@transaction.atomic
def receive(file: MediaFile, *, by: Member | None, content: IO[Any] | None = None) -> MediaFile:
    """A promised file is here: `content`, or what the bucket has (nothing yet: the file is answered as it is).

    Looked at as if nothing was ever promised. What is not as it should be is refused for good, and the row says why.
    """
    thing: Any = None
    closed: DomainError | None = None
    try:
        with transaction.atomic():
            thing = belonging.lock_of(file.pk)
    except DomainError as refused:
        closed = refused
    file = lock(file)
    if file.state != MediaState.AWAITED:
        raise Conflict("This file was sent already. Ask for a new address to send another.", code="used")
    if closed is not None:
        return refuse(file, closed.message)
    if content is None:
        if not files.exists(file.stored_name):
            return file
        settled = uploads.settled(file.stored_name, files.new_name(file.tenant_id, naming.ending_of(file.stored_name)))
        with files.open(settled) as opened:
            sentence, checked = judged(file, opened, files.size(settled))
        if checked is None:
            files.delete(settled)
            return refuse(file, sentence)
    else:
        given = as_file(content)
        sentence, checked = judged(file, given, given.size)
        if checked is None:
            return refuse(file, sentence)
        settled = files.keep(files.new_name(file.tenant_id, checked.type.ending), given)
    picture = checked.type.family == MediaKind.IMAGE
    file.state = MediaState.PROCESSING if picture else MediaState.READY
    file.stored_name, file.sha256, file.expires_at = settled, checked.sha256, None
    file.uploaded_at = timezone.now()
    writing.save(file, {"state", "stored_name", "sha256", "expires_at", "uploaded_at"})
    if picture:
        waking.wake(file)
    if thing is not None:
        place, subject = thing
        place.touch(subject)
        belonging.tell(file, "media_added", by=by)
    return file


def judged(file: MediaFile, content: IO[Any], size: int) -> tuple[str, checking.Checked | None]:
    """Whether what came is what was promised; the sentence of the refusal otherwise."""
    if size != file.size:
        return f"{checking.told(file.size)} were announced, and {checking.told(size)} came.", None
    try:
        checked = checking.check(content, size)
    except (Invalid, TooLarge, UnsupportedType) as refused:
        return refused.message, None
    if checked.type.content_type != file.content_type:
        return f"{file.content_type} was announced, and {checked.type.content_type} came.", None
    return "", checked


def refuse(file: MediaFile, sentence: str) -> MediaFile:
    """Keep only the reason, for whoever sent it."""
    forget_content(file)
    file.state, file.refusal = MediaState.REFUSED, sentence[:300]
    file.stored_name, file.thumbnail_name, file.expires_at = "", "", None
    writing.save(file, {"state", "refusal", "stored_name", "thumbnail_name", "expires_at"})
    belonging.tell(file, "media_refused", by=None)
    return file


def forget_content(file: MediaFile) -> None:
    """The bytes go with the commit, and count no more."""
    names = {file.stored_name, file.thumbnail_name}
    if file.state == MediaState.PROCESSING and file.kind == MediaKind.IMAGE and file.stored_name:
        names |= {naming.prepared(file.stored_name), naming.thumbnail(file.stored_name)}
    for name in sorted(names - {""}):
        files.delete(name)
    if file.state in quota.COUNTED:
        quota.release(file.tenant_id, file.size)


def lock(file: MediaFile, *, expected_version: int | None = None) -> MediaFile:
    return writing.lock(file, expected_version=expected_version)


@transaction.atomic
def remove(file: MediaFile, *, by: Member | None) -> None:
    """Delete a file and what it belonged to it by; its bytes go with the commit."""
    file = lock(file)
    forget_content(file)
    try:
        file.delete()
    except ProtectedError:
        raise Conflict("A signature was given with this drawing: it is kept.", code="signed") from None


@transaction.atomic
def describe(
    file: MediaFile,
    *,
    by: Member | None,
    caption: str | None = None,
    turn: int = 0,
    expected_version: int | None = None,
) -> dict[str, list[Any]]:
    """Set the caption; turn a picture clockwise. Returns what changed, as events tell it."""
    file = lock(file, expected_version=expected_version)
    changes: dict[str, Any] = {}
    if caption is not None:
        changes["caption"] = sound_caption(caption)
    if turn:
        if turn not in TURNS:
            raise Invalid({"rotate": "Turn it by 90, 180 or 270 degrees."})
        if file.kind != MediaKind.IMAGE or file.state not in HERE:
            raise Invalid({"rotate": "Only pictures can be turned."})
        changes |= {"turn": (file.turn + turn) % 360, "state": MediaState.PROCESSING}
    told = writing.apply(file, changes)
    if told:
        writing.save(file, told)
        if "turn" in told:
            waking.wake(file)
    told.pop("state", None)
    return told


# --- By itself ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def prepare(file_id: UUID, *, by: Member | None) -> MediaFile | None:
    """Make a picture upright, bare and small, once; None when somebody else does, or did.

    Whatever the trouble with the picture, it is refused for good; trouble with the storage is tried again by the sweep.
    """
    rows = MediaFile.objects.select_for_update(skip_locked=True, of=("self",))
    file = rows.filter(pk=file_id, state=MediaState.PROCESSING, kind=MediaKind.IMAGE).first()
    if file is None:
        return None
    tenant = Tenant.objects.get(pk=file.tenant_id)
    keep_location = quota.account(file.tenant_id).keep_location
    before, small_before = file.stored_name, file.thumbnail_name
    try:
        with files.open(before) as content:
            picture = pictures.prepare(
                content,
                naming.ending_of(before),
                zone=ZoneInfo(tenant.time_zone),
                keep_location=keep_location,
                turn=file.turn,
            )
    except pictures.BrokenPictureError:
        return refuse(file, "This picture is broken or cut off. Take it again, or send another copy.")
    except NotFound:
        return refuse(file, "The storage lost this picture. Send it again.")
    grown = len(picture.original) - file.size
    try:
        with transaction.atomic():
            file.stored_name = kept_anew(naming.prepared(before), picture.original)
            file.thumbnail_name = kept_anew(naming.thumbnail(before), picture.thumbnail)
            if grown > 0:
                quota.take(file.tenant_id, grown)
            else:
                quota.release(file.tenant_id, -grown)
    except Conflict as full:
        file.stored_name, file.thumbnail_name = before, small_before
        return refuse(file, full.message)
    file.state, file.turn, file.size = MediaState.READY, 0, len(picture.original)
    file.width, file.height = picture.width, picture.height
    file.taken_at = picture.taken_at or file.taken_at
    file.content_type = files.content_type(file.stored_name)
    writing.save(
        file,
        {"state", "turn", "size", "stored_name", "thumbnail_name", "width", "height", "taken_at", "content_type"},
    )
    for name in {before, small_before} - {file.stored_name, file.thumbnail_name, ""}:
        files.delete(name)
    belonging.tell(file, "media_prepared", by=by)
    return file


def kept_anew(name: str, data: bytes) -> str:
    """A try that died may have left a file of this name."""
    if files.exists(name):
        files.discard(name)
    return files.keep(name, ContentFile(data))


@transaction.atomic
def collect(waiting: list[MediaFile], *, by: Member | None) -> int:
    """Look whether promised files have arrived in the bucket; returns how many were taken or refused."""
    if not waiting or not files.is_remote(files.storage()):
        return 0
    done = 0
    for file in waiting:
        try:
            with transaction.atomic():
                done += receive(file, by=by).state != MediaState.AWAITED
        except DomainError:
            continue  # somebody else was faster, or the storage is away: the sweep comes by
    return done


@transaction.atomic
def expire(file: MediaFile, *, by: Member | None) -> bool:
    """A promise that nobody kept is forgotten, with all traces."""
    found = MediaFile.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        pk=file.pk, state=MediaState.AWAITED, expires_at__lt=timezone.now()
    )
    waiting = found.first()
    if waiting is None:
        return False
    remove(waiting, by=by)
    return True


@transaction.atomic
def set_keep_location(*, by: Member, keep: bool) -> MediaAccount:
    """Whether photos keep where they were taken, from now on."""
    require(by, "settings.manage")
    MediaAccount.objects.bulk_create([MediaAccount(tenant_id=by.tenant_id)], ignore_conflicts=True)
    found = MediaAccount.objects.select_for_update().get(tenant_id=by.tenant_id)
    told = writing.apply(found, {"keep_location": keep})
    if told:
        writing.save(found, told)
        events.record("settings.media_changed", found, by=by, changes=told)
    return found
