"""How the work of these days hangs together, what somebody must know before touching a machine, and who is spoken to by name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from assets import actions as asset_actions
from assets.models import Asset
from demo.acting import Cast, as_person
from demo.loading import Report
from tenancy.models import Tenant
from workorders import actions
from workorders.choices import Meaning
from workorders.models import Mention, WorkOrder, WorkOrderLink

MINE_HAZARDS = (
    ["Stored hydraulic pressure: release before opening", "Hot surfaces up to 120 °C"],
    ["Work at height: harness", "Crush zone at boom and counterweight"],
    ["24 V and 690 V", "Diesel under pressure"],
    ["Slippery deck", "Falling rock: stay out of the face"],
)
CAMPUS_HAZARDS = (
    ["400 V: isolate at the board on this floor"],
    ["Steam 160 °C", "Confined space behind the panel"],
    ["Starts by itself: isolate before the guard comes off"],
    ["Refrigerant: ventilate", "Work at height"],
)
NOTES = ("Frame and slew ring only; ring the service desk of the maker.", "Parts and labour, not consumables.")
SAID = (
    "@{name}, the store has set the parts aside for you.",
    "@{name}, please look at the hose clamp as well while you are there.",
    "@{name}, the operator wants the machine back by two o'clock.",
)
ASSETS = 16


def add_ties(tenant: Tenant, cast: Cast, hazards: Sequence[list[str]], now: dt.datetime, report: Report) -> None:
    """Once: what is linked already stays as people have made it."""
    report_assets(tenant, cast, hazards, now, report)
    if WorkOrderLink.objects.filter(tenant=tenant).exists():
        report.unchanged["links between work orders"] += 1
        return
    waiting = list(
        WorkOrder.objects.filter(tenant=tenant, meaning__in=(Meaning.OPEN, Meaning.ASSIGNED), parent=None)
        .select_related("asset", "assigned_to__member")
        .order_by("external_id", "pk")[:14]
    )
    if len(waiting) < 12:
        return
    by = cast.dispatcher
    with as_person(by):
        # Nobody has the duplicate yet, so cancelling it takes work from nobody.
        twin = next(index for index in range(13, 5, -1) if waiting[index].meaning == Meaning.OPEN)
        for first, kind, second in ((0, "blocks", 1), (2, "blocks", 3), (4, "related", 5), (twin, "duplicate_of", 7)):
            actions.link(waiting[first], by=by, kind=kind, to=waiting[second])
            report.created["links between work orders"] += 1
        for part in (9, 10):
            actions.set_parent(waiting[part], by=by, parent=waiting[8])
        for job in (waiting[1], waiting[11]):
            for asset in beside(job):
                actions.add_further_asset(job, by=by, asset=asset)
                report.created["further assets"] += 1
        spoken_to(waiting, cast, report)


def beside(job: WorkOrder) -> list[Asset]:
    """Two assets of the same machine or place."""
    if job.asset is None:
        return []
    same: dict[str, Any] = (
        {"parent_id": job.asset.parent_id} if job.asset.parent_id else {"location_id": job.asset.location_id}
    )
    return list(Asset.objects.filter(**same, archived_at=None).exclude(pk=job.asset.pk).order_by("tag")[:2])


def spoken_to(jobs: Sequence[WorkOrder], cast: Cast, report: Report) -> None:
    given = [job for job in jobs if job.assigned_to and job.assigned_to.member.user_id]
    for job, words in zip(given, SAID, strict=False):
        assert job.assigned_to is not None
        note = actions.comment(job, by=cast.dispatcher, text=words.format(name=job.assigned_to.member.name))
        report.created["mentions"] += Mention.objects.filter(comment=note).count()


def report_assets(tenant: Tenant, cast: Cast, hazards: Sequence[list[str]], now: dt.datetime, report: Report) -> None:
    """Hazards, and for every third a warranty, on the assets that are being worked on."""
    busy = WorkOrder.objects.filter(tenant=tenant, asset__isnull=False).active().values("asset_id")
    plain = Asset.objects.filter(tenant=tenant, pk__in=busy, hazards=[], warranty_until=None, archived_at=None)
    if Asset.objects.filter(tenant=tenant).exclude(hazards=[]).exists():
        report.unchanged["assets with hazards"] += 1
        return
    with as_person(cast.manager):
        for turn, asset in enumerate(plain.order_by("tag")[:ASSETS]):
            changes: dict[str, object] = {"hazards": hazards[turn % len(hazards)]}
            if turn % 3 == 0:
                changes["warranty_until"] = (now + dt.timedelta(days=60 + 31 * turn)).date()
                changes["warranty_note"] = NOTES[turn % len(NOTES)]
            asset_actions.update_asset(asset, by=cast.manager, changes=changes)
            report.created["assets with hazards"] += 1
