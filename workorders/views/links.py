"""Pages that link, split and merge work orders and name their further assets."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from assets.models import Asset
from core import toasts
from core.errors import NotFound
from core.pages import MemberRequest, go, page, submit, version_of
from tenancy.models import Member
from workorders import actions, links
from workorders.forms.links import LinkForm, MergeForm, SplitForm
from workorders.forms.orders import AssetPicker
from workorders.models import FurtherAsset, WorkOrder, WorkOrderLink
from workorders.views.acts import ask, found, shown

LINK = {
    "name": "link",
    "title": "Link to other work",
    "button": "Link",
    "back": "Back",
    "extra": "workorders/links_options.html",
}
SPLIT = {
    "name": "split",
    "title": "Split this work order",
    "button": "Split",
    "back": "Back",
    "text": "What you choose moves into a new work order that is linked to this one. What was booked or given out stays here.",
}
MERGE = {
    "name": "merge",
    "title": "Merge others into this one",
    "button": "Merge",
    "back": "Back",
    "text": "Their notes, files, steps and open parts move here; they are cancelled and linked. Time and costs stay where they"
    " were booked and are shown in sum.",
    "extra": "workorders/links_options.html",
}
OTHER = {"to": "other", "parent": "other", "others": "other"}


def panel_of(work_order: WorkOrder) -> str:
    return shown(work_order) + "#panel-links"


@page("workorder.edit")
def link(request: MemberRequest, pk: UUID) -> HttpResponse:
    work_order, member = found(request, pk), request.member
    form = LinkForm(request.POST if request.method == "POST" else None, member=member, work_order=work_order)
    done = submit(form, lambda data: put(work_order, member, **data), names=OTHER) if form.is_bound else None
    if done is None:
        return ask(request, work_order, LINK, form)
    other, undo, data = done
    toasts.say(
        request, f"{work_order.number} and {other.number} are linked.", undo=undo, undo_data=data, draft=f"link-{pk}"
    )
    return go(request, panel_of(work_order))


def put(
    work_order: WorkOrder, member: Member, *, kind: str, other: WorkOrder, reason: str
) -> tuple[WorkOrder, str, list[tuple[str, str]]]:
    """Link them as the form says; answers the other one, and what takes the link back."""
    if kind in ("part_of", "has_part"):
        child, above = (work_order, other) if kind == "part_of" else (other, work_order)
        actions.set_parent(child, by=member, parent=above)
        return other, reverse("workorders:parent", args=[child.pk]), [("parent", "")]
    first, second = (other, work_order) if kind == "blocked_by" else (work_order, other)
    name = "blocks" if kind == "blocked_by" else kind
    made = actions.link(first, by=member, kind=name, to=second, reason=reason)
    # A duplicate was cancelled as well: that is not taken back by a tap.
    undo = "" if kind == "duplicate_of" else reverse("workorders:unlink", args=[work_order.pk, made.pk])
    return other, undo, []


@page("workorder.edit")
def linkable(request: MemberRequest, pk: UUID) -> HttpResponse:
    """What fits the words typed so far, as options of the field."""
    work_order = found(request, pk)
    options = links.find(request.member, request.GET.get("other", ""), without=[work_order.pk])
    return render(request, "workorders/links_options.html#options", {"options": options})


@page("workorder.edit")
@require_POST
def unlink(request: MemberRequest, pk: UUID, link_pk: UUID) -> HttpResponse:
    work_order = found(request, pk)
    seen = {one.id: one for one in links.family(work_order, request.member).links}
    row = WorkOrderLink.objects.filter(pk=link_pk).select_related("first", "second").first()
    if row is None or row.pk not in seen:
        raise NotFound("There is no such link.")
    actions.unlink(row, by=request.member)
    one = seen[row.pk]
    again = [("kind", one.kind), ("other", one.other.number)] if one.kind in ("blocks", "blocked_by", "related") else []
    undo = reverse("workorders:link", args=[pk]) if again else ""
    toasts.say(request, f"{one.other.number} is no longer linked.", undo=undo, undo_data=again)
    return go(request, panel_of(work_order))


@page("workorder.edit")
@require_POST
def parent(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Make it a part of another work order, or, with nothing named, of none."""
    work_order, member = found(request, pk), request.member
    before = work_order.parent_id
    text = request.POST.get("parent", "")
    above = WorkOrder.objects.get_visible(member, text) if text else None
    actions.set_parent(work_order, by=member, parent=above, expected_version=version_of(request))
    words = f"{work_order.number} is a part of {above.number}." if above else f"{work_order.number} stands by itself."
    undo = [("parent", str(before or ""))]
    toasts.say(request, words, undo=reverse("workorders:parent", args=[pk]), undo_data=undo)
    back = request.POST.get("back", "")
    whole = WorkOrder.objects.visible_to(member).filter(pk=before).first() if back and before else None
    return go(request, panel_of(whole or work_order))


