"""What happens to a stream when nothing happens: it beats, it asks again for its right, and it ends after its hour."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from django.contrib.sessions.backends.db import SessionStore

from tests.live.process import LiveServer, Stream
from tests.live.world import World


@pytest.fixture(scope="module")
def quick(world: World) -> Iterator[LiveServer]:
    server = LiveServer(app="tests.live.quick_app:application")
    yield server
    server.stop()


def test_a_quiet_stream_beats_and_keeps_its_place(quick: LiveServer, world: World) -> None:
    pit = world.pit
    hidden = pit.report(assigned_to=pit.member("technician", "technician2").technician)
    with Stream(quick, pit.cookie(pit.member("storekeeper"))) as stream:
        place = stream.last_id
        pit.tell(hidden)
        deadline = time.monotonic() + 15
        while stream.last_id == place or len(stream.comments) < 2:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        # Nothing could be told, yet the place moved on: who comes back need not pass over it again.
        assert stream.comments[:2] == [": beat", ": beat"]
        assert stream.events.empty()


def test_a_session_that_ends_takes_its_streams_along(quick: LiveServer, world: World) -> None:
    pit = world.pit
    leaving, staying = pit.cookie(pit.member("manager")), pit.cookie(pit.member("manager"))
    with Stream(quick, leaving) as ended, Stream(quick, staying) as kept:
        SessionStore(leaving.rpartition("=")[2]).delete()
        assert ended.ended.wait(5)
        assert ended.comments[-1] == ": closing, access"
        assert not kept.ended.is_set()
    assert Stream(quick, leaving).status == 401


def test_a_session_of_yesterday_opens_nothing(quick: LiveServer, world: World) -> None:
    cookie = world.pit.cookie(world.pit.member("manager"))
    session = SessionStore(cookie.rpartition("=")[2])
    session["begun_at"] = int(time.time()) - 13 * 3600
    session.save()
    assert Stream(quick, cookie).status == 401


def test_a_stream_ends_after_its_time_and_goes_on_from_its_place(quick: LiveServer, world: World) -> None:
    pit = world.pit
    work_order = pit.report()
    who = pit.cookie(pit.member("manager"))
    with Stream(quick, who) as stream:
        assert stream.ended.wait(15)
        assert stream.comments[-1] == ": closing, lifetime"
        pit.tell(work_order, "work_order.held")
        with Stream(quick, who, f"Last-Event-ID: {stream.last_id}") as next_one:
            assert next_one.next()["type"] == "work_order.held"
