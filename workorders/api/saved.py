"""Saved views of the list of work orders in the API."""

from __future__ import annotations

from typing import Any

from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework.request import Request

from core import pagination, writing
from core.api.serializers import Deleted
from core.api.views import Answer, Endpoint
from core.pagination import Key
from workorders import actions, saved_views
from workorders.models import DefaultView, SavedView
from workorders.serializers.saved import CreateView, UpdateView, ViewShape


class ViewEndpoint(Endpoint):
    noun = "View"

    def rows(self) -> Any:
        return saved_views.visible_to(self.member)

    def default(self) -> Any:
        return DefaultView.objects.filter(member=self.member).values_list("view_id", flat=True).first()

    def shown(self, pk: Any, *, status: int = 200) -> HttpResponseBase:
        shape = ViewShape.first(SavedView.objects.filter(pk=pk), default=self.default())
        assert shape is not None
        headers = {"Location": f"/api/v1/views/{pk}"} if status == 201 else None
        return self.answer(shape, status=status, version=shape["version"], headers=headers)

    def open_with(self, view: SavedView, wanted: bool | None) -> None:
        if wanted is not None and wanted != (self.default() == view.pk):
            actions.open_with(view if wanted else None, by=self.member)


class Views(ViewEndpoint):
    """The caller's own views and those shared with everybody."""

    query = {"GET": pagination.PARAMETERS}
    sorts = {"position": Key("position"), "name": Key("name"), "createdAt": Key("created_at")}
    accepts = {"POST": CreateView}
    answers = {"GET": Answer(ViewShape, many=True), "POST": Answer(ViewShape, 201)}
    permissions = {"GET": "", "POST": "workorder.view_own"}

    def get(self, request: Request) -> HttpResponseBase:
        """List the saved views."""
        context = {"default": self.default()}
        return self.listing(self.rows(), ViewShape, sorts=self.sorts, default="position", context=context)

    def post(self, request: Request) -> HttpResponseBase:
        """Save a view; `shared` needs the permission view.share."""
        data = self.body(CreateView)
        wanted = data.pop("is_default", None)
        view = actions.save_view(by=self.member, **data)
        self.open_with(view, wanted)
        return self.shown(view.pk, status=201)


class OneView(ViewEndpoint):
    accepts = {"PUT": UpdateView, "PATCH": UpdateView}
    answers = {
        "GET": Answer(ViewShape),
        "PUT": Answer(ViewShape),
        "PATCH": Answer(ViewShape),
        "DELETE": Answer(Deleted),
    }
    permissions = {
        "GET": "",
        "PUT": "workorder.view_own",
        "PATCH": "workorder.view_own",
        "DELETE": "workorder.view_own",
    }

    def get(self, request: Request, view_id: str) -> HttpResponseBase:
        """Get a saved view."""
        return self.shown(self.one(self.rows(), view_id, key="viewId").pk)

    def put(self, request: Request, view_id: str) -> HttpResponseBase:
        """Change a view of one's own, or (with view.share) a shared one."""
        view = writing.lock(self.one(self.rows(), view_id, key="viewId"))
        self.require_version(view.version)
        data = self.body(UpdateView, partial=True)
        wanted = data.pop("is_default", None)
        if data:
            actions.update_view(view, by=self.member, changes=data)
        self.open_with(view, wanted)
        return self.shown(view.pk)

    def patch(self, request: Request, view_id: str) -> HttpResponseBase:
        """The same as PUT."""
        return self.put(request, view_id)

    def delete(self, request: Request, view_id: str) -> HttpResponseBase:
        """Remove a view. Whose list opened with it sees all open work again."""
        view = writing.lock(self.one(self.rows(), view_id, key="viewId"))
        self.require_version(view.version)
        actions.delete_view(view, by=self.member)
        return self.answer({"message": "View deleted successfully", "deletedAt": timezone.now()})
