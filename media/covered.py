"""Photos and files of things that have a cover: assets and parts. One service, told by each what its rows are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from core import events, writing
from core.errors import Conflict, Invalid
from media import actions, naming, showing
from media.belonging import Place
from media.choices import HERE, MediaKind, MediaState
from media.models import MediaFile
from tenancy.models import Member
from tenancy.permissions import may, require

UNFINISHED = (MediaState.AWAITED, MediaState.REFUSED)


@dataclass(frozen=True, slots=True)
class Gallery:
    """`link` is the table between thing and file, `field` its reference to the thing and the first word of the events;
    `needs` are the permissions of which one is asked to add, describe or remove."""

    link: Callable[[], Any]
    field: str
    needs: tuple[str, ...]

    # --- Reading ------------------------------------------------------------------------------------------------------

    def seen_by(self, member: Member, thing: Any) -> QuerySet[Any]:
        """Who sees the thing sees its files; what is not here yet, or was refused, only its sender sees."""
        rows = self.link()._default_manager.filter(**{f"{self.field}_id": thing.pk, "tenant_id": member.tenant_id})
        rows = rows.filter(~Q(file__state__in=UNFINISHED) | Q(file__uploaded_by=member.pk))
        return rows.order_by("-is_cover", "file__uploaded_at", "file_id")

    def collect(self, thing: Any, member: Member) -> None:
        """Take in what was sent straight to the bucket."""
        if actions.files.is_remote(actions.files.storage()):
            here = self.link()._default_manager.filter(**{f"{self.field}_id": thing.pk}).values("file")
            actions.collect(list(MediaFile.objects.filter(pk__in=here, state=MediaState.AWAITED)[:10]), by=member)

    def covers(self, things: list[UUID]) -> dict[UUID, str]:
        """The address of each thing's small cover, for lists, in one query."""
        rows = self.link()._default_manager.filter(
            **{f"{self.field}__in": things, "is_cover": True, "file__state": MediaState.READY}
        )
        names = ("stored_name", "thumbnail_name", "original_name", "state", "kind")
        found = {}
        for pk, *values in rows.values_list(f"{self.field}_id", *(f"file__{name}" for name in names)):
            found[pk] = naming.urls(dict(zip(names, values, strict=True)))[1]
        return found

    def items(self, member: Member, thing: Any) -> list[dict[str, Any]]:
        rows = self.seen_by(member, thing).values(*showing.columns(), "is_cover")
        return [showing.item(values) | {"is_cover": values["is_cover"]} for values in rows]

    # --- Acts ---------------------------------------------------------------------------------------------------------

    def may_change(self, member: Member | None, thing: Any) -> bool:
        return may(member, *self.needs) and not thing.archived_at

    def locked(self, thing: Any, by: Member | None) -> Any:
        thing = writing.lock(thing)
        require(by, *self.needs)
        return self.open(thing)

    def open(self, thing: Any) -> Any:
        if thing.archived_at:
            raise Conflict("It is archived and kept as it is.", code="archived", headline="It is archived")
        return thing

    @transaction.atomic
    def add(
        self,
        thing: Any,
        *,
        by: Member | None,
        content: IO[Any] | bytes,
        name: str,
        caption: str = "",
        id: UUID | None = None,  # noqa: A002  (the contract's name)
        taken_at: dt.datetime | None = None,
    ) -> Any:
        """Keep a photo or file. The first picture becomes the cover; the same `id` again is the same upload."""
        thing = self.locked(thing, by)
        if id is not None:
            known = self.link()._default_manager.filter(**{self.field: thing, "file": id, "file__uploaded_by": by})
            if found := known.select_related("file").first():
                return found
        file = actions.store(
            by=by, tenant_id=thing.tenant_id, content=content, name=name, id=id, caption=caption, taken_at=taken_at
        )
        link = self.linked(thing, file)
        writing.save(thing, ())
        self.tell("media_added", thing, by, {"media": [None, str(file.pk)]})
        return link

    def linked(self, thing: Any, file: MediaFile) -> Any:
        others = self.link()._default_manager.filter(**{self.field: thing, "is_cover": True})
        cover = file.kind == MediaKind.IMAGE and not others.exists()
        return self.link()._default_manager.create(
            **{"tenant_id": thing.tenant_id, self.field: thing, "file": file, "is_cover": cover}
        )

    @transaction.atomic
    def promise(
        self, thing: Any, *, by: Member | None, name: str, content_type: str, size: int, caption: str = ""
    ) -> tuple[Any, str]:
        """Announce a file that will be sent to the address that is returned."""
        thing = self.locked(thing, by)
        file, address = actions.promise(
            by=by, tenant_id=thing.tenant_id, name=name, content_type=content_type, size=size, caption=caption
        )
        return self.linked(thing, file), address

    @transaction.atomic
    def describe(
        self,
        thing: Any,
        *,
        by: Member | None,
        media_file: MediaFile,
        caption: str | None = None,
        rotate: int = 0,
        is_cover: bool | None = None,
        expected_version: int | None = None,
    ) -> Any:
        """Set the caption, turn a picture clockwise, make it the cover."""
        thing = self.locked(thing, by)
        link = self.link_of(thing, media_file)
        told = actions.describe(link.file, by=by, caption=caption, turn=rotate, expected_version=expected_version)
        if is_cover is not None and is_cover != link.is_cover:
            self.set_cover(thing, link, cover=is_cover)
            told["cover"] = [not is_cover, is_cover]
        if told:
            writing.save(thing, ())
            self.tell("media_changed", thing, by, told | {"media": [str(link.file_id)] * 2})
        return link

    def set_cover(self, thing: Any, link: Any, *, cover: bool) -> None:
        if cover and link.file.kind != MediaKind.IMAGE:
            raise Invalid({"is_cover": "Only a picture can be the cover."})
        self.link()._default_manager.filter(**{self.field: thing, "is_cover": True}).update(is_cover=False)
        link.is_cover = cover
        link.save(update_fields=["is_cover"])

    @transaction.atomic
    def remove(self, thing: Any, *, by: Member | None, media_file: MediaFile) -> None:
        """Delete a photo or file; the next picture becomes the cover."""
        thing = self.locked(thing, by)
        link = self.link_of(thing, media_file)
        name, was_cover = link.file.original_name, link.is_cover
        actions.remove(link.file, by=by)
        if was_cover:
            pictures = self.link()._default_manager.filter(
                **{self.field: thing, "file__kind": MediaKind.IMAGE, "file__state__in": HERE}
            )
            following = pictures.select_related("file").order_by("file__uploaded_at", "file_id").first()
            if following is not None:
                self.set_cover(thing, following, cover=True)
        writing.save(thing, ())
        self.tell("media_removed", thing, by, {"media": [str(media_file.pk), None], "name": [name, None]})

    def forget_all(self, thing: Any, *, by: Member | None) -> None:
        """What goes along when the thing itself is deleted: called by that act, under its lock."""
        for link in self.link()._default_manager.select_related("file").filter(**{self.field: thing}):
            actions.remove(link.file, by=by)

    def link_of(self, thing: Any, media_file: MediaFile) -> Any:
        rows = self.link()._default_manager.select_related("file")
        found = rows.filter(**{self.field: thing, "file": media_file.pk}).first()
        if found is None:
            raise Conflict("Somebody deleted this file in the meantime.", code="gone", headline="The file is gone")
        return found

    def tell(self, fact: str, thing: Any, by: Member | None, changes: dict[str, Any]) -> None:
        events.record(f"{self.field}.{fact}", thing, by=by, changes=changes)

    # --- What happens by itself ---------------------------------------------------------------------------------------

    def place(self) -> Place:
        return Place(self.field, self.find, lambda thing: self.open(writing.lock(thing)), self.touch)

    def find(self, file_id: UUID) -> Any:
        found = self.link()._default_manager.select_related(self.field).filter(file=file_id).first()
        return getattr(found, self.field) if found else None

    def touch(self, thing: Any) -> None:
        writing.save(thing, ())
