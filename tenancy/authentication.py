"""DRF's side of who is calling: a bearer key, or the browser's session with CSRF."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from tenancy import access
from tenancy.middleware import act_as
from tenancy.models import ApiKey, Member


class KeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer <key>`. A key has exactly one tenant; naming another by X-Tenant is refused."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        kind, _, secret = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer":
            return None
        found = access.by_secret(secret.strip())
        if found is None:
            raise exceptions.AuthenticationFailed("This key is unknown, expired or revoked.")
        named = request.headers.get("X-Tenant")
        if named and named != found.member.tenant.slug:
            raise exceptions.AuthenticationFailed("This key belongs to another organisation.")
        request._request.member = found.member  # type: ignore[attr-defined]
        act_as(found.member, source="api", user_id=found.member.user_id)
        if not found.used_recently:
            # Parallel requests with one key must not wait for each other: whoever gets the row writes it.
            free = ApiKey.objects.select_for_update(skip_locked=True).filter(pk=found.key_id)
            ApiKey.objects.filter(pk__in=free.values("pk")).update(last_used_at=timezone.now())
        return found.user, found

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class MemberSessionAuthentication(SessionAuthentication):
    """The browser's session; MemberMiddleware has resolved the member already."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        result = super().authenticate(request)
        if result is not None:
            act_as(request._request.member, source="api", user_id=result[0].pk)  # type: ignore[attr-defined]
        return result

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class IsMember(BasePermission):
    """Somebody is signed in and is a member of the tenant in question."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if not request.user or not (request.user.is_authenticated or request.auth):
            raise exceptions.NotAuthenticated()
        if getattr(request._request, "member", None) is None:
            raise exceptions.PermissionDenied("You are not a member of this organisation.")
        return True


def member_of(request: Request) -> Member:
    """The member behind an API request that passed `IsMember`."""
    return request._request.member  # type: ignore[attr-defined]
