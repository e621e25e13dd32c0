"""Photos and files, the account of their room, and what they belong to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import F
from django.utils import timezone

from assets.media import GALLERY
from assets.models import AssetMedia
from media.models import MediaAccount, MediaFile
from tests.house import House
from tests.isolation.breaking import copy, update
from tests.media_files import PDF, picture
from workorders import actions
from workorders.models import WorkOrderMedia

__all__ = ["BREAK", "NAMES", "fill"]

PDFS = {"content_type": "application/pdf"}


def fill(house: House, work_order: Any) -> None:
    """A file on a step's work order, one beside a comment, and two pictures of an asset."""
    admin = house["admin"]
    note = work_order.comments.first() or actions.comment(work_order, by=admin, text="See the photo")
    actions.add_media(work_order, by=admin, content=PDF, name="Report.pdf")
    actions.add_media(work_order, by=admin, content=PDF, name="Sketch.pdf", comment=note)
    (step,) = actions.add_tasks(work_order, by=admin, steps=[{"description": "Photo of the seal", "kind": "photo"}])
    actions.add_media(work_order, by=admin, content=picture(), name="seal.jpg", task=step)
    for name in ("front.jpg", "back.jpg"):
        GALLERY.add(work_order.asset, by=admin, content=picture(), name=name)


def file(of: dict[str, Any] | None = None, **changes: Any) -> list[Callable[[House], Any]]:
    return [lambda house: update(MediaFile, of or PDFS, **changes)]


def place_twice(house: House) -> None:
    """Beside a comment and as the answer of a step."""
    row = WorkOrderMedia.objects.filter(comment__isnull=False)[0]
    (step,) = actions.add_tasks(row.work_order, by=house["admin"], steps=[{"description": "Photo", "kind": "photo"}])
    WorkOrderMedia.objects.filter(pk=row.pk).update(task=step)


NAMES = {
    "workorders_workordermedia.file": "workorders_workordermedia_file_id",
    "assets_assetmedia.file": "assets_assetmedia_file_id",
}
BREAK: dict[str, list[Callable[[House], Any]]] = {
    "media_kind_known": file(kind="hologram"),
    "media_state_known": file(state="lost"),
    "media_here_is_stored": file(stored_name=""),
    "media_awaited_until": [*file(state="awaited"), *file(expires_at=timezone.now())],
    "media_turn_by_quarters": file(turn=45),
    "media_stored_once": [lambda house: copy(MediaFile, PDFS)],
    "media_account_once": [lambda house: copy(MediaAccount)],
    "media_within_quota": [lambda house: update(MediaAccount, used_bytes=F("quota_bytes") + 1)],
    "work_order_media_label": [lambda house: update(WorkOrderMedia, label="during")],
    "work_order_media_one_place": [place_twice],
    "workorders_workordermedia.file": [lambda house: copy(WorkOrderMedia)],
    "assets_assetmedia.file": [lambda house: copy(AssetMedia, {"is_cover": False})],
    "asset_one_cover": [lambda house: AssetMedia.objects.update(is_cover=True)],
}
