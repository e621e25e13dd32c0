"""Spare parts of the demo: believable, used on jobs in every state, and loaded once."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from demo import parts
from demo.loading import Report
from demo.part_lists import CAMPUS, MINE, NEEDS_OF_CAMPUS, NEEDS_OF_MINE
from demo.tenants import NORTH_PIT, WEST_CAMPUS
from inventory.models import Alternate, ManufacturerNumber, Part
from tenancy.models import Tenant
from tests.demo.conftest import inside
from workorders.choices import PartStatus
from workorders.models import PartLine, PartMovement, WorkOrder

TENANTS = [(NORTH_PIT, MINE, parts.load_mine), (WEST_CAMPUS, CAMPUS, parts.load_campus)]


@pytest.mark.parametrize(("tenant", "spares", "load"), TENANTS, ids=["north-pit", "west-campus"])
def test_the_catalogue_is_there_and_jobs_use_it(demo: str, tenant: Any, spares: Any, load: Any) -> None:
    with inside(tenant):
        assert Part.objects.count() == len(spares) >= 30
        assert Part.objects.filter(category=None).count() == 0
        assert Part.objects.exclude(barcode="").count() == len(spares)
        assert ManufacturerNumber.objects.exists()
        assert Alternate.objects.exists()
        jobs = WorkOrder.objects.filter(part_lines__isnull=False).distinct()
        assert jobs.count() >= 15
        assert set(PartLine.objects.values_list("status", flat=True)) == set(PartStatus.values)
        assert PartMovement.objects.filter(posted_at__lt=timezone.now()).exists()
        assert WorkOrder.objects.filter(material_cost__gt=0).exists()
        assert not PartLine.objects.filter(added_at__gt=timezone.now()).exists()


@pytest.mark.parametrize(("tenant", "spares", "load"), TENANTS, ids=["north-pit", "west-campus"])
def test_loading_again_adds_nothing_and_loading_is_quick(demo: str, tenant: Any, spares: Any, load: Any) -> None:
    with inside(tenant):
        row = Tenant.objects.get(pk=tenant.id)
        before = (Part.objects.count(), PartLine.objects.count(), PartMovement.objects.count())
        again = Report()
        load(row, timezone.now(), again)
        assert (Part.objects.count(), PartLine.objects.count(), PartMovement.objects.count()) == before
        assert sum(again.created.values()) == 0
        point = transaction.savepoint()
        PartLine.objects.all().delete()
        Part.objects.all().delete()
        start = time.perf_counter()
        load(row, timezone.now(), Report())
        took = time.perf_counter() - start
        print(f"{tenant.slug}: {took:.2f} s")
        assert took < 5
        transaction.savepoint_rollback(point)


def test_what_jobs_need_is_in_the_lists() -> None:
    for spares, needs in ((MINE, NEEDS_OF_MINE), (CAMPUS, NEEDS_OF_CAMPUS)):
        numbers = {spare.number for spare in spares}
        assert len(numbers) == len(spares)
        assert {number for _, lines in needs for number, _ in lines} <= numbers
        assert {other for spare in spares for other in spare.instead} <= numbers
