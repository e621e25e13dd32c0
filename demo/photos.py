"""Photos of the jobs of these days and of the machines, drawn on the spot."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from assets.media import GALLERY
from assets.models import Asset, AssetMedia
from demo.acting import Cast
from demo.drawings import drawn
from demo.loading import Report
from media import actions as media
from tenancy.models import Tenant
from workorders import actions
from workorders.choices import Meaning
from workorders.models import WorkOrder, WorkOrderMedia

JOBS, MACHINES = 8, 5
ELECTRIC = re.compile(r"electr|sensor|light|lamp|switch|alarm|control|wiring|cable|panel|power", re.IGNORECASE)


def scene(title: str, otherwise: str) -> str:
    return "cabinet" if ELECTRIC.search(title) else otherwise


def add_photos(tenant: Tenant, cast: Cast, usual: str, machines: Iterable[Asset], report: Report) -> None:
    """Eight jobs and five machines; those that have a photo keep it."""
    at_work = WorkOrder.objects.filter(tenant=tenant, meaning__in=(Meaning.COMPLETED, Meaning.IN_PROGRESS))
    jobs = at_work.exclude(external_id="").order_by("-meaning", "external_id")[:JOBS]
    done = set(WorkOrderMedia.objects.filter(tenant=tenant).values_list("work_order_id", flat=True))
    for number, job in enumerate(jobs):
        if job.pk in done:
            report.unchanged["photos"] += 1
            continue
        labels = [("before", "As found"), ("after", "Mended and tested")]
        for label, caption in labels[: 2 if job.meaning == Meaning.COMPLETED else 1]:
            picture = drawn(scene(job.title, usual), number % 2, mended=label == "after")
            link = actions.add_media(
                job, by=cast.dispatcher, content=picture, name=f"{job.number}-{label}.jpg", label=label, caption=caption
            )
            kept(link, report)
    covered = set(AssetMedia.objects.filter(tenant=tenant).values_list("asset_id", flat=True))
    for number, machine in enumerate(machines):
        if machine.pk in covered:
            report.unchanged["photos"] += 1
            continue
        picture = drawn(scene(machine.name, usual), number % 3, mended=True)
        link = GALLERY.add(machine, by=cast.manager, content=picture, name=f"{machine.tag}.jpg", caption=machine.name)
        kept(link, report)


def kept(link: Any, report: Report) -> None:
    media.prepare(link.file_id, by=None)
    report.created["photos"] += 1


def machines_of(tenant: Tenant, *, named: str = "") -> Iterable[Asset]:
    """The first machines of the register."""
    rows = Asset.objects.filter(tenant=tenant, name__startswith=named) if named else Asset.objects.filter(tenant=tenant)
    return rows.filter(archived_at=None).order_by("tag")[:MACHINES]
