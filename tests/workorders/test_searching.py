from __future__ import annotations

import pytest
from django.db import connection

from tests.factories import inside, make_tenant, make_work_order
from workorders import querysets
from workorders.models import WorkOrder

TEXTS = ("Grease leak at the boom", "Leaking greaser", "Grease pump", "No leak", "Oil change")


@pytest.fixture
def tenant(db):
    tenant = make_tenant()
    with inside(tenant):
        for title in TEXTS:
            make_work_order(tenant, title=title)
        yield tenant


@pytest.mark.parametrize("along_the_newest", [True, False], ids=["along the newest", "by the index"])
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("grease leak", {"Grease leak at the boom", "Leaking greaser"}),
        ("LEAK", {"Grease leak at the boom", "Leaking greaser", "No leak"}),
        ("leak unheard-of", set()),
        ("'); drop table x --", set()),
        ("& | ! :*", set()),
        ("", set(TEXTS)),
    ],
)
def test_both_ways_of_searching_find_the_same(tenant, monkeypatch, along_the_newest, text, found):
    monkeypatch.setattr(querysets, "walks", lambda words: along_the_newest)
    assert set(WorkOrder.objects.matching(text).values_list("title", flat=True)) == found


@pytest.mark.parametrize("along_the_newest", [True, False], ids=["along the newest", "by the index"])
def test_neither_way_finds_what_belongs_to_another_tenant(tenant, monkeypatch, along_the_newest):
    monkeypatch.setattr(querysets, "walks", lambda words: along_the_newest)
    other = make_tenant()
    with inside(other):
        assert list(WorkOrder.objects.matching("grease leak")) == []


def test_the_way_is_the_planners_choice_and_tells_nothing_else(tenant):
    assert querysets.walks(querysets.search_words("grease leak")) in (True, False)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_typeof(workorders_search_walks('x'))::text")
        assert cursor.fetchone() == ("boolean",)
