"""What every page's frame needs: navigation by permission, theme, toasts. Asks the database nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from core import navigation, toasts

# What apps above this one put into the header of every page: functions of the request that answer markup.
HEADER: list[Callable[[HttpRequest], SafeString | str]] = []
DARK_SHEET = {"light": "not all", "dark": "all"}


class Shell:
    """Lazy, because a fragment that htmx asks for has no frame."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.member = getattr(request, "member", None)

    @property
    def theme(self) -> str:
        chosen = self.request.COOKIES.get("theme", "")
        return chosen if chosen in DARK_SHEET else ""

    @property
    def dark_media(self) -> str:
        return DARK_SHEET.get(self.theme, "(prefers-color-scheme: dark)")

    @property
    def may(self) -> dict[str, bool]:
        """`{% if shell.may.workorder_create %}`: permission names with the dot as an underscore."""
        return _flags(self.member.permissions) if self.member else {}

    @property
    def side(self) -> SafeString | str:
        return self._navigation("shell/side.html")

    @property
    def bar(self) -> SafeString | str:
        return self._navigation("shell/bar.html")

    @property
    def header(self) -> SafeString | str:
        """What stands in the header besides the frame's own, for members."""
        return mark_safe("".join(part(self.request) for part in HEADER)) if self.member else ""  # noqa: S308  (markup of our own templates)

    @property
    def frame(self) -> str:
        """The page an error stands in: with navigation for members, plain for everybody else."""
        return "base.html" if self.member else "entrance.html"

    @property
    def other_tenants(self) -> list[Any]:
        return [other.tenant for other in getattr(self.request, "memberships", []) if other is not self.member]

    @property
    def switch_href(self) -> str:
        return _href("tenancy:switch")

    @property
    def who(self) -> str:
        """The name people know them by: as a member, or as a login that belongs nowhere yet."""
        return str(self.member.name if self.member else getattr(self.request, "user", ""))

    @property
    def search_href(self) -> str:
        return _href("workorders:list")

    @property
    def account_href(self) -> str:
        return _href("account_email")

    @property
    def sign_out_href(self) -> str:
        return _href("account_logout")

    @property
    def report_href(self) -> str:
        return _href("workorders:report") if self.report_label else ""

    @property
    def report_label(self) -> str:
        """What reporting is called for this member; empty when they may not."""
        may = self.may
        if "workorder_assign" in may:
            return "New work order" if "workorder_create" in may else ""
        return "Report a problem" if "workorder_create" in may or "workorder_request" in may else ""

    @property
    def settings_links(self) -> list[dict[str, Any]]:
        links = navigation.settings_links(self.member.permissions) if self.member else ()
        return [{"link": link, "current": self.request.path.startswith(link.href)} for link in links]

    @property
    def toasts(self) -> list[dict[str, Any]]:
        if not hasattr(self, "_toasts"):
            self._toasts = toasts.shown(self.request)
        return self._toasts

    def _navigation(self, template: str) -> SafeString | str:
        if self.member is None:
            return ""
        permissions = self.member.permissions
        return _rendered(template, permissions, navigation.current(self.request.path, permissions))


@lru_cache(maxsize=32)
def _href(url_name: str) -> str:
    return reverse(url_name)


@lru_cache(maxsize=128)
def _flags(permissions: frozenset[str]) -> dict[str, bool]:
    return {name.replace(".", "_"): True for name in permissions}


@lru_cache(maxsize=256)
def _rendered(template: str, permissions: frozenset[str], current: str) -> SafeString:
    """The navigation is the same for everybody with the same permissions on the same page: render it once."""
    sections = navigation.links(permissions)
    bar = [link for _, found in sections for link in found if link.bar][:3]
    return render_to_string(template, {"sections": sections, "bar": bar, "current": current})


def shell(request: HttpRequest) -> dict[str, Any]:
    return {"shell": Shell(request)}
