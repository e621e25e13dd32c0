from collections import Counter
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import RequestFactory
from django.utils import timezone

from assets.models import Asset, Location
from core import numbering
from demo import north_pit as mine
from demo.load import load_north_pit
from demo.loading import Report
from demo.people import CONTRACTOR, PASSWORD
from demo.tenants import NORTH_PIT, WEST_CAMPUS
from labor.models import Technician
from tenancy.models import Member, User
from tests.demo.conftest import inside, table_hashes
from workorders.choices import ACTIVE, Meaning
from workorders.models import Comment, StatusLog, WorkOrder

PERTH = ZoneInfo("Australia/Perth")
HISTORY = {"closed_at__year__lt": 2013}


def test_every_order_of_the_mine_is_there_as_it_was_written(north_pit):
    written = sorted((order.order.text, order.order.cost) for order in mine.read_orders(Report()))
    loaded = sorted(WorkOrder.objects.filter(**HISTORY).values_list("title", "external_cost"))
    assert len(loaded) == 5485
    assert loaded == written
    assert sum(cost for _, cost in loaded) == Decimal("17506162.76")
    assert sum('"' in title for title, _ in loaded) == 14


def test_history_is_closed_on_its_real_day_and_its_log_says_the_same(north_pit):
    days = Counter((order.order.started_on, order.order.text) for order in mine.read_orders(Report()))
    orders = list(WorkOrder.objects.filter(**HISTORY))
    assert Counter((order.created_at.astimezone(PERTH).date(), order.title) for order in orders) == days
    assert Counter((order.closed_at.astimezone(PERTH).date(), order.title) for order in orders) == days
    logs: dict[object, list[StatusLog]] = {}
    for line in StatusLog.objects.filter(work_order__in=orders).order_by("recorded_at", "id"):
        logs.setdefault(line.work_order_id, []).append(line)
    for order in orders:
        log = logs[order.pk]
        assert [line.to_meaning for line in log] == ["open", "in_progress", "completed", "closed"]
        assert [line.from_meaning for line in log] == ["", "open", "in_progress", "completed"]
        assert [line.occurred_at for line in log] == [
            order.created_at,
            order.started_at,
            order.completed_at,
            order.closed_at,
        ]


def test_numbers_follow_the_years_without_gap_and_the_next_one_is_free(north_pit):
    numbers = sorted(WorkOrder.objects.filter(**HISTORY).values_list("number", flat=True))
    per_year = Counter(number[3:7] for number in numbers)
    assert numbers == [f"WO-{year}-{count:06}" for year in sorted(per_year) for count in range(1, per_year[year] + 1)]
    assert per_year["2007"] == 754
    assert numbering.reserve(NORTH_PIT.id, "WO", 2007) == [f"WO-2007-{per_year['2007'] + 1:06}"]
    connection.set_rollback(True)


def test_machines_systems_and_functional_locations_are_one_tree(north_pit):
    assets = {asset.pk: asset for asset in Asset.objects.select_related("category")}
    parts = [asset for asset in assets.values() if asset.category.name == "Functional location"]
    assert len(assets) == 634
    assert (len(parts), len({part.name for part in parts})) == (577, 371)
    tops = {asset for asset in assets.values() if asset.parent_id is None}
    assert sorted(asset.tag for asset in tops) == ["EX-A", "EX-B", "EX-C", "EX-D", "EX-E"]
    for asset in assets.values():
        top = next(top for top in tops if asset.path.split(".")[0] == top.path)
        assert asset.tag.startswith(top.tag)
        assert asset.location_id == top.location_id


def test_each_type_of_order_has_its_type(north_pit):
    types = Counter(WorkOrder.objects.filter(**HISTORY).values_list("type__key", flat=True))
    assert types == {"corrective": 5224, "preventive": 153, "modification": 98, "inspection": 6, "calibration": 4}


def test_failure_modes_are_kept_as_written_with_the_code_they_stand_for(north_pit):
    codes = set(WorkOrder.objects.filter(failure_cause="Leak").values_list("problem__code", flat=True))
    assert codes == {"ELU"}
    assert WorkOrder.objects.filter(**HISTORY).exclude(failure_cause="").count() == 2303


def test_the_campus_has_its_sites_rooms_and_equipment(west_campus):
    kinds = Counter(Location.objects.values_list("kind", flat=True))
    assert (kinds["site"], kinds["building"], kinds["floor"], kinds["room"] + kinds["zone"]) == (41, 1, 4, 63)
    zones = set(Location.objects.filter(kind="site").values_list("time_zone", flat=True))
    assert len(zones) == 8
    assert Asset.objects.count() == 397
    assert not Asset.objects.filter(model="").exists()
    desk = Asset.objects.get(name="Dormitory Desk:04")
    assert (desk.external_id, desk.model, desk.location.name) == (
        "1NYZ1v6MrUHe6mi8U9Zxpz",
        "Dormitory Desk",
        "207 Bedroom",
    )


