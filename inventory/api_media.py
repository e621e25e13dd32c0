"""Photos and files of parts in the API."""

from __future__ import annotations

from typing import Any

from inventory.media import GALLERY
from inventory.models import Part
from media.covered_api import CoveredEndpoint, CoveredMedia, CoveredUpload, OneCoveredMedia


class OfPart(CoveredEndpoint):
    gallery = GALLERY
    parameter = "part_id"
    thing_noun = "Part"

    def rows(self) -> Any:
        return Part.objects.visible_to(self.member)


class PartFiles(OfPart, CoveredMedia):
    """The gallery of one part."""

    permissions = {"GET": "part.view", "POST": "part.edit"}


class PartUpload(OfPart, CoveredUpload):
    """An address to send a file to."""

    permissions = {"POST": "part.edit"}


class OnePartFile(OfPart, OneCoveredMedia):
    """One photo or file."""

    permissions = {"GET": "part.view", "PUT": "part.edit", "PATCH": "part.edit", "DELETE": "part.edit"}
