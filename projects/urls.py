"""Pages of projects."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from projects import views

pages: list[URLPattern | URLResolver] = [
    path("projects", views.projects, name="list"),
    path("projects/add", views.add, name="add"),
    path("projects/<uuid:pk>", views.project, name="project"),
    path("projects/<uuid:pk>/edit", views.edit, name="edit"),
    path("projects/<uuid:pk>/close", views.close, name="close"),
]
urlpatterns: list[URLPattern | URLResolver] = [path("", include((pages, "projects")))]