@pytest.mark.parametrize("tenant", [NORTH_PIT, WEST_CAMPUS], ids=lambda tenant: tenant.slug)
def test_the_work_of_these_days_is_spread_around_today(demo, tenant):
    now = timezone.now()
    with inside(tenant):
        today = list(WorkOrder.objects.filter(external_id__startswith="today:"))
        open_now = [order for order in today if order.meaning in ACTIVE]
        meanings = Counter(order.meaning for order in today)
        assert set(meanings) == set(Meaning.values)
        assert 50 <= len(open_now) + meanings["completed"] <= 65
        assert 5 <= sum(order.due_at < now for order in open_now) <= len(open_now) // 2
        assert sum(now <= order.due_at < now + timedelta(days=1) for order in open_now) >= 3
        assert all(now - timedelta(days=15) < order.created_at < now for order in today)
        assert all(bool(order.assigned_to_id) == (order.meaning not in ("open", "cancelled")) for order in today)
        assert Comment.objects.count() >= 30
        assert {order.location_id for order in today} != {None}


@pytest.mark.parametrize("tenant", [NORTH_PIT, WEST_CAMPUS], ids=lambda tenant: tenant.slug)
def test_the_log_of_these_days_runs_forward_and_ends_at_the_status(demo, tenant):
    with inside(tenant):
        for order in WorkOrder.objects.filter(external_id__startswith="today:"):
            log = list(order.status_log.order_by("recorded_at", "id"))
            moments = [line.occurred_at for line in log]
            assert moments == sorted(moments)
            assert moments[-1] <= timezone.now()
            assert log[-1].to_meaning == order.meaning
            assert [line.from_meaning for line in log[1:]] == [line.to_meaning for line in log[:-1]]


@pytest.mark.parametrize("host", ["north-pit.example", "west-campus.example"])
@pytest.mark.parametrize(
    "who",
    ["admin", "manager", "dispatcher", "technician", "technician2", "storekeeper", "requester", "viewer"],
)
def test_everybody_can_sign_in(demo, host, who):
    address = f"{who}@{host}"
    request = RequestFactory().post("/")
    assert authenticate(request, email=address, password=PASSWORD) == User.objects.get(email=address)
    assert EmailAddress.objects.get(email=address).verified
    with inside(NORTH_PIT if host.startswith("north") else WEST_CAMPUS):
        member = Member.objects.select_related("role").get(email=address)
        assert member.role.key == who.rstrip("2")
        assert Technician.objects.filter(pk=member.pk).exists() == who.startswith("technician")


def test_the_contractor_belongs_to_both_tenants_with_one_sign_in(demo):
    user = User.objects.get(email=CONTRACTOR)
    for tenant in (NORTH_PIT, WEST_CAMPUS):
        with inside(tenant):
            assert Member.objects.get(email=CONTRACTOR).user_id == user.pk


def test_loading_again_changes_no_row_of_any_table(demo):
    before = table_hashes()
    out = StringIO()
    call_command("load_demo", stdout=out)
    assert table_hashes() == before
    assert "work orders: 0 created, 5485 already there" in out.getvalue()
    assert "refused" not in out.getvalue()


def test_a_row_that_somebody_changed_is_left_alone(north_pit):
    WorkOrder.objects.filter(number="WO-2007-000001").update(description="Looked at again")
    load_north_pit(timezone.now())
    assert WorkOrder.objects.get(number="WO-2007-000001").description == "Looked at again"
    connection.set_rollback(True)


def test_refused_rows_are_reported_with_their_reason(tmp_path, monkeypatch):
    header, good, bad = (
        "BscStartDate,Asset,OriginalShorttext,PMType,Cost",
        "2004-07-01,A,x,PM01,1",
        "2004-07-01,A,x,PM01,a",
    )
    cleaned_header = ",".join(mine.excavators.CLEANED_COLUMNS)
    tail = ",,,,,,,,BUCKET,0.0,0"
    (tmp_path / "excavator_2015_raw.csv").write_text(f"{header}\n{bad}\n{good}")
    (tmp_path / "excavator_case_study_cleaned.csv").write_text("\n".join([cleaned_header, good + tail, good + tail]))
    monkeypatch.setattr(mine, "DATA", tmp_path)
    report = Report()
    assert [order.order.text for order in mine.read_orders(report)] == ["x"]
    assert list(report.lines()) == ["refused: excavator_2015_raw.csv, row 2, Cost: “a” is not a decimal number"]


def test_production_refuses_demo_data(settings):
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="demo data is refused"):
        call_command("load_demo", stdout=StringIO())
