"""The event stream from the commit to the listener: order, resumption, and who may hear what."""

from __future__ import annotations

import json
import threading
import time

import pytest
from django.db import transaction
from django.utils import timezone

from tests.live.process import LiveServer, Stream
from tests.live.world import House, World
from workorders.models import WorkOrder


def wait_for(condition: object, seconds: float = 20.0) -> None:
    assert callable(condition)
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


@pytest.fixture
def pit(world: World) -> House:
    return world.pit


def test_an_event_arrives_with_ids_and_field_names_and_no_content(server: LiveServer, pit: House) -> None:
    work_order = pit.report()
    with Stream(server, pit.cookie(pit.member("manager"))) as stream:
        assert stream.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert (stream.headers["cache-control"], stream.headers["x-accel-buffering"]) == ("no-store", "no")
        pit.tell(work_order)
        event = stream.next()
        assert event["occurredAt"].endswith("Z")
        del event["occurredAt"]
        assert event == {
            "id": stream.last_id,
            "type": "work_order.updated",
            "objectType": "workorder",
            "objectId": str(work_order.pk),
            "workOrderId": str(work_order.pk),
            "assetId": None,
            "actor": str(pit.member("dispatcher").pk),
            "changed": ["title"],
        }


def test_an_act_is_heard_in_the_order_of_its_facts(server: LiveServer, pit: House) -> None:
    with Stream(server, pit.cookie(pit.member("viewer"))) as stream:
        technician = pit.member("technician").technician
        pit.report(assigned_to=technician)
        assert [event["type"] for event in stream.take_all(2)] == ["work_order.created", "work_order.assigned"]


def test_nothing_is_lost_when_an_older_writer_commits_last(server: LiveServer, pit: House) -> None:
    work_order = pit.report()
    with Stream(server, pit.cookie(pit.member("manager"))) as stream:
        older, younger = pit.writer(), pit.writer()
        try:
            pit.insert(older, work_order.pk, "work_order.started")
            pit.insert(younger, work_order.pk, "work_order.held")
            younger.commit()
            pit.wake()
            # It is committed, but may not be told before what an older transaction can still add in front of it.
            assert stream.silent(0.3)
            older.commit()
            # No second wake: the hub knows that something waits.
            assert [event["type"] for event in stream.take_all(2)] == ["work_order.started", "work_order.held"]
        finally:
            older.close()
            younger.close()
        assert stream.silent(0.2)


@pytest.mark.parametrize("way", ["header", "query"])
def test_resuming_leaves_no_gap_and_repeats_nothing(server: LiveServer, pit: House, way: str) -> None:
    work_order = pit.report()
    who = pit.cookie(pit.member("manager"))
    with Stream(server, who) as stream:
        pit.tell(work_order, number=3)
        heard = [event["id"] for event in stream.take_all(3)]
        place = heard[0]
    pit.tell(work_order, "work_order.held")
    resumed = (
        Stream(server, who, f"Last-Event-ID: {place}")
        if way == "header"
        else Stream(server, who, query=f"?after={place}")
    )
    with resumed as stream:
        pit.tell(work_order, "work_order.resumed")
        events = stream.take_all(4)
        assert [event["id"] for event in events[:2]] == heard[1:]
        assert [event["type"] for event in events[2:]] == ["work_order.held", "work_order.resumed"]
        assert stream.silent(0.2)


def test_a_stream_that_starts_at_the_latest_tells_nothing_old(server: LiveServer, pit: House) -> None:
    work_order = pit.report()
    with Stream(server, pit.cookie(pit.member("manager")), query="?after=latest") as stream:
        pit.tell(work_order, "work_order.held")
        assert stream.next()["type"] == "work_order.held"


def test_writers_that_commit_out_of_order_while_listeners_come_and_go(server: LiveServer, pit: House) -> None:
    work_order = pit.report()
    who = pit.cookie(pit.member("manager"))
    heard: list[str] = []
    with Stream(server, who) as stream:
        place = stream.last_id

    def write(pause: float) -> None:
        for _ in range(12):
            connection = pit.writer()
            pit.insert(connection, work_order.pk, "work_order.updated")
            time.sleep(pause)
            pit.insert(connection, work_order.pk, "work_order.updated")
            connection.commit()
            connection.close()
            pit.wake()

    writers = [threading.Thread(target=write, args=(pause,)) for pause in (0.003, 0.02, 0.05)]
    for writer in writers:
        writer.start()
    while len(heard) < 72:
        # Each listener leaves after a few events and the next one takes up its place.
        with Stream(server, who, f"Last-Event-ID: {place}") as stream:
            for _ in range(min(7, 72 - len(heard))):
                place = stream.next()["id"]
                heard.append(place)
    for writer in writers:
        writer.join()
    places = [tuple(map(int, place.split("-"))) for place in heard]
    assert places == sorted(set(places))
    with Stream(server, who, f"Last-Event-ID: {place}") as stream:
        assert stream.silent(0.3)


