"""Photos and files of assets, one of them the cover."""

from __future__ import annotations

from assets.models import AssetMedia
from media.covered import Gallery

GALLERY = Gallery(lambda: AssetMedia, "asset", ("asset.add_photo", "asset.edit"))
