"""Pages of assets."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from assets import views
from assets.views_media import PAGES

pages: list[URLPattern | URLResolver] = [
    path("assets", views.assets, name="list"),
    path("assets/add", views.add, name="add"),
    path("assets/<uuid:pk>/edit", views.edit, name="edit"),
    path("assets/<uuid:pk>/status", views.set_status, name="status"),
    path("assets/<uuid:pk>/archive", views.archive, name="archive"),
    *PAGES.urls("assets"),
    path("places", views.places, name="places"),
    path("places/add", views.place_add, name="place_add"),
    path("places/<uuid:pk>", views.place, name="place"),
    path("places/<uuid:pk>/edit", views.place_edit, name="place_edit"),
    path("places/<uuid:pk>/archive", views.place_archive, name="place_archive"),
    path("settings/members/<uuid:pk>/places", views.member_places, name="member_places"),
]
urlpatterns: list[URLPattern | URLResolver] = [path("", include((pages, "assets")))]
