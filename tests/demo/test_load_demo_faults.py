from threading import Thread

import pytest
from django.db import connection
from django.utils import timezone

from demo import load
from tests.demo.conftest import table_hashes


@pytest.mark.django_db(transaction=True)
def test_a_load_that_breaks_off_leaves_nothing_behind(monkeypatch):
    before = table_hashes()

    def lightning(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(load, "carry_out", lightning)
    with pytest.raises(KeyboardInterrupt):
        load.load_west_campus(timezone.now())
    assert table_hashes() == before


@pytest.mark.django_db(transaction=True)
def test_two_loads_at_once_load_once():
    reports = []

    def run():
        try:
            reports.append(load.load_west_campus(timezone.now()))
        finally:
            connection.close()

    threads = [Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(report.created["assets"] for report in reports) == [0, 397]
    assert sorted(report.created["work orders of these days"] for report in reports) == [0, 80]
