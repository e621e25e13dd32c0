"""People, roles, departments and invitations in the API."""

from __future__ import annotations

from typing import Any

from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework.request import Request

from core import pagination, writing
from core.api.serializers import Deleted
from core.api.views import Answer, Endpoint
from core.pagination import Key
from tenancy import actions
from tenancy.filters import MemberFilter
from tenancy.models import Department, Invitation, Member, Role
from tenancy.permissions import may, require
from tenancy.serializers import (
    CreateMember,
    DepartmentBody,
    DepartmentShape,
    InvitationBody,
    InvitationShape,
    MemberBody,
    MemberShape,
    RoleShape,
)


def visible_members(member: Member) -> Any:
    """The people of the organisation; for those who may not see people only themselves."""
    rows = Member.objects.filter(tenant_id=member.tenant_id)
    return rows if may(member, "people.view", "member.manage") else rows.filter(pk=member.pk)


def visible_roles(member: Member) -> Any:
    rows = Role.objects.filter(tenant_id=member.tenant_id)
    return rows if may(member, "member.manage", "role.manage") else rows.filter(pk=member.role_id)


class MemberEndpoint(Endpoint):
    noun = "Member"
    names = {"is_active": "isActive"}

    def shown(self, pk: Any, *, status: int = 200) -> HttpResponseBase:
        shape = MemberShape.first(Member.objects.filter(pk=pk))
        assert shape is not None
        headers = {"Location": f"/api/v1/members/{pk}"} if status == 201 else None
        return self.answer(shape, status=status, version=shape["version"], headers=headers)

    def found(self, member_id: str) -> Member:
        if member_id == "me":
            return self.member
        return self.one(visible_members(self.member), member_id, key="memberId")


class Members(MemberEndpoint):
    """The people of the organisation. Without `people.view` one finds only oneself."""

    query = {"GET": (*MemberFilter.parameters(), *pagination.PARAMETERS)}
    repeatable = (*MemberFilter.repeatable(), "fields")
    filterset = MemberFilter
    sorts = {"name": Key("name"), "createdAt": Key("created_at")}
    accepts = {"POST": CreateMember}
    answers = {"GET": Answer(MemberShape, many=True), "POST": Answer(MemberShape, 201)}
    permissions = {"GET": "people.view", "POST": "member.manage"}

    def get(self, request: Request) -> HttpResponseBase:
        """List members."""
        rows = MemberFilter(self.params, visible_members(self.member), member=self.member).rows()
        return self.listing(rows, MemberShape, sorts=self.sorts, default="name")

    def post(self, request: Request) -> HttpResponseBase:
        """Add a person without a login. To give them one, invite their address."""
        require(self.member, "member.manage")
        return self.shown(actions.add_member(by=self.member, **self.body(CreateMember)).pk, status=201)


class OneMember(MemberEndpoint):
    """A person; `me` is the caller."""

    accepts = {"PUT": MemberBody, "PATCH": MemberBody}
    answers = {"GET": Answer(MemberShape), "PUT": Answer(MemberShape), "PATCH": Answer(MemberShape)}
    permissions = {"GET": "people.view", "PUT": "member.manage", "PATCH": "member.manage"}

    def get(self, request: Request, member_id: str) -> HttpResponseBase:
        """Get a member."""
        return self.shown(self.found(member_id).pk)

    def put(self, request: Request, member_id: str) -> HttpResponseBase:
        """Change a member's name, role, scope, or whether they are active. One's own name needs no permission."""
        member = writing.lock(self.found(member_id))
        self.require_version(member.version)
        data = self.body(MemberBody, partial=True)
        changes = {name: value for name, value in data.items() if getattr(member, name) != value}
        if changes:
            actions.change_member(member, by=self.member, changes=changes)
        return self.shown(member.pk)

    def patch(self, request: Request, member_id: str) -> HttpResponseBase:
        """The same as PUT."""
        return self.put(request, member_id)


class Roles(Endpoint):
    """Bundles of permissions. Without `member.manage` or `role.manage` one sees one's own."""

    noun = "Role"
    query = {"GET": pagination.PARAMETERS}
    sorts = {"name": Key("name"), "key": Key("key")}
    answers = {"GET": Answer(RoleShape, many=True)}
    permissions = {"GET": ""}

    def get(self, request: Request) -> HttpResponseBase:
        """List roles."""
        return self.listing(visible_roles(self.member), RoleShape, sorts=self.sorts, default="name")


