"""Keep a view of the list, for oneself or for everybody; change, order and remove it; open the list with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from django.db import transaction

from core import writing
from core.errors import Conflict, Invalid, PermissionDenied
from tenancy.models import Member
from tenancy.permissions import require
from workorders import columns
from workorders.asked import KNOWN, LAYOUTS, Asked
from workorders.models import DefaultView, SavedView

FIELDS = frozenset({"name", "shared", "query", "columns", "layout", "position"})
MOST = 50
HEADLINE = "Invalid view data"


@transaction.atomic
def save_view(
    *,
    by: Member,
    name: str,
    query: str = "",
    columns: Sequence[str] = (),
    layout: str = "list",
    shared: bool = False,
    position: int | None = None,
) -> SavedView:
    """A new view of one's own; `shared` shows it to everybody in the organisation."""
    require(by, "workorder.view_all", "workorder.view_own")
    if shared:
        require(by, "view.share")
    count = SavedView.objects.filter(owner=by).count()
    if count >= MOST:
        raise Conflict(f"You have {MOST} views already: remove one first.", code="too_many")
    view = SavedView(
        tenant_id=by.tenant_id, owner=by, name=name.strip(), shared=shared, query=query, columns=list(columns),
        layout=layout, position=count if position is None else position,
    )  # fmt: skip
    check(view, by)
    view.save(force_insert=True)
    return view


@transaction.atomic
def update_view(
    view: SavedView, *, by: Member, changes: Mapping[str, Any], expected_version: int | None = None
) -> SavedView:
    """Rename, share, reorder or point it at another address."""
    view = writing.lock(view, expected_version=expected_version)
    require_own(view, by)
    if changes.get("shared", view.shared) != view.shared:
        require(by, "view.share")
    told = writing.apply(view, {name: value for name, value in changes.items() if name in FIELDS})
    if told:
        check(view, by)
        if view.shared is False and "shared" in told:
            # Nobody else's list can open with what they no longer see.
            DefaultView.objects.filter(view=view).exclude(member=view.owner).delete()
        writing.save(view, told)
    return view


@transaction.atomic
def move_view(view: SavedView, *, by: Member, up: bool) -> None:
    """One place up or down among those beside it: one's own, or the shared ones."""
    view = writing.lock(view)
    require_own(view, by)
    beside = SavedView.objects.filter(tenant_id=by.tenant_id, shared=view.shared)
    if not view.shared:
        beside = beside.filter(owner=by)
    order = list(beside.order_by("position", "name").select_for_update(of=("self",)))
    at = order.index(view)
    other = at - 1 if up else at + 1
    if 0 <= other < len(order):
        order[at], order[other] = order[other], order[at]
    for position, row in enumerate(order):
        if row.position != position:
            row.position = position
            writing.save(row, ["position"])


@transaction.atomic
def delete_view(view: SavedView, *, by: Member) -> None:
    """Remove it. Whose list opened with it sees all open work again."""
    view = writing.lock(view)
    require_own(view, by)
    view.delete()


@transaction.atomic
def open_with(view: SavedView | None, *, by: Member) -> None:
    """The view one's own list opens with; None for all open work."""
    require(by, "workorder.view_all", "workorder.view_own")
    if view is None:
        DefaultView.objects.filter(member=by).delete()
        return
    DefaultView.objects.update_or_create(tenant_id=by.tenant_id, member=by, defaults={"view": view})


def require_own(view: SavedView, by: Member) -> None:
    """One's own, or a shared one for those who look after what everybody sees."""
    if view.shared:
        require(by, "view.share")
    elif view.owner_id != by.pk:
        raise PermissionDenied("view.share", "This view belongs to somebody else.")


def check(view: SavedView, by: Member) -> None:
    """All problems at once, each by the field it is about."""
    problems: dict[str, str] = {}
    if not view.name:
        problems["name"] = "Give it a name."
    elif len(view.name) > 60:
        problems["name"] = "A name has at most 60 characters."
    elif taken(view):
        problems["name"] = "There is a view of this name already."
    if view.layout not in LAYOUTS:
        problems["layout"] = f"Use one of {', '.join(LAYOUTS)}."
    if len(view.query) > 1500:
        problems["query"] = "These are more filters than a view can hold."
    else:
        strange = [name for name, _ in parse_qsl(view.query, keep_blank_values=True) if name not in KNOWN]
        if strange:
            problems["query"] = f"Unknown parameter {strange[0][:60]}."
        else:
            problems |= refused(lambda: (asked := Asked.from_text(by, view.query)).rows() is not None and asked.keys)
    problems |= refused(lambda: columns.chosen(by, view.columns))
    if problems:
        raise Invalid(problems, headline=HEADLINE)


def refused(ask: Any) -> dict[str, str]:
    try:
        ask()
    except Invalid as error:
        return {"columns" if "columns" in error.details else "query": error.message}
    return {}


def taken(view: SavedView) -> bool:
    beside = SavedView.objects.filter(tenant_id=view.tenant_id, shared=view.shared, name__iexact=view.name)
    if not view.shared:
        beside = beside.filter(owner_id=view.owner_id)
    return beside.exclude(pk=view.pk).exists()
