"""What every endpoint of files shares: multipart in, the sender's words checked, and the answers of the contract."""

from __future__ import annotations

import hashlib
from typing import Any, ClassVar, cast
from uuid import UUID

from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request

from core.api import query
from core.api.parsers import JSONParser
from core.api.views import Endpoint
from core.errors import Invalid, NotFound
from media import checking
from media.models import MediaFile

KEPT_WORDS = 20_000


class FilesEndpoint(Endpoint):
    """The files of one thing."""

    noun = "File"
    # Words that a multipart body may hold beside the file.
    words: ClassVar[frozenset[str]] = frozenset({"caption"})

    @property
    def invalid_headline(self) -> str:
        return "Invalid media data"

    def one_file(self, links: Any, media_id: str) -> Any:
        """The link row of a file among those that may be seen."""
        pk = query.uuid_or_none(media_id)
        found = links.filter(file=pk).select_related("file").first() if pk else None
        if found is None:
            raise NotFound("There is no such file.", headline="File not found", extra={"mediaId": media_id[:100]})
        return found

    def promised(self, file: MediaFile, address: str) -> HttpResponseBase:
        assert file.expires_at is not None
        body = {"uploadUrl": address, "mediaId": str(file.pk), "expiresAt": file.expires_at}
        return self.answer(body, status=201)

    def removed(self) -> HttpResponseBase:
        return self.answer({"message": "Media deleted successfully", "deletedAt": timezone.now()})


class Multipart(FilesEndpoint):
    """An address that takes a file as `multipart/form-data`, in the field `file`."""

    parser_classes = [JSONParser, MultiPartParser]
    multipart = ("POST",)

    def call_digest(self, request: Request) -> bytes:
        """An upload is told from another by its words and the digest of its file: its body need not fit into memory."""
        if not (request.content_type or "").startswith("multipart/"):
            return super().call_digest(request)
        found, data = hashlib.sha256(), cast("Any", request.data)
        for name in sorted(data):
            for value in data.getlist(name):
                text = checking.digest(value) if hasattr(value, "read") else str(value)
                found.update(f"{name}={text}\n".encode())
        return found.digest()

    def given(self, request: Request) -> dict[str, Any]:
        """content, name and the words of a multipart body; all problems at once."""
        data: Any = request.data
        if not hasattr(data, "getlist"):
            raise Invalid({"file": "Send the file as multipart/form-data, in a field named “file”."})
        problems: dict[str, str] = {}
        sent = [one for one in data.getlist("file") if hasattr(one, "read")]
        if len(sent) != 1:
            problems["file"] = "Send one file, in a field named “file”."
        for name in data:
            if name != "file" and name not in self.words:
                problems[str(name)[:100]] = "Unknown field."
        words = {name: str(data[name]) for name in self.words if name in data}
        for name, text in words.items():
            if "\x00" in text or len(text) > KEPT_WORDS:
                problems[name] = "This text cannot be stored."
        if problems:
            raise Invalid(problems)
        return {"content": sent[0], "name": sent[0].name or "file", **words}


def flag(words: dict[str, Any], name: str) -> bool:
    """A yes or no among the words of a form."""
    text = words.pop(name, "false").strip().lower()
    if text not in ("true", "false", "1", "0"):
        raise Invalid({name: "Use true or false."})
    return text in ("true", "1")


def reference(words: dict[str, Any], name: str) -> UUID | None:
    text = words.pop(name, "").strip()
    if not text:
        return None
    found = query.uuid_or_none(text)
    if found is None:
        raise Invalid({name: "There is no such record."})
    return UUID(str(found))
