"""The page of one asset: what it is, where it stands, what is being done to it and what was."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from assets import views_media
from assets.forms import StatusForm
from assets.models import Asset, Location
from core.errors import NotFound
from core.pages import MemberRequest, page
from core.pagination import Key
from customfields import records
from customfields.choices import Entity
from tenancy.models import Member
from tenancy.permissions import may
from workorders import page_rows
from workorders.choices import TERMINAL
from workorders.models import WorkOrder

SHOWN = 20


@page("asset.view")
def asset(request: MemberRequest, pk: UUID) -> HttpResponse:
    member: Member = request.member
    visible = Asset.objects.visible_to(member)
    found: Asset | None = visible.filter(pk=pk).select_related("location", "category", "department").first()
    if found is None:
        raise NotFound("There is no such asset.")
    family = Asset.objects.within(found).values("pk")
    work = WorkOrder.objects.visible_to(member).on_asset(family)
    newest = [Key("created_at", descending=True)]
    parts = list(visible.active().filter(parent=found).order_by("name")[:50])
    above = list(visible.filter(path__above=found.path).exclude(pk=found.pk).order_by("path"))
    listed = may(member, "workorder.view_all", "workorder.view_own")
    edits = may(member, "asset.edit")
    context = {
        "crumbs": [("Assets", reverse("assets:list"))],
        "asset": found,
        "open_work": page_rows.listed(work.active(), [Key("due_at", nullable=True)], SHOWN, member),
        "past_work": page_rows.listed(work.filter(meaning__in=TERMINAL), newest, SHOWN, member),
        "place": list(Location.objects.above(found.location).values_list("name", flat=True)) if found.location else [],
        "facts": facts(found) + records.facts(Entity.ASSET, member.tenant, found.custom),
        "parts": [relative(part) for part in parts],
        "above": [relative(part) for part in above],
        "report_href": f"{reverse('workorders:report')}?asset={found.pk}"
        if may(member, "workorder.create", "workorder.request")
        else "",
        "edit_href": reverse("assets:edit", args=[pk]) if edits else "",
        "all_href": f"{reverse('workorders:list')}?open=any&assetId={found.pk}" if listed else "",
        "status_form": StatusForm(initial={"status": found.status})
        if may(member, "asset.set_status", "asset.edit")
        else None,
        "status_href": reverse("assets:status", args=[pk]),
        "gallery": views_media.panel(found, member),
    }
    return render(request, "assets/detail.html", context)


def relative(part: Asset) -> dict[str, Any]:
    return {"name": part.name, "tag": part.tag, "href": reverse("workorders:asset", args=[part.pk])}


def facts(found: Asset) -> list[tuple[str, str]]:
    named = [
        ("Category", found.category.name if found.category else ""),
        ("Department", found.department.name if found.department else ""),
        ("Manufacturer", found.manufacturer),
        ("Model", found.model),
        ("Serial number", found.serial),
        ("Barcode", found.barcode),
        ("Hazards", ", ".join(found.hazards)),
        ("Under warranty until", f"{found.warranty_until:%-d %b %Y}" if found.warranty_until else ""),
        ("Warranty", found.warranty_note),
    ]
    return [(label, value) for label, value in named if value]