def test_a_burst_larger_than_the_queue_arrives_whole(server: LiveServer, pit: House) -> None:
    work_order = pit.report()
    with Stream(server, pit.cookie(pit.member("manager"))) as stream:
        pit.tell(work_order, number=2500)
        places = [event["id"] for event in stream.take_all(2500)]
        assert len(set(places)) == 2500
        assert places == sorted(places, key=lambda place: tuple(map(int, place.split("-"))))


def test_who_was_away_for_many_pages_misses_none(server: LiveServer, pit: House) -> None:
    work_order = pit.report()
    who = pit.cookie(pit.member("manager"))
    with Stream(server, who) as present:
        place = present.last_id
        pit.tell(work_order, number=1300)
        told = [event["id"] for event in present.take_all(1300)]
        with Stream(server, who, f"Last-Event-ID: {place}") as late:
            pit.tell(work_order, "work_order.held")
            told.append(present.next()["id"])
            assert [event["id"] for event in late.take_all(1301)] == told
            assert late.silent(0.1)


def test_each_event_is_told_only_to_who_may_see_its_work_order(server: LiveServer, pit: House) -> None:
    technician, other = pit.member("technician"), pit.member("technician", "technician2")
    requester = pit.member("requester")
    theirs = pit.report(assigned_to=technician.technician)
    asked = pit.report(requested_by=requester, assigned_to=other.technician)
    streams = {
        name: Stream(server, pit.cookie(pit.members[name]))
        for name in ("manager", "technician", "technician2", "requester", "storekeeper")
    }
    try:
        pit.tell(theirs)
        pit.tell(asked)
        pit.tell(theirs, "work_order.held")
        heard = {
            "manager": [theirs, asked, theirs],
            "technician": [theirs, theirs],
            "technician2": [asked],
            "requester": [asked],
            "storekeeper": [],
        }
        for name, orders in heard.items():
            assert [event["workOrderId"] for event in streams[name].take_all(len(orders))] == [
                str(o.pk) for o in orders
            ]
        assert all(stream.silent(0.1) for stream in streams.values())
    finally:
        for stream in streams.values():
            stream.close()


def test_sight_is_that_of_the_moment_and_holds_for_what_was_missed(server: LiveServer, pit: House) -> None:
    technician = pit.member("technician")
    who = pit.cookie(technician)
    hidden = pit.report(assigned_to=pit.member("technician", "technician2").technician)
    with Stream(server, who) as stream:
        place = stream.last_id
        pit.tell(hidden)
        assert stream.silent(0.3)
        with pit.inside(), transaction.atomic():
            WorkOrder.objects.filter(pk=hidden.pk).update(assigned_to=technician.technician)
        pit.tell(hidden, "work_order.assigned")
        assert stream.next()["type"] == "work_order.assigned"
    other = pit.report(assigned_to=pit.member("technician", "technician2").technician)
    with Stream(server, who, f"Last-Event-ID: {place}") as stream:
        assert {event["workOrderId"] for event in stream.take_all(2)} == {str(hidden.pk)}
        assert str(other.pk) != str(hidden.pk)
        assert stream.silent(0.2)


def test_a_stranger_hears_nothing_of_another_tenant(server: LiveServer, world: World) -> None:
    work_order = world.pit.report()
    stranger = world.campus.cookie(world.campus.member("admin"))
    with Stream(server, stranger) as stream, Stream(server, stranger, query="?after=0-0") as past:
        heard = [event["id"] for event in iter(lambda: None if past.silent(0.3) else past.next(), None)]
        world.pit.tell(work_order)
        world.pit.wake()
        assert stream.silent(0.4)
        assert past.silent(0.1)
        assert heard == []
    named = Stream(server, stranger, "X-Tenant: north-pit")
    assert (named.status, json.loads(named.body)["error"]) == (403, "Permission denied")


def test_a_key_hears_no_more_than_its_scopes(server: LiveServer, pit: House) -> None:
    work_order = pit.report(assigned_to=pit.member("technician").technician)
    wide, _ = pit.key(pit.member("manager"), ["workorder.view_all"])
    narrow, _ = pit.key(pit.member("manager"), ["asset.view"])
    with Stream(server, wide) as all_of_it, Stream(server, narrow) as nothing:
        pit.tell(work_order)
        assert all_of_it.next()["workOrderId"] == str(work_order.pk)
        assert nothing.silent(0.2)


