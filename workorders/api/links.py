"""How a work order hangs together with others: links, parts of a whole, further assets, split, merge, duplicates."""

from __future__ import annotations

from typing import Any

from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework.request import Request

from assets.models import Asset
from core.api import query
from core.api.serializers import Deleted
from core.api.views import Answer
from core.errors import Invalid
from tenancy.permissions import may, require
from workorders import actions, links
from workorders.api.orders import WorkOrderEndpoint
from workorders.links import Family, Link, Other
from workorders.models import FurtherAsset, PartLine, Task, WorkOrder, WorkOrderLink
from workorders.serializers.links import (
    AddFurtherAsset,
    AddLink,
    Duplicate,
    FamilyShape,
    FurtherAssets,
    LinkShape,
    MergeWorkOrders,
    SetParent,
    SplitWorkOrder,
)
from workorders.serializers.orders import WorkOrderFull


def short(other: Other | None) -> dict[str, Any] | None:
    if other is None:
        return None
    return {
        "workOrderId": other.id,
        "workOrderNumber": other.number,
        "title": other.title,
        "status": other.status_key,
        "statusMeaning": other.meaning,
    }


def link_shape(link: Link) -> dict[str, Any]:
    shown = {"id": link.id, "kind": link.kind, "linkedBy": link.linked_by, "linkedAt": link.linked_at}
    return shown | (short(link.other) or {})


def further_shape(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"assetId": row["asset_id"], "assetName": row["asset__name"], "assetTag": row["asset__tag"]} for row in rows
    ]


class LinkEndpoint(WorkOrderEndpoint):
    names = {
        **WorkOrderEndpoint.names,
        "to": "workOrderId",
        "parent": "parentId",
        "tasks": "taskIds",
        "parts": "partIds",
        "assets": "assetIds",
        "others": "workOrderIds",
    }

    def family(self, work_order: WorkOrder) -> Family:
        return links.family(work_order, self.member)


class Links(LinkEndpoint):
    """What a work order hangs together with, as far as the caller sees it."""

    accepts = {"POST": AddLink}
    answers = {"GET": Answer(FamilyShape), "POST": Answer(LinkShape, 201)}
    permissions = {"GET": "", "POST": "workorder.edit"}

    def get(self, request: Request, work_order_id: str) -> HttpResponseBase:
        """Links, parent, children, follow-ups and further assets of a work order."""
        found = self.family(self.found(work_order_id))
        return self.answer(
            {
                "parent": short(found.parent),
                "children": [short(one) for one in found.children],
                "childrenDone": found.done,
                "childrenTotal": found.due,
                "followUpOf": short(found.earlier),
                "followUps": [short(one) for one in found.follow_ups],
                "links": [link_shape(link) for link in found.links],
                "furtherAssets": further_shape(found.further),
                "bookedHours": round(found.minutes / 60, 2),
                "bookedCosts": float(found.costs) if may(self.member, "cost.view") else None,
            }
        )

    def post(self, request: Request, work_order_id: str) -> HttpResponseBase:
        """Link two work orders. A duplicate is cancelled; who reported the work may link it as related."""
        work_order = self.found(work_order_id)
        data = self.body(AddLink)
        first, second, kind = work_order, data["to"], data["kind"]
        if kind == "blocked_by":
            first, second, kind = second, first, "blocks"
        made = actions.link(first, by=self.member, kind=kind, to=second, reason=data.get("reason", ""))
        shown = next(link for link in self.family(work_order).links if link.id == made.pk)
        return self.answer(link_shape(shown), status=201)


class OneLink(LinkEndpoint):
    noun = "Link"
    answers = {"DELETE": Answer(Deleted)}
    permissions = {"DELETE": "workorder.edit"}

    def delete(self, request: Request, work_order_id: str, link_id: str) -> HttpResponseBase:
        """Take a link back. Links of a split or a merge stay."""
        work_order = self.found(work_order_id)
        shown = {link.id for link in self.family(work_order).links}
        rows = WorkOrderLink.objects.filter(pk__in=shown).select_related("first", "second")
        actions.unlink(self.one(rows, link_id, key="linkId"), by=self.member)
        return self.answer({"message": "Link removed", "deletedAt": timezone.now()})


class Parent(LinkEndpoint):
    """What a work order is a part of."""

    accepts = {"PUT": SetParent}
    answers = {"PUT": Answer(WorkOrderFull)}
    permissions = {"PUT": "workorder.edit"}

    def put(self, request: Request, work_order_id: str) -> HttpResponseBase:
        """Make it a part of another work order; `null` takes it out."""
        work_order = self.found(work_order_id)
        expected = self.expected_version(work_order.version)
        parent = self.body(SetParent)["parent"]
        actions.set_parent(work_order, by=self.member, parent=parent, expected_version=expected)
        return self.full(work_order)


