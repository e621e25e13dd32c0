"""Files out of the local folder, by an address that was made for somebody moments ago."""

from __future__ import annotations

from django.http import FileResponse, HttpRequest
from django.views.decorators.http import require_safe
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.settings import api_settings

from core import files
from core.errors import NotFound

# Opened by itself, a file can neither run anything nor reach anything. (Browsers lay out a picture by a style of their own.)
POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'"


@require_safe
def give(request: HttpRequest, token: str) -> FileResponse:
    """The file a token grants, to members of its tenant alone: a link that was passed on opens nothing elsewhere."""
    grant = files.grant_of(token)
    if str(tenant_of(request)) != grant.tenant_id:
        raise NotFound("There is no such file.", headline="File not found")
    response = FileResponse(files.open(grant.name), content_type=files.content_type(grant.name))
    response["Content-Disposition"] = files.disposition(grant.name, grant.filename, inline=grant.inline)
    response["Content-Security-Policy"] = POLICY
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, no-store"
    return response


def tenant_of(request: HttpRequest) -> object:
    """Of the session's member or, for a program that sends its key along, of the key's."""
    if "Authorization" in request.headers:
        authenticators = [kind() for kind in api_settings.DEFAULT_AUTHENTICATION_CLASSES]  # type: ignore[operator]
        try:
            Request(request, authenticators=authenticators).user  # noqa: B018  (asking finds out who is calling)
        except APIException:
            return None
    return getattr(getattr(request, "member", None), "tenant_id", None)