@pytest.mark.parametrize(
    ("query", "heard"),
    [
        ("?workOrderId={a}", ["a.updated", "a.held"]),
        ("?workOrderId={a},{b}&type=work_order.held", ["a.held", "b.held"]),
        ("?type=work_order.held&type=work_order.closed", ["a.held", "b.held"]),
        ("?type=work_order.*", ["a.updated", "b.updated", "a.held", "b.held"]),
        ("?type=request.*", []),
        ("?assetId=019aa000-0000-7000-8000-000000000000", []),
    ],
)
def test_filters(server: LiveServer, pit: House, query: str, heard: list[str]) -> None:
    orders = {"a": pit.report(), "b": pit.report()}
    names = {str(order.pk): name for name, order in orders.items()}
    query = query.format(**{name: order.pk for name, order in orders.items()})
    with Stream(server, pit.cookie(pit.member("manager")), query=query) as stream:
        for kind in ("work_order.updated", "work_order.held"):
            for order in orders.values():
                pit.tell(order, kind)
        events = stream.take_all(len(heard))
        assert [f"{names[event['workOrderId']]}.{event['type'].split('.')[1]}" for event in events] == heard
        assert stream.silent(0.1)


@pytest.mark.parametrize(
    ("query", "details"),
    [
        ("?workorder=1", {"workorder": "Unknown parameter"}),
        ("?workOrderId=x&assetId=1", {"workOrderId": "Not an id", "assetId": "Not an id"}),
        ("?type=DROP", {"type": "An event type looks like work_order.started or work_order.*"}),
        ("?after=yesterday", {"after": "A cursor looks like 1234-5678"}),
        ("?after=99999999999999999999-1", {"after": "A cursor looks like 1234-5678"}),
        ("?a%0d%0ab=%00", {"a\r\nb": "Unknown parameter"}),
    ],
)
def test_a_question_that_makes_no_sense_is_400(server: LiveServer, pit: House, query: str, details: object) -> None:
    stream = Stream(server, pit.cookie(pit.member("manager")), query=query)
    assert (stream.status, json.loads(stream.body)) == (400, {"error": "Invalid query", "details": details})


@pytest.mark.parametrize(
    "header", ["Accept: */*", "Cookie: sessionid=guess", "Authorization: Bearer guess", "Authorization: x"]
)
def test_nobody_is_401(server: LiveServer, header: str) -> None:
    stream = Stream(server, header)
    assert (stream.status, json.loads(stream.body)) == (401, {"error": "Authentication required"})
    assert stream.headers["www-authenticate"] == "Bearer"


def test_other_methods_are_405_and_wrong_hosts_400(server: LiveServer) -> None:
    assert server.get("/api/v1/events/stream", "Host: evil.example")[0] == 400
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    connection.request("POST", "/api/v1/events/stream")
    response = connection.getresponse()
    assert (response.status, response.headers["Allow"]) == (405, "GET")


def test_the_ninth_stream_of_one_caller_is_429_until_one_ends(server: LiveServer, pit: House) -> None:
    who = pit.cookie(pit.member("admin"))
    again = pit.cookie(pit.member("admin"))
    streams = [Stream(server, who if index % 2 else again) for index in range(8)]
    try:
        refused = Stream(server, who)
        assert (refused.status, refused.headers["retry-after"]) == (429, "5")
        with Stream(server, pit.cookie(pit.member("viewer"))) as other:
            assert other.status == 200
        streams.pop().close()
        deadline = time.monotonic() + 3
        while (stream := Stream(server, who)).status == 429:
            assert time.monotonic() < deadline
        streams.append(stream)
    finally:
        for stream in streams:
            stream.close()


def test_a_right_that_was_taken_away_ends_the_stream(server: LiveServer, pit: House) -> None:
    member = pit.member("viewer", "leaver")
    header, key = pit.key(member, ["workorder.view_all"])
    work_order = pit.report()
    with Stream(server, pit.cookie(member)) as browser, Stream(server, header) as program:
        with pit.inside(), transaction.atomic():
            type(key).objects.filter(pk=key.pk).update(revoked_at=timezone.now())
        pit.tell(work_order, "api_key.revoked")
        assert program.ended.wait(15)
        assert program.events.empty()
        assert browser.next()["type"] == "api_key.revoked"
        with pit.inside(), transaction.atomic():
            type(member).objects.filter(pk=member.pk).update(is_active=False)
        pit.tell(work_order, "member.deactivated")
        assert browser.ended.wait(15)
        assert browser.comments[-1] == ": closing, access"
        # The very event that told of it was told after the check.
        assert browser.events.empty()


def test_a_stream_leaves_one_access_line_without_secrets(server: LiveServer, pit: House) -> None:
    header, _ = pit.key(pit.member("manager"), ["workorder.view_all"])
    secret = header.rpartition(" ")[2]
    with Stream(server, header, "X-Request-ID: stream-line-1234", query="?type=work_order.*"):
        pass
    wait_for(lambda: [line for line in server.lines("stream") if line["request_id"] == "stream-line-1234"])
    (line,) = [line for line in server.lines("stream") if line["request_id"] == "stream-line-1234"]
    assert (line["path"], line["status"], line["ended"]) == ("/api/v1/events/stream", 200, "gone")
    assert line["tenant"] == str(pit.tenant.pk)
    assert not any(secret in one for one in server.log)
