"""Pages of the part catalogue."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from inventory import views
from inventory.views_media import PAGES

pages: list[URLPattern | URLResolver] = [
    path("parts", views.parts, name="list"),
    path("parts/add", views.add, name="add"),
    path("parts/<uuid:pk>/edit", views.edit, name="edit"),
    path("parts/<uuid:pk>/archive", views.archive, name="archive"),
    path("parts/<uuid:pk>/restore", views.restore, name="restore"),
    *PAGES.urls("parts"),
    path("settings/part-categories", views.categories, name="categories"),
    path("settings/part-categories/add", views.category_add, name="category_add"),
    path("settings/part-categories/<uuid:pk>", views.category, name="category"),
    path("settings/part-categories/<uuid:pk>/remove", views.category_remove, name="category_remove"),
]
urlpatterns: list[URLPattern | URLResolver] = [path("", include((pages, "inventory")))]
