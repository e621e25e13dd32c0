"""Answers of the API: orjson, instants in UTC with Z, decimals as numbers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import orjson
from rest_framework.renderers import BaseRenderer, BrowsableAPIRenderer

OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_NAIVE_UTC | orjson.OPT_OMIT_MICROSECONDS


def encode(value: Any) -> Any:
    """What orjson does not know by itself."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, set | frozenset | tuple):
        return list(value)
    return str(value)


def dumps(data: Any) -> bytes:
    return orjson.dumps(data, default=encode, option=OPTIONS)


class JSONRenderer(BaseRenderer):
    media_type = "application/json"
    format = "json"
    charset = None

    def render(self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None) -> bytes:
        if isinstance(data, bytes):
            return data
        return b"" if data is None else dumps(data)


class BrowsableRenderer(BrowsableAPIRenderer):
    """DRF's browsable pages for people signed in; forms for raw JSON only, since serializers are the contract's shape."""

    def get_default_renderer(self, view: Any) -> Any:
        return JSONRenderer()

    def show_form_for_method(self, view: Any, method: str, request: Any, obj: Any) -> bool:
        return False
