"""All addresses: pages, the API, the admin, health."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from core import file_views, health
from core.styleguide import styleguide

urlpatterns = [
    # First, because the pages below have many patterns that each request would try.
    path("api/v1/", include("config.api")),
    path("", include("workorders.urls")),
    path("", include("media.urls")),
    path("", include("assets.urls")),
    path("", include("labor.urls")),
    path("", include("inventory.urls")),
    path("", include("projects.urls")),
    path("", include("tenancy.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("styleguide", styleguide, name="styleguide"),
    path("files/<str:token>", file_views.give, name="file"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
]
handler404 = "core.translation.page_not_found"
handler500 = "core.translation.server_error"
