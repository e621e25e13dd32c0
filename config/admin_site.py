"""The Django admin, opened by a tenant's permission instead of `is_staff`, and by the house's own sign-in alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from core.errors import PermissionDenied


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

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Only admins that are scoped to a tenant: tables of other packages (groups, mail addresses) belong to nobody."""
        from core.admin import TenantModelAdmin

        if isinstance(admin_class, type) and issubclass(admin_class, TenantModelAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Any:
        """Pages are made in the tenant's time zone, the template included."""
        inner = super().admin_view(view, cacheable)

        def door(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            member = getattr(request, "member", None)
            if member is None:
                return inner(request, *args, **kwargs)
            with timezone.override(ZoneInfo(member.tenant.time_zone)):
                response = inner(request, *args, **kwargs)
                return response.render() if hasattr(response, "render") else response

        return door

    # A second way in would be one without limits on attempts, second factor and session list.

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        from django.contrib.auth.views import redirect_to_login  # needs the models, which load after this module

        if self.has_permission(request):
            return redirect("admin:index")
        if request.user.is_authenticated:
            raise PermissionDenied("admin.access")
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"))

    def logout(self, request: HttpRequest, extra_context: Any = None) -> Any:
        if request.method != "POST":
            return redirect("account_logout")
        logout(request)
        return redirect("account_login")

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return redirect("account_change_password")
