"""Files out of the local folder, by an address that was made for somebody moments ago."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO, Any

from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.settings import api_settings

from core import files
from core.errors import NotFound

# Opened by itself, a file can neither run anything nor reach anything. (Browsers lay out a picture by a style of their own.)
POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'"
RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")
BLOCK = 128 * 1024


@require_safe
def give(request: HttpRequest, token: str) -> HttpResponseBase:
    """The file a token grants, to members of its tenant alone: a link that was passed on opens nothing elsewhere."""
    grant = files.grant_of(token)
    if str(tenant_of(request)) != grant.tenant_id:
        raise NotFound("There is no such file.", headline="File not found")
    response = whole_or_part(request, grant.name)
    response["Content-Disposition"] = files.disposition(grant.name, grant.filename, inline=grant.inline)
    response["Content-Security-Policy"] = POLICY
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, no-store"
    response["Accept-Ranges"] = "bytes"
    return response


def whole_or_part(request: HttpRequest, name: str) -> HttpResponseBase:
    """Films and sounds are played from the middle: one range of bytes (RFC 9110, 14). Anything else gives the whole."""
    content_type = files.content_type(name)
    asked = RANGE.fullmatch(request.headers.get("Range", "").strip())
    if asked is None or asked.groups() == ("", ""):
        return FileResponse(files.open(name), content_type=content_type)
    size = files.size(name)
    first, last = span(asked[1], asked[2], size)
    if first > last:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    content = files.open(name)
    content.seek(first)
    response = StreamingHttpResponse(blocks(content, last - first + 1), status=206, content_type=content_type)
    response["Content-Range"] = f"bytes {first}-{last}/{size}"
    response["Content-Length"] = str(last - first + 1)
    return response


def span(first: str, last: str, size: int) -> tuple[int, int]:
    if not first:
        return max(0, size - int(last)), size - 1
    return int(first), min(int(last), size - 1) if last else size - 1


def blocks(content: IO[Any], left: int) -> Iterator[bytes]:
    with content:
        while left and (block := content.read(min(BLOCK, left))):
            left -= len(block)
            yield block


def tenant_of(request: HttpRequest) -> object:
    """Of the session's member or, for a program that sends its key along, of the key's."""
    if "Authorization" in request.headers:
        authenticators = [kind() for kind in api_settings.DEFAULT_AUTHENTICATION_CLASSES]  # type: ignore[operator]
        try:
            Request(request, authenticators=authenticators).user  # noqa: B018  (asking finds out who is calling)
        except APIException:
            return None
    return getattr(getattr(request, "member", None), "tenant_id", None)
