"""Pages of assets and places. The page of one asset stands in `workorders`, because it shows the work on it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from assets import actions
from assets.choices import AssetStatus, Criticality
from assets.forms import AssetFilterForm, AssetForm, PlaceForm, ScopeForm, StatusForm, fitting
from assets.models import Asset, Location
from assets.places import markup
from core import pagination, toasts
from core.errors import NotFound
from core.pages import MemberRequest, fragment, page, status_of, submit, version_of
from core.pagination import Key
from tenancy.models import Member
from tenancy.permissions import may, require

SHOWN = 50
KEYS = [Key("name"), Key("pk")]
FOLDED = ("status", "criticality", "category", "location")
COLUMNS = ("pk", "name", "tag", "status", "criticality", "location__name", "category__name")


def found(request: MemberRequest, pk: UUID) -> Asset:
    asset = Asset.objects.visible_to(request.member).select_related("parent").filter(pk=pk).first()
    if asset is None:
        raise NotFound("There is no such asset.")
    return asset


def place_found(request: MemberRequest, pk: UUID) -> Location:
    place = Location.objects.visible_to(request.member).filter(pk=pk).first()
    if place is None:
        raise NotFound("There is no such place.")
    return place


@page("asset.view")
def assets(request: MemberRequest) -> HttpResponse:
    member: Member = request.member
    form = AssetFilterForm(request.GET, member=member)
    rows = fitting(Asset.objects.visible_to(member).active(), form.value("search"))
    for name in ("status", "criticality", "category"):
        if value := form.value(name):
            rows = rows.filter(**{name: value})
    if place := form.value("location"):
        rows = rows.filter(location__in=Location.objects.within(place).values("pk"))
    good_for = pagination.binding("assets", member.tenant_id, pagination.filters_of(request.GET))
    cursor = request.GET.get("cursor")
    if cursor:
        rows = rows.filter(pagination.beyond(KEYS, pagination.unseal(cursor, good_for)))
    listed = list(rows.order_by(*pagination.ordering(KEYS)).values_list(*COLUMNS)[: SHOWN + 1])
    more, listed = listed[SHOWN:], listed[:SHOWN]
    kept = {name: value for name, value in request.GET.items() if name != "cursor" and value}
    here = reverse("assets:list")
    folded = [name for name in FOLDED if form.value(name)]
    context = {
        "list_href": here,
        "add_href": reverse("assets:add") if may(member, "asset.edit") else "",
        "text": form.value("search"),
        "selects": [form[name] for name in FOLDED],
        "folded_count": len(folded),
        "folded_open": bool(folded),
        "filtered": bool(kept),
        "rows": [row_of(values) for values in listed],
        "first_href": f"{here}?{urlencode(kept)}" if cursor else "",
        "next_href": f"{here}?{urlencode({**kept, 'cursor': pagination.seal([listed[-1][1], listed[-1][0]], good_for)})}"
        if more
        else "",
    }
    return fragment(request, "assets/list.html", context)


def row_of(values: tuple[Any, ...]) -> dict[str, Any]:
    pk, name, tag, status, criticality, place, category = values
    return {
        "href": f"/assets/{pk}",
        "name": name,
        "tag": tag,
        "state": status,
        "status": AssetStatus(status).label,
        "criticality": Criticality(criticality).label,
        "place": place or "",
        "category": category or "",
    }


def show_form(request: MemberRequest, heading: str, form: Any, back: str, **context: Any) -> HttpResponse:
    context |= {"heading": heading, "form": form, "back_href": back}
    return render(request, "assets/form.html", context, status=status_of(form))


@page("asset.edit")
def add(request: MemberRequest) -> HttpResponse:
    member: Member = request.member
    form = AssetForm(request.POST if request.method == "POST" else None, member=member)
    asset = (
        submit(
            form,
            lambda data: actions.add_asset(by=member, **form.values()),
            names={"parent": "parent_tag"} | form.custom_names,
        )
        if form.is_bound
        else None
    )
    if asset is None:
        return show_form(request, "Add an asset", form, reverse("assets:list"), draft="asset-add")
    toasts.say(request, f"{asset.name} is added.", draft="asset-add")
    return redirect("workorders:asset", asset.pk)


@page("asset.edit")
def edit(request: MemberRequest, pk: UUID) -> HttpResponse:
    asset = found(request, pk)
    form = AssetForm(request.POST if request.method == "POST" else None, member=request.member, instance=asset)
    version = asset.version
    if form.is_bound and submit(
        form,
        lambda data: actions.update_asset(
            asset,
            by=request.member,
            changes=form.values(),
            expected_version=version_of(request),
        ),
        names={"parent": "parent_tag"} | form.custom_names,
    ):
        toasts.say(request, f"{form.cleaned_data['name']}: saved.", draft=f"asset-{pk}")
        return redirect("workorders:asset", pk)
    back = reverse("workorders:asset", args=[pk])
    return show_form(
        request,
        f"Edit {asset.tag}",
        form,
        back,
        version=version,
        draft=f"asset-{pk}",
        remove_href=reverse("assets:archive", args=[pk]),
        remove_label="Take off the register",
        remove_help="Its history stays.",
    )


@page("asset.set_status", "asset.edit")
def set_status(request: MemberRequest, pk: UUID) -> HttpResponse:
    asset = found(request, pk)
    form = StatusForm(request.POST if request.method == "POST" else None, initial={"status": asset.status})
    before = asset.status
    if form.is_bound and submit(form, lambda data: actions.set_asset_status(asset, by=request.member, **data)):
        undo = [("status", before), ("reason", "Undone")]
        label = AssetStatus(form.cleaned_data["status"]).label.lower()
        toasts.say(request, f"{asset.tag} is {label}.", undo=request.path, undo_data=undo)
        return redirect("workorders:asset", pk)
    return show_form(request, f"Status of {asset.name}", form, reverse("workorders:asset", args=[pk]))


@page("asset.edit")
@require_POST
def archive(request: MemberRequest, pk: UUID) -> HttpResponse:
    asset = found(request, pk)
    actions.archive_asset(asset, by=request.member)
    toasts.say(request, f"{asset.tag} is off the register; its history stays.")
    return redirect("assets:list")


@page("location.view")
def places(request: MemberRequest) -> HttpResponse:
    """The tree of places, with the number of assets in each and below it."""
    member: Member = request.member
    context = {
        "tree": markup(member),
        "add_href": reverse("assets:place_add") if may(member, "location.edit") else "",
    }
    return render(request, "assets/places.html", context)


@page("location.edit")
def place_add(request: MemberRequest) -> HttpResponse:
    member: Member = request.member
    form = PlaceForm(
        request.POST if request.method == "POST" else None, member=member, initial={"parent": request.GET.get("in")}
    )
    place = submit(form, lambda data: actions.add_location(by=member, **data)) if form.is_bound else None
    if place is None:
        return show_form(request, "Add a place", form, reverse("assets:places"))
    toasts.say(request, f"{place.name} is added.")
    return redirect("assets:places")


@page("location.edit")
def place_edit(request: MemberRequest, pk: UUID) -> HttpResponse:
    place = place_found(request, pk)
    initial = {name: getattr(place, name) for name in ("name", "kind", "code", "time_zone")} | {
        "parent": place.parent_id
    }
    form = PlaceForm(request.POST if request.method == "POST" else None, member=request.member, initial=initial)
    version = place.version
    if form.is_bound and submit(
        form,
        lambda data: actions.update_location(
            place, by=request.member, changes=data, expected_version=version_of(request)
        ),
    ):
        toasts.say(request, f"{form.cleaned_data['name']}: saved.")
        return redirect("assets:places")
    return show_form(
        request,
        f"Edit {place.name}",
        form,
        reverse("assets:places"),
        version=version,
        remove_href=reverse("assets:place_archive", args=[pk]),
        remove_label="Take out of use",
        remove_help="When no places, assets or open work are in it.",
    )


@page("location.edit")
@require_POST
def place_archive(request: MemberRequest, pk: UUID) -> HttpResponse:
    place = place_found(request, pk)
    actions.archive_location(place, by=request.member)
    toasts.say(request, f"{place.name} is out of use.")
    return redirect("assets:places")


@page("location.view")
def place(request: MemberRequest, pk: UUID) -> HttpResponse:
    """A place leads to the work in it; who may edit places finds the form."""
    found_place = place_found(request, pk)
    if may(request.member, "location.edit"):
        return redirect("assets:place_edit", found_place.pk)
    return redirect(f"{reverse('assets:list')}?location={found_place.pk}")


@page("member.manage")
def member_places(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Which places a scoped member sees."""
    by: Member = request.member
    require(by, "location.view")
    person = Member.objects.filter(tenant_id=by.tenant_id, pk=pk).first()
    if person is None:
        raise NotFound("There is no such member.")
    initial = {"places": list(person.location_scopes.values_list("location_id", flat=True))}
    form = ScopeForm(request.POST if request.method == "POST" else None, member=by, initial=initial)
    back = reverse("tenancy:member", args=[pk])

    def save(data: dict[str, Any]) -> bool:
        actions.set_places(person, by=by, places=list(data["places"]))
        return True

    if form.is_bound and submit(form, save):
        toasts.say(request, f"{person.name}: places saved.")
        return redirect(back)
    return show_form(request, f"Places of {person.name}", form, back)
