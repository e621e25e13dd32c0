"""Saved views of the list, and the chooser of its columns."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from core import toasts
from core.errors import NotFound
from core.pages import MemberRequest, go, page, status_of, submit, version_of
from tenancy.models import Member
from tenancy.permissions import may
from workorders import actions, columns, saved_views
from workorders.asked import Asked, link
from workorders.forms.saved import ViewForm
from workorders.models import DefaultView, SavedView

SEES = ("workorder.view_all", "workorder.view_own")


def found(request: MemberRequest, pk: UUID) -> SavedView:
    view = saved_views.visible_to(request.member).filter(pk=pk).first()
    if view is None:
        raise NotFound("There is no such view.")
    return view


def keeps(member: Member, view: SavedView) -> bool:
    return may(member, "view.share") if view.shared else view.owner_id == member.pk


@page(*SEES)
def views(request: MemberRequest) -> HttpResponse:
    """All views of the member, to rename, order, share and remove them."""
    member: Member = request.member
    chosen = DefaultView.objects.filter(member=member).values_list("view_id", flat=True).first()
    rows = [
        {
            "view": view,
            "href": saved_views.href(view),
            "keeps": keeps(member, view),
            "default": view.pk == chosen,
        }
        for view in saved_views.visible_to(member)
    ]
    context = {
        "rows": rows,
        "list_href": f"{reverse('workorders:list')}?view=all",
        "crumbs": [("Work orders", f"{reverse('workorders:list')}?view=all")],
    }
    return render(request, "workorders/saved.html", context)


def ask(
    request: MemberRequest, form: ViewForm, title: str, button: str, back: str, view: SavedView | None = None
) -> HttpResponse:
    context = {
        "form": form,
        "title": title,
        "button": button,
        "back_href": back,
        "view": view,
        "crumbs": [("Work orders", back)],
    }
    return render(request, "workorders/saved_form.html", context, status=status_of(form))


@page(*SEES)
def add(request: MemberRequest) -> HttpResponse:
    """Keep the address one came from."""
    member: Member = request.member
    asked = Asked.of(member, request.GET)
    back = link(reverse("workorders:list"), asked.kept or {"view": "all"})
    if request.method != "POST":
        return ask(request, ViewForm(member=member), "Save this view", "Save view", back)
    form = ViewForm(request.POST, member=member)

    def act(data: dict[str, Any]) -> SavedView:
        view = actions.save_view(
            by=member, name=data["name"], shared=data.get("shared", False), layout=asked.layout,
            query=asked.text("columns", "layout", "view", "month"), columns=[one.key for one in asked.columns]
            if "columns" in asked.given
            else [],
        )  # fmt: skip
        if data["default"]:
            actions.open_with(view, by=member)
        return view

    view = submit(form, act)
    if view is None:
        return ask(request, form, "Save this view", "Save view", back)
    toasts.say(request, f"“{view.name}” is kept.")
    return go(request, saved_views.href(view))


@page(*SEES)
def change(request: MemberRequest, pk: UUID) -> HttpResponse:
    member: Member = request.member
    view = found(request, pk)
    back = reverse("workorders:views")
    default = DefaultView.objects.filter(member=member, view=view).exists()
    if request.method != "POST":
        initial = {"name": view.name, "shared": view.shared, "default": default}
        return ask(request, ViewForm(initial=initial, member=member), "Change this view", "Save", back, view)
    form = ViewForm(request.POST, member=member)

    def act(data: dict[str, Any]) -> SavedView:
        changes: dict[str, Any] = {
            name: data[name] for name in ("name", "shared") if name in data and data[name] != getattr(view, name)
        }
        kept = (
            actions.update_view(view, by=member, changes=changes, expected_version=version_of(request))
            if changes
            else view
        )
        if data["default"] != default:
            actions.open_with(view if data["default"] else None, by=member)
        return kept

    if submit(form, act) is None:
        return ask(request, form, "Change this view", "Save", back, view)
    toasts.say(request, f"“{form.cleaned_data['name']}”: saved.")
    return go(request, back)


@page(*SEES)
@require_POST
def act(request: MemberRequest, pk: UUID, name: str) -> HttpResponse:
    """One of the buttons beside a view."""
    view = found(request, pk)
    member: Member = request.member
    if name in ("up", "down"):
        actions.move_view(view, by=member, up=name == "up")
    elif name == "default":
        actions.open_with(view, by=member)
        toasts.say(request, f"Your list opens with “{view.name}”.")
    elif name == "plain":
        actions.open_with(None, by=member)
        toasts.say(request, "Your list opens with all open work.")
    elif name == "remove":
        actions.delete_view(view, by=member)
        toasts.say(request, f"“{view.name}” is removed.")
    else:
        raise NotFound("There is no such act.")
    return go(request, reverse("workorders:views"))


@page(*SEES)
def choose_columns(request: MemberRequest) -> HttpResponse:
    """Which columns the list shows, in which order: boxes to tick, with a number to order them by."""
    member: Member = request.member
    asked = Asked.of(member, request.GET)
    back = link(reverse("workorders:list"), asked.kept or {"view": "all"})
    shown = [column.key for column in asked.columns]
    known = columns.every(member)
    if request.method == "POST":
        keys = [key for key in known if request.POST.get(f"show-{key}")]
        places = {key: request.POST.get(f"place-{key}", "") for key in keys}
        keys.sort(key=lambda key: int(places[key]) if places[key].isascii() and places[key].isdigit() else 99)
        columns.chosen(member, keys)
        wanted = {**asked.kept, "columns": ",".join(keys)}
        if not keys or tuple(keys) == columns.DEFAULT:
            wanted.pop("columns")
        target = link(reverse("workorders:list"), wanted or {"view": "all"})
        return go(request, target) if request.htmx else HttpResponseRedirect(target)
    order = shown + [key for key in known if key not in shown]
    rows = [
        {"key": key, "label": known[key].label, "shown": key in shown, "place": number, "fixed": key == "workOrder"}
        for number, key in enumerate(order, start=1)
    ]
    context = {"rows": rows, "back_href": back, "here": request.get_full_path(), "crumbs": [("Work orders", back)]}
    return render(request, "workorders/saved_columns.html", context)
