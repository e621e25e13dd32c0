"""Signing in and up, and API keys, in the API."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.core import ratelimit
from allauth.mfa.models import Authenticator
from django.contrib.auth import logout
from django.core.exceptions import ValidationError
from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework import exceptions
from rest_framework.request import Request

from core import context, pagination
from core.api.serializers import Deleted, Nothing
from core.api.views import Answer, Endpoint
from core.errors import Conflict, Invalid
from core.pagination import Key
from tenancy import access, actions
from tenancy.models import ApiKey, Member, User
from tenancy.permissions import may
from tenancy.serializers import KeyBody, KeyShape, LoginBody, MeShape, Message, NewKeyShape, SignupBody, TokenShape

REFUSED = "The e-mail address, user name or password is wrong."
WAIT = 300


def user_shape(user: User, member: Member) -> dict[str, Any]:
    return {
        "id": user.pk,
        "memberId": member.pk,
        "name": member.name,
        "email": user.email,
        "username": user.username,
        "role": member.role.key,
        "tenantId": member.tenant_id,
    }


class Door(Endpoint):
    """For callers nobody knows yet: whatever key or session comes along is not looked at."""

    authentication_classes = ()
    permission_classes = ()
    repeatable_writes = False

    def handle(self, request: Request) -> Any:
        # Nobody is known, so nothing has told the transaction which request writes.
        context.tell_open_transactions()
        return super().handle(request)

    def token(self, user: User, member: Member, *, status: int) -> HttpResponseBase:
        with context.use(tenant_id=member.tenant_id, actor_id=member.pk, user_id=user.pk, source="api"):
            key, secret = actions.sign_in_token(member)
        return self.answer(
            {"token": secret, "expiresAt": key.expires_at, "user": user_shape(user, member)}, status=status
        )

    def limited(self, action: str, **key: str) -> None:
        if not ratelimit.consume(self.request._request, action=action, **key):
            raise exceptions.Throttled(wait=WAIT)


class Login(Door):
    noun = "Sign-in"
    accepts = {"POST": LoginBody}
    answers = {"POST": Answer(TokenShape)}
    permissions = {"POST": None}

    def post(self, request: Request) -> HttpResponseBase:
        """Sign in with e-mail address or user name and password; answers a token for twelve hours.

        Unknown accounts and wrong passwords are answered alike. An account with a second factor needs `code`, too.
        """
        data = self.body(LoginBody)
        names = {name: data[name] for name in ("email", "username") if data.get(name)}
        if len(names) != 1:
            raise Invalid({"email": "Give either email or username."})
        self.limited("login")
        user = self.known(names, data["password"])
        self.second_factor(user, data.get("code", ""))
        member = access.choose(access.memberships(user.pk), data.get("tenant") or request.headers.get("X-Tenant"))
        if member is None:
            raise exceptions.PermissionDenied("You are not a member of this organisation.")
        return self.token(user, member, status=200)

    def known(self, names: dict[str, str], password: str) -> User:
        http = self.request._request
        adapter = get_adapter(http)
        try:
            user = adapter.authenticate(http, **names, password=password)
        except ValidationError:  # too many attempts for this account or from this address
            raise exceptions.Throttled(wait=WAIT) from None
        if user is None or not user.is_active:
            raise exceptions.AuthenticationFailed(REFUSED)
        return user

    def second_factor(self, user: User, code: str) -> None:
        factors = list(
            Authenticator.objects.filter(
                user=user, type__in=(Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES)
            )
        )
        if not any(factor.type == Authenticator.Type.TOTP for factor in factors):
            return
        if not code:
            raise exceptions.AuthenticationFailed("This account has a second factor: send its code as `code`.")
        self.limited("login_failed", key=f"second-factor:{user.pk}")
        if not any(factor.wrap().validate_code(code) for factor in factors):
            raise exceptions.AuthenticationFailed("The code is wrong or was used already.")


class Signup(Door):
    noun = "Sign-up"
    names = {"time_zone": "timeZone"}
    accepts = {"POST": SignupBody}
    answers = {"POST": Answer(TokenShape, 201)}
    permissions = {"POST": None}

    def post(self, request: Request) -> HttpResponseBase:
        """Sign up an organisation and its first administrator; answers a token as signing in does."""
        data = self.body(SignupBody)
        self.limited("signup")
        member = actions.sign_up(**data)
        assert member.user is not None
        return self.token(member.user, member, status=201)


class Logout(Endpoint):
    noun = "Sign-in"
    repeatable_writes = False
    accepts = {"POST": Nothing}
    answers = {"POST": Answer(Message)}
    permissions = {"POST": ""}

    def post(self, request: Request) -> HttpResponseBase:
        """End the sign-in: the token is revoked, or the browser's session ends."""
        self.body(Nothing)
        found = request.auth
        if isinstance(found, access.KeyAccess):
            if found.kind == ApiKey.KEY:
                raise Conflict("This is an API key, not a sign-in. Revoke it under /api-keys.", code="api_key")
            actions.revoke_key(ApiKey.objects.get(pk=found.key_id), by=found.member)
        else:
            logout(request._request)
        return self.answer({"message": "Signed out"})


