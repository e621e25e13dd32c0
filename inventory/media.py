"""Photos and files of parts, one of them the cover."""

from __future__ import annotations

from inventory.models import PartMedia
from media.covered import Gallery

GALLERY = Gallery(lambda: PartMedia, "part", ("part.edit",))
