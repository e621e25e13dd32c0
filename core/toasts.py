"""Short confirmations after an act, with Undo where the act has an opposite.

A toast travels as a Django message to the next page; it is text, never markup.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.contrib import messages
from django.http import HttpRequest

_LEVELS = {messages.SUCCESS: "success", messages.WARNING: "warning", messages.ERROR: "error"}


def say(
    request: HttpRequest, text: str, *, undo: str = "", undo_data: Iterable[tuple[str, str]] = (), draft: str = ""
) -> None:
    """Tell what was done. `undo` is the address that takes it back by POST of `undo_data`.

    `draft` is the key of the form whose kept draft is no longer needed.
    """
    extra = [("undo", undo), ("draft", draft), *((f"data_{name}", value) for name, value in undo_data)]
    messages.success(request, text, extra_tags=urlencode([(name, value) for name, value in extra if value]))


def warn(request: HttpRequest, text: str) -> None:
    messages.warning(request, text)


def shown(request: HttpRequest) -> list[dict[str, Any]]:
    """The messages that wait for this page, as the template shows them."""
    toasts = []
    for message in messages.get_messages(request):
        extra = parse_qsl(message.extra_tags or "")
        single = dict(extra)
        toasts.append(
            {
                "text": message.message,
                "level": _LEVELS.get(message.level, "info"),
                "undo": single.get("undo", ""),
                "undo_data": [(name[5:], value) for name, value in extra if name.startswith("data_")],
                "draft": single.get("draft", ""),
            }
        )
    return toasts
