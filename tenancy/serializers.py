"""Shapes of people, roles, keys and sign-in in the API."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.fields import empty

from core.api import fields
from core.api.serializers import Body, Shape, echo_of
from tenancy.models import Member, Role


class MemberShape(Shape):
    """A person in the organisation."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    email = serializers.CharField()
    role = serializers.CharField(source="role.key")
    roleName = serializers.CharField(source="role.name")
    scoped = serializers.BooleanField(help_text="Sees only the places and departments of their scope.")
    isActive = serializers.BooleanField()
    hasLogin = serializers.BooleanField(source="user_id")
    version = serializers.IntegerField()
    createdAt = serializers.DateTimeField()
    updatedAt = serializers.DateTimeField()

    @classmethod
    def finish(cls, items: list[dict[str, Any]], context: Any) -> None:
        for item in items:
            item["hasLogin"] = item["hasLogin"] is not None


class RoleShape(Shape):
    """An editable bundle of permissions."""

    id = serializers.UUIDField()
    key = serializers.CharField()
    name = serializers.CharField()
    permissions = serializers.ListField(child=serializers.CharField())
    isAdmin = serializers.BooleanField()
    version = serializers.IntegerField()


class DepartmentShape(Shape):
    id = serializers.UUIDField()
    name = serializers.CharField()
    code = serializers.CharField()
    version = serializers.IntegerField()


class InvitationShape(Shape):
    """An open or used invitation. Its link is mailed, never shown."""

    id = serializers.UUIDField()
    email = serializers.CharField()
    name = serializers.CharField()
    role = serializers.CharField(source="role.key")
    createdAt = serializers.DateTimeField()
    expiresAt = serializers.DateTimeField()
    acceptedAt = serializers.DateTimeField(allow_null=True)
    revokedAt = serializers.DateTimeField(allow_null=True)


class KeyShape(Shape):
    """An API key, without its secret."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    prefix = serializers.CharField(help_text="How the secret begins.")
    memberId = serializers.UUIDField()
    memberName = serializers.CharField(source="member.name")
    scopes = serializers.ListField(child=serializers.CharField())
    expiresAt = serializers.DateTimeField(allow_null=True)
    lastUsedAt = serializers.DateTimeField(allow_null=True)
    revokedAt = serializers.DateTimeField(allow_null=True)
    createdAt = serializers.DateTimeField()


class NewKeyShape(KeyShape):
    key = serializers.CharField(
        allow_null=True, help_text="The secret, shown this once; null when the answer is replayed."
    )


class TenantShape(Shape):
    id = serializers.UUIDField()
    name = serializers.CharField()
    slug = serializers.CharField(help_text="For the header `X-Tenant`.")
    role = serializers.CharField()
    isDefault = serializers.BooleanField()


class UserShape(Shape):
    id = serializers.UUIDField(help_text="The login.")
    memberId = serializers.UUIDField(help_text="The person in the organisation: `assignedTo`, `requestedBy`, `author`.")
    name = serializers.CharField()
    email = serializers.CharField()
    username = serializers.CharField()
    role = serializers.CharField()
    tenantId = serializers.UUIDField()


class HomeShape(Shape):
    id = serializers.UUIDField()
    name = serializers.CharField()
    slug = serializers.CharField()
    currency = serializers.CharField()
    timeZone = serializers.CharField()


class MeShape(Shape):
    """Who is calling."""

    user = UserShape()
    tenant = HomeShape()
    tenants = TenantShape(many=True)
    permissions = serializers.ListField(child=serializers.CharField())


class TokenShape(Shape):
    token = serializers.CharField(help_text="For `Authorization: Bearer …`.")
    expiresAt = serializers.DateTimeField()
    user = UserShape()


class Message(Shape):
    message = serializers.CharField()


# --- Bodies -----------------------------------------------------------------------------------------------------------
class RoleKey(fields.Key):
    """The key of a role of the organisation."""

    def run_validation(self, data: Any = empty) -> Any:
        key = super().run_validation(data)
        role = Role.objects.filter(tenant_id=self.context["member"].tenant_id, key=key).first()
        if role is None:
            raise serializers.ValidationError("Role must exist")
        return role


def members(member: Member) -> Any:
    return Member.objects.filter(tenant_id=member.tenant_id, is_active=True).select_related("role", "tenant")


class MemberBody(Body):
    name = fields.Text(max_length=150)
    role = RoleKey()
    scoped = fields.Flag(required=False)
    isActive = fields.Flag(required=False, source="is_active")


MemberBody.echoed = echo_of(MemberShape, MemberBody)


class CreateMember(Body):
    name = fields.Text(max_length=150)
    role = RoleKey()
    email = fields.Text(required=False, max_length=254)


class InvitationBody(Body):
    email = fields.Text(max_length=254)
    name = fields.Text(required=False, max_length=150)
    role = RoleKey()


class DepartmentBody(Body):
    name = fields.Text(max_length=120)
    code = fields.Text(required=False, max_length=40)


DepartmentBody.echoed = echo_of(DepartmentShape, DepartmentBody)


class KeyBody(Body):
    name = fields.Text(max_length=80)
    scopes = fields.Texts(required=True, allow_null=False, longest=60, most=100, help_text="Names of permissions.")
    memberId = fields.Reference(
        members, "Member must exist", source="member", help_text="Who it acts as; yourself if absent."
    )
    expiresAt = fields.Instant(required=False, allow_null=True, source="expires_at")


class LoginBody(Body):
    email = fields.Text(required=False, max_length=254, allow_null=False)
    username = fields.Text(required=False, max_length=254, allow_null=False)
    password = fields.Text(max_length=1024)
    code = fields.Text(required=False, max_length=40, help_text="The second factor, where the account has one.")
    tenant = fields.Key(required=False, help_text="Slug of the organisation; the default one if absent.")


class SignupBody(Body):
    organisation = fields.Text(max_length=120)
    name = fields.Text(max_length=150)
    email = fields.Text(max_length=254)
    password = fields.Text(max_length=1024)
    currency = fields.Text(required=False, max_length=3, allow_null=False, allow_blank=False)
    timeZone = fields.Text(required=False, max_length=64, allow_null=False, allow_blank=False, source="time_zone")
