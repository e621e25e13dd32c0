"""Show one work order to people who would not see it (object exceptions)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse

from core import toasts
from core.pages import MemberRequest, go, page, submit
from tenancy.models import Member
from workorders import actions
from workorders.views.acts import ask, found, shown

SHARE = {
    "name": "share",
    "title": "Who else may see it?",
    "button": "Save",
    "back": "Back",
    "text": "They see this work order and its history, whatever their role and scope show them otherwise.",
}


class ShareForm(forms.Form):
    members = forms.ModelMultipleChoiceField(
        label="Members", queryset=Member.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, member: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = Member.objects.filter(tenant_id=member.tenant_id, is_active=True, user__isnull=False)
        self.fields["members"].queryset = people.exclude(pk=member.pk).order_by("name")  # type: ignore[attr-defined]


@page("workorder.share")
def share(request: MemberRequest, pk: UUID) -> HttpResponse:
    work_order = found(request, pk)
    member = request.member
    if request.method != "POST":
        before = {"members": [other.pk for other in actions.shared_with(work_order)]}
        return ask(request, work_order, SHARE, ShareForm(initial=before, member=member))
    form = ShareForm(request.POST, member=member)
    done = submit(form, lambda data: actions.share_with(work_order, by=member, **data))
    if done is None:
        return ask(request, work_order, SHARE, form)
    toasts.say(request, f"{work_order.number}: saved who may see it.", draft=f"share-{work_order.pk}")
    return go(request, shown(work_order))
