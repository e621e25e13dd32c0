"""Object exceptions in the API: one work order shown to members who would not see it."""

from __future__ import annotations

from django.http.response import HttpResponseBase
from rest_framework.request import Request

from core.api.views import Answer
from tenancy.models import Member
from tenancy.permissions import require
from workorders import actions
from workorders.api.orders import WorkOrderEndpoint
from workorders.serializers.orders import AddShare, Share


class Shares(WorkOrderEndpoint):
    """Who sees this work order besides what their role and scope show them."""

    names = {**WorkOrderEndpoint.names, "member": "memberId"}
    accepts = {"POST": AddShare}
    answers = {"GET": Answer(Share, many=True), "POST": Answer(Share, many=True)}
    permissions = {"GET": "workorder.share", "POST": "workorder.share"}

    def get(self, request: Request, work_order_id: str) -> HttpResponseBase:
        """List the members it was shown to."""
        work_order = self.found(work_order_id)
        require(self.member, "workorder.share")
        return self.answer([told(member) for member in actions.shared_with(work_order)])

    def post(self, request: Request, work_order_id: str) -> HttpResponseBase:
        """Show it to one more member. Showing it twice changes nothing."""
        work_order = self.found(work_order_id)
        actions.share(work_order, by=self.member, **self.body(AddShare))
        return self.answer([told(member) for member in actions.shared_with(work_order)])


class OneShare(WorkOrderEndpoint):
    noun = "Member"
    answers = {"DELETE": Answer(Share, many=True)}
    permissions = {"DELETE": "workorder.share"}

    def delete(self, request: Request, work_order_id: str, member_id: str) -> HttpResponseBase:
        """Take the exception back; what role and scope show stays visible."""
        work_order = self.found(work_order_id)
        require(self.member, "workorder.share")
        shown = Member.objects.filter(pk__in=[member.pk for member in actions.shared_with(work_order)])
        shared = self.one(shown, member_id, key="memberId")
        actions.unshare(work_order, by=self.member, with_member=shared)
        return self.answer([told(member) for member in actions.shared_with(work_order)])


def told(member: Member) -> dict[str, str]:
    return {"memberId": str(member.pk), "name": member.name}
