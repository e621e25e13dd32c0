"""Endpoints of the photos and files of assets and parts: the same as those of work orders, and a cover."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http.response import HttpResponseBase
from rest_framework.request import Request

from core import writing
from core.api import query
from core.api.serializers import Deleted
from core.api.views import Answer
from core.errors import NotFound
from media.covered import Gallery
from media.endpoints import FilesEndpoint, Multipart
from media.serializers import LABELLED, CoveredFile, CoveredFiles, DescribeCovered, PromiseBody, Promised, UploadBody


class CoveredEndpoint(FilesEndpoint):
    """A subclass names its gallery, the things a member sees, the parameter in its address and what one is called."""

    names = {**LABELLED, "is_cover": "isCover"}
    gallery: ClassVar[Gallery]
    parameter: ClassVar[str]
    thing_noun: ClassVar[str]

    def rows(self) -> Any:
        return self.gallery.link()._default_manager.none()

    def thing(self) -> Any:
        text = self.kwargs[self.parameter]
        pk = query.uuid_or_none(text)
        found = self.rows().filter(pk=pk).first() if pk else None
        if found is None:
            key = f"{self.thing_noun.lower()}Id"
            raise NotFound(
                f"There is no such {self.thing_noun.lower()}.",
                headline=f"{self.thing_noun} not found",
                extra={key: text[:100]},
            )
        return found

    def link(self, thing: Any) -> Any:
        return self.one_file(self.gallery.seen_by(self.member, thing), self.kwargs[f"{self.gallery.field}_media_id"])

    def shown(self, thing: Any, pk: Any, *, status: int = 200) -> HttpResponseBase:
        shape = CoveredFile.first(self.gallery.seen_by(self.member, thing).filter(file=pk))
        assert shape is not None
        return self.answer(shape, status=status, version=shape["version"])


class CoveredMedia(CoveredEndpoint, Multipart):
    accepts = {"POST": UploadBody}
    answers = {"GET": Answer(CoveredFiles), "POST": Answer(CoveredFile, 201)}

    def get(self, request: Request, **ids: str) -> HttpResponseBase:
        """List photos and files, the cover first."""
        thing = self.thing()
        self.gallery.collect(thing, self.member)
        return self.answer({"media": CoveredFile.every(self.gallery.seen_by(self.member, thing))})

    def post(self, request: Request, **ids: str) -> HttpResponseBase:
        """Add a photo or file, as multipart/form-data with the field `file` and, if wished, `caption`.

        The first picture becomes the cover.
        """
        thing = self.thing()
        given = self.given(request)
        self.require_version(writing.lock(thing).version, headline=f"{self.thing_noun} has changed")
        link = self.gallery.add(thing, by=self.member, **given)
        return self.shown(thing, link.file_id, status=201)


class CoveredUpload(CoveredEndpoint):
    accepts = {"POST": PromiseBody}
    answers = {"POST": Answer(Promised, 201)}

    def post(self, request: Request, **ids: str) -> HttpResponseBase:
        """Announce a file. PUT it to `uploadUrl` with the same Content-Type; then it appears in the list."""
        thing = self.thing()
        data = self.body(PromiseBody)
        self.require_version(writing.lock(thing).version, headline=f"{self.thing_noun} has changed")
        link, address = self.gallery.promise(thing, by=self.member, **data)
        return self.promised(link.file, address)


class OneCoveredMedia(CoveredEndpoint):
    accepts = {"PUT": DescribeCovered, "PATCH": DescribeCovered}
    answers = {
        "GET": Answer(CoveredFile),
        "PUT": Answer(CoveredFile),
        "PATCH": Answer(CoveredFile),
        "DELETE": Answer(Deleted),
    }

    def get(self, request: Request, **ids: str) -> HttpResponseBase:
        """Get a photo or file with fresh addresses."""
        thing = self.thing()
        return self.shown(thing, self.link(thing).file_id)

    def put(self, request: Request, **ids: str) -> HttpResponseBase:
        """Describe, turn, make it the cover."""
        thing = self.thing()
        link = self.link(thing)
        expected = self.expected_version(link.file.version)
        data = self.body(DescribeCovered, partial=True)
        self.gallery.describe(thing, by=self.member, media_file=link.file, expected_version=expected, **data)
        return self.shown(thing, link.file_id)

    def patch(self, request: Request, **ids: str) -> HttpResponseBase:
        """The same as PUT."""
        return self.put(request, **ids)

    def delete(self, request: Request, **ids: str) -> HttpResponseBase:
        """Delete a photo or file, for good. The next picture becomes the cover."""
        thing = self.thing()
        link = self.link(thing)
        writing.lock(thing)
        self.require_version(link.file.version)
        self.gallery.remove(thing, by=self.member, media_file=link.file)
        return self.removed()
