"""Pages of the photos and files of assets and parts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST

from core import toasts
from core.errors import NotFound
from core.pages import MemberRequest, go, page, submit
from media import uploading
from media.choices import HERE, MediaKind
from media.covered import Gallery
from media.models import MediaFile
from tenancy.models import Member

EDIT = {"name": "media", "title": "What does it show?", "button": "Save", "back": "Back"}
REMOVE = {
    "name": "media-remove",
    "title": "Delete this file?",
    "button": "Delete it",
    "back": "Keep it",
    "danger": True,
    "text": "It is gone for good; only its trace in the audit trail stays.",
}


class DescribeForm(forms.Form):
    caption = forms.CharField(max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    rotate = forms.TypedChoiceField(
        coerce=int,
        empty_value=0,  # type: ignore[arg-type]
        choices=[("0", "As it is"), ("90", "To the right"), ("270", "To the left"), ("180", "Upside down")],
        required=False,
        label="Turn it",
    )

    def __init__(self, *args: Any, file: MediaFile, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if file.kind != MediaKind.IMAGE or file.state not in HERE:
            del self.fields["rotate"]


@dataclass(frozen=True, slots=True)
class Pages:
    """The four pages of a gallery, mounted below the address of its thing. `seen` answers the things a member sees, `names`
    is the namespace the addresses are in, `shown` the name of the thing's own page."""

    gallery: Gallery
    seen: Callable[[Member], Any]
    names: str
    shown: str

    def urls(self, prefix: str) -> list[URLPattern]:
        needed = page(*self.gallery.needs)
        return [
            path(f"{prefix}/<uuid:pk>/media/add", needed(require_POST(self.add)), name="media_add"),
            path(f"{prefix}/<uuid:pk>/media/<uuid:media_pk>", needed(self.edit), name="media_edit"),
            path(f"{prefix}/<uuid:pk>/media/<uuid:media_pk>/remove", needed(self.remove), name="media_remove"),
            path(
                f"{prefix}/<uuid:pk>/media/<uuid:media_pk>/cover",
                needed(require_POST(self.cover)),
                name="media_cover",
            ),
        ]

    def panel(self, thing: Any, member: Member) -> dict[str, Any] | None:
        """For `media/panel.html` on the thing's page; None where there is nothing to show or do."""
        self.gallery.collect(thing, member)
        changes = self.gallery.may_change(member, thing)
        items = [self.item(thing, one, changes=changes) for one in self.gallery.items(member, thing)]
        if not items and not changes:
            return None
        cover = next((one for one in items if one["is_cover"] and one["thumbnail"]), None)
        back = f"{reverse(self.shown, args=[thing.pk])}#panel-media"
        return {
            "items": items,
            "count": len([one for one in items if one["state"] in HERE]),
            "cover": cover,
            "add_href": reverse(f"{self.names}:media_add", args=[thing.pk]) if changes else "",
            "back": back,
        }

    def item(self, thing: Any, one: dict[str, Any], *, changes: bool) -> dict[str, Any]:
        def href(name: str, needed: bool) -> str:
            return reverse(f"{self.names}:media_{name}", args=[thing.pk, one["id"]]) if changes and needed else ""

        here = one["state"] in HERE
        return one | {
            "tags": ["Cover"] if one["is_cover"] else [],
            "edit_href": href("edit", here),
            "cover_href": href("cover", here and one["picture"] and not one["is_cover"]),
            "remove_href": href("remove", True),
        }

    def found(self, request: MemberRequest, pk: UUID) -> Any:
        thing = self.seen(request.member).filter(pk=pk).first()
        if thing is None:
            raise NotFound("There is no such record.")
        return thing

    def row(self, request: MemberRequest, thing: Any, media_pk: UUID) -> Any:
        row = self.gallery.seen_by(request.member, thing).filter(file=media_pk).select_related("file").first()
        if row is None:
            raise NotFound("There is no such file.", headline="File not found")
        return row

    def back(self, pk: UUID) -> str:
        return f"{reverse(self.shown, args=[pk])}#panel-media"

    def ask(
        self, request: MemberRequest, row: Any, act: dict[str, Any], form: forms.Form, thing: Any, status: int = 200
    ) -> HttpResponse:
        context = {
            "act": act,
            "form": form,
            "version": row.file.version,
            "subject": f"{thing} · {row.file.original_name}",
            "back_href": self.back(thing.pk),
            "crumbs": [(str(thing), self.back(thing.pk))],
        }
        return render(request, "workorders/act.html", context, status=status)

    def add(self, request: MemberRequest, pk: UUID) -> HttpResponse:
        thing = self.found(request, pk)
        words: dict[str, Any] = {"caption": request.POST.get("caption", "")}
        uploaded = uploading.take(request, lambda **given: self.gallery.add(thing, by=request.member, **given, **words))
        return uploading.answer(request, uploaded, self.back(pk))

    def edit(self, request: MemberRequest, pk: UUID, media_pk: UUID) -> HttpResponse:
        thing = self.found(request, pk)
        row = self.row(request, thing, media_pk)
        given = request.POST if request.method == "POST" else None
        form = DescribeForm(given, initial={"caption": row.file.caption}, file=row.file)
        if not form.is_bound:
            return self.ask(request, row, EDIT, form, thing)

        def save(data: dict[str, Any]) -> Any:
            return self.gallery.describe(thing, by=request.member, media_file=row.file, **data)

        if submit(form, save) is None:
            return self.ask(request, row, EDIT, form, thing, 422)
        toasts.say(request, f"{row.file.original_name}: saved.")
        return go(request, self.back(pk))

    def cover(self, request: MemberRequest, pk: UUID, media_pk: UUID) -> HttpResponse:
        thing = self.found(request, pk)
        row = self.row(request, thing, media_pk)
        self.gallery.describe(thing, by=request.member, media_file=row.file, is_cover=True)
        toasts.say(request, f"{row.file.original_name} is the cover.")
        return go(request, self.back(pk))

    def remove(self, request: MemberRequest, pk: UUID, media_pk: UUID) -> HttpResponse:
        thing = self.found(request, pk)
        row = self.row(request, thing, media_pk)
        if request.method != "POST":
            return self.ask(request, row, REMOVE, forms.Form(), thing)
        name = row.file.original_name
        self.gallery.remove(thing, by=request.member, media_file=row.file)
        toasts.say(request, f"{name} is deleted.")
        return go(request, self.back(pk))
