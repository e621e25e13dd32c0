"""Pages of the photos and files of assets."""

from __future__ import annotations

from typing import Any

from assets.media import GALLERY
from assets.models import Asset
from media.covered_views import Pages
from tenancy.models import Member

PAGES = Pages(GALLERY, Asset.objects.visible_to, "assets", "workorders:asset")


def panel(asset: Asset, member: Member) -> dict[str, Any] | None:
    """For `media/panel.html` on the page of one asset."""
    return PAGES.panel(asset, member)
