"""The Django admin, opened by a tenant's permission instead of `is_staff`."""

from __future__ import annotations

from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.http import HttpRequest


class MillwrightAdminConfig(AdminConfig):
    default_site = "config.admin_site.MillwrightAdminSite"


class MillwrightAdminSite(AdminSite):
    site_header = "Millwright administration"
    site_title = "Millwright"
    index_title = "Records of your organisation"
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        """Members whose role opens the admin; row-level security keeps them to their tenant."""
        member = getattr(request, "member", None)
        return bool(request.user.is_active and member and "admin.access" in member.permissions)