class FurtherAssetList(LinkEndpoint):
    """Assets that the work is also done on."""

    accepts = {"POST": AddFurtherAsset}
    answers = {"GET": Answer(FurtherAssets), "POST": Answer(FurtherAssets, 201)}
    permissions = {"GET": "", "POST": "workorder.edit"}

    def get(self, request: Request, work_order_id: str) -> HttpResponseBase:
        """List the further assets."""
        return self.shown(self.found(work_order_id))

    def post(self, request: Request, work_order_id: str) -> HttpResponseBase:
        """Name a further asset. One that is named already stays named once."""
        work_order = self.found(work_order_id)
        expected = self.expected_version(work_order.version)
        actions.add_further_asset(work_order, by=self.member, expected_version=expected, **self.body(AddFurtherAsset))
        return self.shown(work_order, status=201)

    def shown(self, work_order: WorkOrder, *, status: int = 200) -> HttpResponseBase:
        rows = FurtherAsset.objects.filter(work_order=work_order).order_by("asset__name", "pk")
        found = [dict(row) for row in rows.values("asset_id", "asset__name", "asset__tag")]
        return self.answer({"assets": further_shape(found)}, status=status)


class OneFurtherAsset(LinkEndpoint):
    noun = "Asset"
    answers = {"DELETE": Answer(Deleted)}
    permissions = {"DELETE": "workorder.edit"}

    def delete(self, request: Request, work_order_id: str, further_asset_id: str) -> HttpResponseBase:
        """Take a further asset off, by the asset's id."""
        work_order = self.found(work_order_id)
        named = FurtherAsset.objects.filter(work_order=work_order).values("asset_id")
        asset: Asset = self.one(Asset.objects.filter(pk__in=named), further_asset_id, key="assetId")
        expected = self.expected_version(work_order.version)
        actions.remove_further_asset(work_order, by=self.member, asset=asset, expected_version=expected)
        return self.answer({"message": "Asset taken off", "deletedAt": timezone.now()})


class Split(LinkEndpoint):
    accepts = {"POST": SplitWorkOrder}
    answers = {"POST": Answer(WorkOrderFull, 201)}
    permissions = {"POST": "workorder.edit"}

    def post(self, request: Request, work_order_id: str) -> HttpResponseBase:
        """Move steps, parts that were not given out and further assets into a new work order; answers that one."""
        work_order = self.found(work_order_id)
        data = self.body(SplitWorkOrder)
        expected = self.expected_version(work_order.version)
        data["tasks"] = self.named(Task, work_order, data.get("tasks", []), "tasks", "Every step must exist")
        data["parts"] = self.named(PartLine, work_order, data.get("parts", []), "parts", "Every part must exist")
        return self.full(actions.split(work_order, by=self.member, expected_version=expected, **data), status=201)

    def named(self, model: Any, work_order: WorkOrder, ids: list[Any], field: str, sentence: str) -> list[Any]:
        found = {row.pk: row for row in model.objects.filter(work_order=work_order, pk__in=ids)}
        if any(pk not in found for pk in ids):
            raise Invalid({field: sentence}, headline=self.invalid_headline)
        return list({pk: found[pk] for pk in ids}.values())


class Merge(LinkEndpoint):
    accepts = {"POST": MergeWorkOrders}
    answers = {"POST": Answer(WorkOrderFull)}
    permissions = {"POST": "workorder.edit"}

    def post(self, request: Request, work_order_id: str) -> HttpResponseBase:
        """Merge others into this one: what is not booked moves here, they are cancelled and linked. Answers this one."""
        work_order = self.found(work_order_id)
        expected = self.expected_version(work_order.version)
        actions.merge(work_order, by=self.member, expected_version=expected, **self.body(MergeWorkOrders))
        return self.full(work_order)


class Duplicates(LinkEndpoint):
    """Before reporting: was this fault reported already?"""

    query = {"GET": ("assetId",)}
    query_texts = {"assetId": "The asset that is to be reported on; needed"}
    answers = {"GET": Answer(Duplicate, many=True)}
    permissions = {"GET": "asset.view"}

    def get(self, request: Request) -> HttpResponseBase:
        """Open work of the last 24 hours on an asset, newest first, at most five. Comment there, or report and link it as related."""
        require(self.member, "asset.view")
        text = self.params.get("assetId", "")
        pk = query.uuid_or_none(text)
        asset = Asset.objects.visible_to(self.member).filter(pk=pk).first() if pk else None
        if asset is None:
            raise query.refuse("assetId", "Name an asset by its id." if not text else "Asset must exist.")
        return self.answer(
            [
                {
                    "workOrderId": one.pk,
                    "workOrderNumber": one.number,
                    "title": one.title,
                    "status": one.status.key,
                    "statusMeaning": one.meaning,
                    "createdAt": one.created_at,
                    "requestedByName": one.requested_by.name if one.requested_by else None,
                }
                for one in links.reported_today(self.member, asset)
            ]
        )
