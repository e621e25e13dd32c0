"""Addresses to which a client sends a file by itself: the bucket's own, or one of ours that behaves the same.

An address is good for one name of ours, one size, one content type and some minutes. What arrives there is believed in
nothing: `settled` takes it out of the client's reach first, and the caller looks at that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import structlog
from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils import timezone

from core import files
from core.errors import NotFound

SALT = "core.uploads"
log = structlog.get_logger("millwright.files")


@dataclass(frozen=True, slots=True)
class Grant:
    """What an address of ours takes."""

    id: UUID
    name: str
    size: int
    content_type: str

    @property
    def tenant_id(self) -> UUID:
        return UUID(self.name.partition("/")[0])


def address(id: UUID, name: str, *, size: int, content_type: str, seconds: int) -> str:  # noqa: A002
    """Where a PUT of exactly so many bytes of this type stores them under `name`, until then."""
    files.checked(name)
    if files.is_remote(files.storage()):
        return str(
            client().generate_presigned_url(
                "put_object",
                Params={"Bucket": bucket(), "Key": name, "ContentType": content_type, "ContentLength": size},
                ExpiresIn=seconds,
                HttpMethod="PUT",
            )
        )
    until = int(timezone.now().timestamp()) + seconds
    token = signing.Signer(salt=SALT).sign_object({"m": str(id), "n": name, "s": size, "t": content_type, "u": until})
    return settings.BASE_URL + reverse("upload", args=[token])


def grant_of(token: str) -> Grant:
    """`NotFound` for a token that was changed, is too old, or was made for something else."""
    try:
        payload = signing.Signer(salt=SALT).unsign_object(token)
    except (signing.BadSignature, ValueError):
        raise NotFound("There is no such address to send a file to.", headline="Address not found") from None
    if payload["u"] < timezone.now().timestamp():
        raise NotFound("This address is too old. Ask for a new one.", headline="Address not found")
    return Grant(UUID(payload["m"]), payload["n"], payload["s"], payload["t"])


def settled(name: str, new_name: str) -> str:
    """Copy what was sent to the bucket to a name that no address leads to, and take the first away with the commit.

    The address may still be good: what is sent there later reaches nothing, and the sweep removes it.
    """
    files.checked(name)
    files.checked(new_name)
    files.undo_on_rollback(new_name)
    try:
        client().copy_object(
            Bucket=bucket(), Key=new_name, CopySource={"Bucket": bucket(), "Key": name},
            MetadataDirective="REPLACE", ContentType=files.OPAQUE,
        )  # fmt: skip
    except Exception as error:
        log.exception("upload_not_settled", name=name)
        raise files.StorageAway("The file could not be stored. Nothing was saved; try again in a moment.") from error
    files.delete(name)
    return new_name


def client() -> Any:
    return files.storage().connection.meta.client  # type: ignore[attr-defined]


def bucket() -> str:
    return str(files.storage().bucket_name)  # type: ignore[attr-defined]


def origin() -> str:
    """Where browsers fetch files from, for the content security policy; empty when that is us."""
    if not files.is_remote(files.storage()):
        return ""
    parts = urlsplit(client().generate_presigned_url("get_object", Params={"Bucket": bucket(), "Key": "x"}))
    return f"{parts.scheme}://{parts.netloc}"
