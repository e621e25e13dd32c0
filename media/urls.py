"""Pages of media."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from media import views

pages: list[URLPattern | URLResolver] = [path("settings/media", views.settings_page, name="settings")]
urlpatterns: list[URLPattern | URLResolver] = [
    path("", include((pages, "media"))),
    path("files/upload/<str:token>", views.Upload.as_view(), name="upload"),
]
