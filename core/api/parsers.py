"""JSON in: strict, bounded, and free of what PostgreSQL cannot store."""

from __future__ import annotations

from typing import Any

import orjson
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

MAX_DEPTH = 40


class JSONParser(BaseParser):
    media_type = "application/json"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        raw = stream.read(settings.MAX_JSON_BYTES + 1)
        if len(raw) > settings.MAX_JSON_BYTES:
            raise RequestDataTooBig
        if nesting(raw) > MAX_DEPTH:
            raise ParseError(f"The JSON is nested more than {MAX_DEPTH} levels deep.")
        try:
            # orjson refuses NaN, Infinity, lone surrogates and bytes that are not UTF-8.
            value = orjson.loads(raw)
        except orjson.JSONDecodeError as error:
            raise ParseError(
                f"The body is not valid JSON: {error.msg} at line {error.lineno}, column {error.colno}."
            ) from None
        if b"\\u0000" in raw or b"\x00" in raw:
            raise ParseError("The JSON holds a NUL character, which cannot be stored.")
        return value


def nesting(raw: bytes) -> int:
    """An upper bound of the depth, from the brackets outside of strings; no recursion, one pass."""
    if raw.count(b"[") + raw.count(b"{") <= MAX_DEPTH:
        return 0
    depth = deepest = 0
    inside = escaped = False
    for byte in raw:
        if inside:
            if escaped:
                escaped = False
            elif byte == 0x5C:
                escaped = True
            elif byte == 0x22:
                inside = False
        elif byte == 0x22:
            inside = True
        elif byte in (0x5B, 0x7B):
            depth += 1
            deepest = max(deepest, depth)
        elif byte in (0x5D, 0x7D):
            depth -= 1
    return deepest
