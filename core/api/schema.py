"""OpenAPI from the views, in the conventions of this API."""

from __future__ import annotations

from drf_spectacular.openapi import AutoSchema


class Schema(AutoSchema):
    """drf-spectacular's view inspector; the API's builder adds parameters and error answers here."""
