"""The API answers JSON; only a person signed in who opens an address in a browser gets the browsable page."""

from __future__ import annotations

from typing import Any

from rest_framework.negotiation import BaseContentNegotiation


class Negotiation(BaseContentNegotiation):
    def select_parser(self, request: Any, parsers: Any) -> Any:
        content_type = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == content_type), None)

    def select_renderer(self, request: Any, renderers: Any, format_suffix: str | None = None) -> Any:
        plain = renderers[0]
        http = request._request
        if "text/html" in http.headers.get("Accept", "") and http.method == "GET" and getattr(http, "member", None):
            html = next((renderer for renderer in renderers if renderer.media_type == "text/html"), None)
            if html is not None:
                return html, html.media_type
        return plain, plain.media_type
