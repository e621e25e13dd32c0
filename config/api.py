"""Routes of /api/v1/: plural kebab-case nouns, no trailing slash."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