class DepartmentEndpoint(Endpoint):
    noun = "Department"

    def rows(self) -> Any:
        return Department.objects.filter(tenant_id=self.member.tenant_id)

    def shown(self, pk: Any, *, status: int = 200) -> HttpResponseBase:
        shape = DepartmentShape.first(Department.objects.filter(pk=pk))
        assert shape is not None
        headers = {"Location": f"/api/v1/departments/{pk}"} if status == 201 else None
        return self.answer(shape, status=status, version=shape["version"], headers=headers)


class Departments(DepartmentEndpoint):
    query = {"GET": pagination.PARAMETERS}
    sorts = {"name": Key("name"), "code": Key("code")}
    accepts = {"POST": DepartmentBody}
    answers = {"GET": Answer(DepartmentShape, many=True), "POST": Answer(DepartmentShape, 201)}
    permissions = {"GET": "", "POST": "settings.manage"}

    def get(self, request: Request) -> HttpResponseBase:
        """List departments."""
        return self.listing(self.rows(), DepartmentShape, sorts=self.sorts, default="name")

    def post(self, request: Request) -> HttpResponseBase:
        """Add a department."""
        return self.shown(actions.add_department(by=self.member, **self.body(DepartmentBody)).pk, status=201)


class OneDepartment(DepartmentEndpoint):
    accepts = {"PUT": DepartmentBody, "PATCH": DepartmentBody}
    answers = {"GET": Answer(DepartmentShape), "PUT": Answer(DepartmentShape), "PATCH": Answer(DepartmentShape)}
    permissions = {"GET": "", "PUT": "settings.manage", "PATCH": "settings.manage"}

    def get(self, request: Request, department_id: str) -> HttpResponseBase:
        """Get a department."""
        return self.shown(self.one(self.rows(), department_id, key="departmentId").pk)

    def put(self, request: Request, department_id: str) -> HttpResponseBase:
        """Change a department."""
        department = writing.lock(self.one(self.rows(), department_id, key="departmentId"))
        self.require_version(department.version)
        actions.update_department(department, by=self.member, changes=self.body(DepartmentBody, partial=True))
        return self.shown(department.pk)

    def patch(self, request: Request, department_id: str) -> HttpResponseBase:
        """The same as PUT."""
        return self.put(request, department_id)


class Invitations(Endpoint):
    """E-mails with a link by which somebody joins."""

    noun = "Invitation"
    query = {"GET": pagination.PARAMETERS}
    sorts = {"createdAt": Key("created_at")}
    accepts = {"POST": InvitationBody}
    answers = {"GET": Answer(InvitationShape, many=True), "POST": Answer(InvitationShape, 201)}
    permissions = {"GET": "member.manage", "POST": "member.manage"}

    def get(self, request: Request) -> HttpResponseBase:
        """List invitations."""
        require(self.member, "member.manage")
        rows = Invitation.objects.filter(tenant_id=self.member.tenant_id)
        return self.listing(rows, InvitationShape, sorts=self.sorts, default="-createdAt")

    def post(self, request: Request) -> HttpResponseBase:
        """Invite somebody. The mail goes out at once; an earlier open invitation to the address ends."""
        require(self.member, "member.manage")
        invitation = actions.invite(by=self.member, **self.body(InvitationBody))
        return self.answer(InvitationShape.first(Invitation.objects.filter(pk=invitation.pk)), status=201)


class OneInvitation(Endpoint):
    noun = "Invitation"
    answers = {"DELETE": Answer(Deleted)}
    permissions = {"DELETE": "member.manage"}

    def delete(self, request: Request, invitation_id: str) -> HttpResponseBase:
        """Revoke an open invitation."""
        require(self.member, "member.manage")
        rows = Invitation.objects.filter(tenant_id=self.member.tenant_id)
        actions.revoke_invitation(self.one(rows, invitation_id, key="invitationId"), by=self.member)
        return self.answer({"message": "Invitation revoked", "deletedAt": timezone.now()})
