"""Photos and files of assets in the API."""

from __future__ import annotations

from typing import Any

from assets.media import GALLERY
from assets.models import Asset
from media.covered_api import CoveredEndpoint, CoveredMedia, CoveredUpload, OneCoveredMedia


class OfAsset(CoveredEndpoint):
    gallery = GALLERY
    parameter = "asset_id"
    thing_noun = "Asset"

    def rows(self) -> Any:
        return Asset.objects.visible_to(self.member)


class AssetFiles(OfAsset, CoveredMedia):
    """The gallery of one asset."""

    permissions = {"GET": "asset.view", "POST": "asset.add_photo"}


class AssetUpload(OfAsset, CoveredUpload):
    """An address to send a file to."""

    permissions = {"POST": "asset.add_photo"}


class OneAssetFile(OfAsset, OneCoveredMedia):
    """One photo or file."""

    permissions = {
        "GET": "asset.view",
        "PUT": "asset.add_photo",
        "PATCH": "asset.add_photo",
        "DELETE": "asset.add_photo",
    }
