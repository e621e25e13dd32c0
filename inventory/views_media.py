"""Pages of the photos and files of parts."""

from __future__ import annotations

from typing import Any

from inventory.media import GALLERY
from inventory.models import Part
from media.covered_views import Pages
from tenancy.models import Member

PAGES = Pages(GALLERY, Part.objects.visible_to, "inventory", "workorders:part")


def panel(part: Part, member: Member) -> dict[str, Any] | None:
    """For `media/panel.html` on the page of one part."""
    return PAGES.panel(part, member)
