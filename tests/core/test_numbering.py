"""Numbers people read: per tenant and year, distinct under concurrency, never below what an import brought."""

from __future__ import annotations

import datetime as dt
import re

import pytest
import time_machine
from django.utils import timezone

from core import numbering
from core.models import NumberSequence
from tests import factories
from tests.house import House
from tests.racing import kinds, race, together
from workorders import actions
from workorders.models import WorkOrder

YEAR = timezone.now().year


@pytest.fixture(scope="module")
def busy(committed: None) -> House:
    return House.build()


def test_fifty_reports_at_once_get_fifty_numbers(busy: House) -> None:
    by = busy["dispatcher"]
    outcomes: list[object] = []
    for _ in range(5):  # ten connections at a time, as many as a server has threads for
        outcomes += together([lambda: actions.report(by=by, title="Pump leaks")] * 10, busy.tenant)
    assert kinds(outcomes) == ["ok"] * 50
    with busy.inside():
        numbers = sorted(WorkOrder.objects.values_list("number", flat=True))
    assert numbers == [f"WO-{YEAR}-{number:06d}" for number in range(1, 51)]


def test_a_number_is_given_out_again_only_when_its_transaction_failed(busy: House) -> None:
    def fail() -> None:
        actions.report(by=busy["dispatcher"], title="Never")
        raise ZeroDivisionError

    outcomes = race(busy.tenant, lambda: actions.report(by=busy["dispatcher"], title="First"), fail)
    assert kinds(outcomes) == ["ok", "ZeroDivisionError"]
    with busy.inside():
        before = outcomes[0].number
        after = actions.report(by=busy["dispatcher"], title="Next").number
    assert int(after[-6:]) == int(before[-6:]) + 1


def test_each_tenant_kind_and_year_counts_for_itself(house: House) -> None:
    other = House.build()
    with house.inside():
        found = [numbering.reserve(house.tenant.pk, kind, year)[0] for kind, year in
                 (("WO", 2026), ("WO", 2026), ("WO", 2027), ("REQ", 2026))]  # fmt: skip
    with other.inside():
        found += numbering.reserve(other.tenant.pk, "WO", 2026)
    assert found == ["WO-2026-000001", "WO-2026-000002", "WO-2027-000001", "REQ-2026-000001", "WO-2026-000001"]


def test_a_block_is_reserved_at_once(house: House) -> None:
    with house.inside():
        block = numbering.reserve(house.tenant.pk, "WO", 2026, 1000)
        after = numbering.reserve(house.tenant.pk, "WO", 2026)
    assert (len(set(block)), block[0], block[-1], after) == (
        1000,
        "WO-2026-000001",
        "WO-2026-001000",
        ["WO-2026-001001"],
    )


def test_never_below_raises_and_never_lowers(house: House) -> None:
    with house.inside():
        numbering.never_below(house.tenant.pk, "WO", 2026, 41)
        first = numbering.reserve(house.tenant.pk, "WO", 2026)
        numbering.never_below(house.tenant.pk, "WO", 2026, 7)
        second = numbering.reserve(house.tenant.pk, "WO", 2026)
    assert (first, second) == (["WO-2026-000042"], ["WO-2026-000043"])


def test_past_a_million_the_number_grows_longer(house: House) -> None:
    with house.inside():
        numbering.never_below(house.tenant.pk, "WO", 2026, 999_999)
        assert numbering.reserve(house.tenant.pk, "WO", 2026) == ["WO-2026-1000000"]


@pytest.mark.parametrize(("zone", "year"), [("UTC", 2026), ("Pacific/Auckland", 2027), ("America/New_York", 2026)])
def test_the_year_is_that_of_the_tenants_zone(db: None, zone: str, year: int) -> None:
    tenant = factories.make_tenant(time_zone=zone)
    with time_machine.travel(dt.datetime(2026, 12, 31, 20, tzinfo=dt.UTC), tick=False):
        made = factories.make_work_order(tenant)
    assert re.fullmatch(rf"WO-{year}-000001", made.number)


def test_another_tenants_sequence_is_out_of_reach(house: House) -> None:
    other = House.build()
    with other.inside():
        numbering.reserve(other.tenant.pk, "WO", 2026)
    with pytest.raises(Exception, match="row-level security"), house.inside():
        numbering.reserve(other.tenant.pk, "WO", 2026)
    with house.inside():
        assert NumberSequence.objects.count() == 0
