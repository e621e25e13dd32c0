"""What the doors of all galleries share: the form that several files come with, and how its answer is told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.http import url_has_allowed_host_and_scheme

from core import toasts
from core.errors import DomainError
from core.pages import go
from core.translation import API_STATUS, status_of

MOST_FILES = 20
Add = Callable[..., Any]


@dataclass
class Uploaded:
    """What became of the files of one form."""

    kept: list[Any] = field(default_factory=list)
    refused: list[tuple[str, DomainError]] = field(default_factory=list)


def take(request: HttpRequest, add: Add) -> Uploaded:
    """Hand each file of the form to `add(content, name, id, taken_at)`. One that is refused holds up no other."""
    found = Uploaded()
    given = request.FILES.getlist("file")[:MOST_FILES]
    for content in given:
        name = content.name or "file"
        options = {"id": id_of(request), "taken_at": moment_of(request)} if len(given) == 1 else {}
        try:
            found.kept.append(add(content=content, name=name, **options))
        except DomainError as refused:
            found.refused.append((name, refused))
    return found


def id_of(request: HttpRequest) -> UUID | None:
    """Made by the browser, so that an upload that is sent again is not kept twice."""
    try:
        return UUID(request.POST.get("upload_id", ""))
    except ValueError:
        return None


def moment_of(request: HttpRequest) -> dt.datetime | None:
    """When the file was made, as the device knows it: a photo that was made smaller there has lost its own note of it."""
    text = request.POST.get("taken_at", "")
    if not (text.isascii() and text.isdigit() and len(text) <= 13):
        return None
    at = dt.datetime.fromtimestamp(int(text) / 1000, dt.UTC)
    return at if 1990 <= at.year <= 2200 else None


def answer(request: HttpRequest, uploaded: Uploaded, back: str) -> HttpResponse:
    """JSON for the script that sends one file at a time; a page with the sentences for a plain form."""
    if "application/json" in request.headers.get("Accept", ""):
        return as_json(uploaded)
    for name, refused in uploaded.refused:
        toasts.warn(request, f"{name}: {refused.message}")
    if uploaded.kept:
        count = len(uploaded.kept)
        toasts.say(request, "Added." if count == 1 else f"{count} files added.")
    elif not uploaded.refused:
        toasts.warn(request, "Choose a file first.")
    return go(request, safe(request, back))


def as_json(uploaded: Uploaded) -> JsonResponse:
    status = 201 if uploaded.kept else 400
    if uploaded.refused and not uploaded.kept:
        status = status_of(uploaded.refused[0][1], API_STATUS)
    body = {
        "media": [{"id": str(one.file_id)} for one in uploaded.kept],
        "refused": [
            {"filename": name, "reason": refused.message, "code": refused.code} for name, refused in uploaded.refused
        ],
    }
    return JsonResponse(body, status=status)


def safe(request: HttpRequest, back: str) -> str:
    """Where the form came from, when it says so and that is here."""
    wanted = request.POST.get("back", "")
    good = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if good else back
