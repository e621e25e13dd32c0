import datetime
import time

import pytest
from django.db import connection


@pytest.mark.django_db
def test_instants_are_read_in_utc_whatever_zone_they_were_written_in():
    perth = datetime.timezone(datetime.timedelta(hours=8))
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::timestamptz", [datetime.datetime(2026, 1, 1, 7, 30, tzinfo=perth)])
        assert cursor.fetchone() == (datetime.datetime(2025, 12, 31, 23, 30, tzinfo=datetime.UTC),)


@pytest.mark.django_db(transaction=True)
def test_a_kept_connection_whose_server_went_away_is_seen_without_a_query():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    assert connection.is_usable()
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
    other.close()
    deadline = time.monotonic() + 5
    while connection.is_usable() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not connection.is_usable()
    connection.close()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        assert cursor.fetchone() != (pid,)