@page("workorder.edit")
def split(request: MemberRequest, pk: UUID) -> HttpResponse:
    work_order, member = found(request, pk), request.member
    data = request.POST if request.method == "POST" else None
    form = SplitForm(data, work_order=work_order, initial={"title": work_order.title})
    expected = version_of(request)
    made = (
        submit(form, lambda given: actions.split(work_order, by=member, expected_version=expected, **given))
        if form.is_bound
        else None
    )
    if made is None:
        return ask(request, work_order, SPLIT, form)
    toasts.say(request, f"{made.number} was split from {work_order.number}.", draft=f"split-{pk}")
    return go(request, shown(made))


@page("workorder.edit")
def merge(request: MemberRequest, pk: UUID) -> HttpResponse:
    work_order, member = found(request, pk), request.member
    form = MergeForm(request.POST if request.method == "POST" else None, member=member, work_order=work_order)
    expected = version_of(request)

    def act(data: dict[str, Any]) -> WorkOrder:
        return actions.merge(
            work_order, by=member, others=form.chosen, reason=data["reason"], expected_version=expected
        )

    if not form.is_bound or submit(form, act, names=OTHER) is None:
        return ask(request, work_order, MERGE, form)
    numbers = ", ".join(one.number for one in form.chosen)
    toasts.say(request, f"{numbers}: merged into {work_order.number}.", draft=f"merge-{pk}")
    return go(request, panel_of(work_order))


@page("workorder.edit")
def further_asset(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Name a further asset, found by tag, name or barcode."""
    work_order, member = found(request, pk), request.member
    sent = request.POST if request.method == "POST" else request.GET
    picker = AssetPicker(member, text=sent.get("asset_q", ""), chosen=sent.get("asset", ""))
    problem = ""
    if request.method == "POST" and "find" not in request.POST:
        if picker.asset is None:
            problem = "Choose the asset: find it by its tag or name."
        else:
            actions.add_further_asset(work_order, by=member, asset=picker.asset)
            undo = reverse("workorders:further_asset_off", args=[pk, picker.asset.pk])
            toasts.say(request, f"{work_order.number} is also on {picker.asset.name}.", undo=undo)
            return go(request, panel_of(work_order))
    context = {
        "subject": f"{work_order.number} · {work_order.title}",
        "crumbs": [(work_order.number, shown(work_order))],
        "back_href": panel_of(work_order),
        "problem": problem,
        "picker_href": reverse("workorders:asset_options"),
        **picker.context(),
    }
    return render(request, "workorders/links_asset.html", context, status=422 if problem else 200)


@page("workorder.edit")
@require_POST
def further_asset_off(request: MemberRequest, pk: UUID, asset_pk: UUID) -> HttpResponse:
    work_order = found(request, pk)
    named = FurtherAsset.objects.filter(work_order=work_order, asset_id=asset_pk).select_related("asset").first()
    if named is None:
        raise Http404
    asset: Asset = named.asset
    actions.remove_further_asset(work_order, by=request.member, asset=asset)
    undo = reverse("workorders:further_asset", args=[pk])
    toasts.say(
        request, f"{work_order.number} is no longer on {asset.name}.", undo=undo, undo_data=[("asset", str(asset.pk))]
    )
    return go(request, panel_of(work_order))
