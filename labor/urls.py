"""Pages of labor."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from labor import views

pages: list[URLPattern | URLResolver] = [
    path("people", views.people, name="people"),
    path("people/technicians/add", views.technician_add, name="technician_add"),
    path("people/technicians/<uuid:pk>", views.technician, name="technician"),
    path("people/crews/add", views.crew_add, name="crew_add"),
    path("people/crews/<uuid:pk>", views.crew, name="crew"),
]
urlpatterns: list[URLPattern | URLResolver] = [path("", include((pages, "labor")))]