class Me(Endpoint):
    """Who is calling, in which organisation, with which permissions."""

    noun = "Sign-in"
    answers = {"GET": Answer(MeShape)}
    permissions = {"GET": ""}

    def get(self, request: Request) -> HttpResponseBase:
        """The caller."""
        member, tenant = self.member, self.member.tenant
        bound = isinstance(request.auth, access.KeyAccess) and request.auth.kind == ApiKey.KEY
        tenants = [member] if bound or not member.user_id else access.memberships(member.user_id)
        user = request.user if request.user.pk else User(email=member.email)
        return self.answer(
            {
                "user": user_shape(user, member),
                "tenant": {
                    "id": tenant.pk,
                    "name": tenant.name,
                    "slug": tenant.slug,
                    "currency": tenant.currency,
                    "timeZone": tenant.time_zone,
                },
                "tenants": [
                    {
                        "id": one.tenant_id,
                        "name": one.tenant.name,
                        "slug": one.tenant.slug,
                        "role": one.role.key,
                        "isDefault": one.is_default,
                    }
                    for one in tenants
                ],
                "permissions": sorted(member.permissions),
            }
        )


class KeyEndpoint(Endpoint):
    noun = "API key"
    names = {"expires_at": "expiresAt", "member": "memberId"}

    def rows(self) -> Any:
        rows = ApiKey.objects.filter(tenant_id=self.member.tenant_id, kind=ApiKey.KEY)
        return rows if may(self.member, "key.manage") else rows.filter(member_id=self.member.pk)


class ApiKeys(KeyEndpoint):
    """Keys of programs. Without `key.manage` one sees one's own."""

    query = {"GET": pagination.PARAMETERS}
    sorts = {"createdAt": Key("created_at"), "name": Key("name")}
    accepts = {"POST": KeyBody}
    answers = {"GET": Answer(KeyShape, many=True), "POST": Answer(NewKeyShape, 201)}
    permissions = {"GET": "", "POST": "key.manage"}

    def get(self, request: Request) -> HttpResponseBase:
        """List API keys, without their secrets."""
        return self.listing(self.rows(), KeyShape, sorts=self.sorts, default="-createdAt")

    def post(self, request: Request) -> HttpResponseBase:
        """Create an API key. Its secret is in this answer only."""
        key, secret = actions.create_key(by=self.member, **self.body(KeyBody))
        shape = KeyShape.first(ApiKey.objects.filter(pk=key.pk)) or {}
        return self.answer({**shape, "key": secret}, status=201)

    def remembered(self, content: Any) -> Any:
        import orjson

        return orjson.dumps({**orjson.loads(content), "key": None})


class OneApiKey(KeyEndpoint):
    answers = {"GET": Answer(KeyShape), "DELETE": Answer(Deleted)}
    permissions = {"GET": "", "DELETE": "key.manage"}

    def get(self, request: Request, key_id: str) -> HttpResponseBase:
        """Get an API key, without its secret."""
        return self.answer(KeyShape.first(self.rows().filter(pk=self.one(self.rows(), key_id, key="keyId").pk)))

    def delete(self, request: Request, key_id: str) -> HttpResponseBase:
        """Revoke an API key. It stops working at once."""
        actions.revoke_key(self.one(self.rows(), key_id, key="keyId"), by=self.member)
        return self.answer({"message": "API key revoked", "deletedAt": timezone.now()})
