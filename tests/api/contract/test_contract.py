"""Every request the document prints, sent as printed, is answered with the documented status, names, types and shape."""

from __future__ import annotations

import re
from typing import Any

import pytest
import time_machine

from tests.api.contract import document, story
from tests.api.contract.story import Story, begin
from workorders.choices import Meaning

PRINTED = document.printed()
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
ID = re.compile(r"(wo|task|part|note|media|tech|user|asset|tenant)-\d+")
# What the document prints of one moment or of other prices than ours; the names and types are compared all the same.
OF_THE_MOMENT = {
    "workOrderNumber", "updatedAt", "status", "size", "url", "thumbnailUrl", "uploadUrl", "expiresAt", "progress",
    "actualDuration", "labor", "materials", "overhead", "total", "uploadedAt", "completedAt", "deletedAt", "filename",
    "createdAt", "uploadedBy", "author", "authorName", "completedBy", "unitCost", "totalCost", "partName", "requestedBy",
}  # fmt: skip


def differences(answer: Any, printed: Any, told: Story, path: str = "") -> list[str]:
    """Where an answer lacks a printed name, has another type, or another value of what the request decides."""
    if isinstance(printed, dict):
        if not isinstance(answer, dict):
            return [f"{path}: {type(answer).__name__} instead of an object"]
        found = [f"{path}.{name}: missing" for name in printed if name not in answer]
        for name in printed.keys() & answer.keys():
            found += differences(answer[name], printed[name], told, f"{path}.{name}")
        return found
    if isinstance(printed, list):
        if not isinstance(answer, list) or (printed and not answer):
            return [f"{path}: {answer!r} instead of a list with items"]
        return [line for item in answer for line in differences(item, printed[0], told, f"{path}[]")] if printed else []
    if printed is None:
        return []
    if isinstance(printed, bool) or isinstance(answer, bool):
        return [] if answer is printed else [f"{path}: {answer!r} instead of {printed!r}"]
    if isinstance(printed, int | float):
        if not isinstance(answer, int | float):
            return [f"{path}: {answer!r} is no number"]
    elif not isinstance(answer, str):
        return [f"{path}: {answer!r} is no string"]
    elif INSTANT.fullmatch(printed) and not INSTANT.fullmatch(answer):
        return [f"{path}: {answer!r} is no instant"]
    name = path.rpartition(".")[2]
    wanted = told.real(printed)
    if (
        name in OF_THE_MOMENT
        or "[]" in path
        or (isinstance(printed, str) and ID.fullmatch(printed) and wanted == printed)
    ):
        return []
    return [] if answer == wanted else [f"{path}: {answer!r} instead of {wanted!r}"]


def operation(method: str, path: str) -> dict[str, Any]:
    return next(one for one in PRINTED["operations"] if (one["method"], one["path"]) == (method, path))


@pytest.fixture
def told(north: Any) -> Story:
    return begin(north)


@pytest.fixture
def at_work(told: Story) -> Story:
    """`wo-001` in progress with all that was booked on it."""
    with time_machine.travel(story.REPORTED, tick=False):
        story.report(told)
    with time_machine.travel(story.WORKING, tick=False):
        story.work(told)
    return told


def send(told: Story, method: str, path: str) -> Any:
    """The printed request, its ids replaced by real ones."""
    printed = operation(method, path)
    names = {"workOrderId": "wo-001", "taskId": "task-001", "partId": "line-001", "mediaId": "media-001"}
    address = re.sub(r"{(\w+)}", lambda found: told.ids[names[found[1]]], path).lstrip("/")
    if printed.get("multipart"):
        body, kind = story.multipart(printed["answer"]["filename"], story.photo())
        return told.boss(method, address, body, Content_Type=kind)
    return told.boss(method, address, told.real(printed.get("body")))


def test_the_kept_reading_is_that_of_the_document() -> None:
    """Where the document is at hand; elsewhere its last reading stands for it."""
    text = document.DOCUMENT.read_text() if document.DOCUMENT.exists() else None
    assert text is None or document.read(text) == PRINTED
    assert len(PRINTED["operations"]) == 16
    assert len(PRINTED["endpoints"]) == 19


@pytest.mark.parametrize(
    "printed",
    [one for one in PRINTED["operations"] if (one["method"], one["path"]) != ("POST", "/work-orders")],
    ids=lambda one: f"{one['method']} {one['path']}",
)
def test_a_printed_request_is_answered_as_printed(at_work: Story, printed: dict[str, Any]) -> None:
    if printed["method"] == "DELETE":
        with time_machine.travel(story.REPORTED, tick=False):
            story.report(at_work)  # one on which no work was booked
    with time_machine.travel(story.LATER, tick=False):
        answer = send(at_work, printed["method"], printed["path"])
    created = printed["method"] == "POST"
    assert answer.status_code == (201 if created else 200), answer.content
    shape = answer.json()
    if "answer" in printed:
        assert differences(shape, printed["answer"], at_work) == []


def test_create_is_answered_as_printed(told: Story) -> None:
    with time_machine.travel(story.CREATING, tick=False):
        answer = send(told, "POST", "/work-orders")
    assert answer.status_code == 201, answer.content
    shape, printed = answer.json(), operation("POST", "/work-orders")["answer"]
    assert differences(shape, printed, told) == []
    assert [task["order"] for task in shape["tasks"]] == [1, 2]
    assert [task["description"] for task in shape["tasks"]] == [task["description"] for task in printed["tasks"]]
    assert [task["estimatedTime"] for task in shape["tasks"]] == [30, 60]
    assert [task["status"] for task in shape["tasks"]] == ["pending", "pending"]
    part = shape["requiredParts"][0]
    assert (part["partId"], part["partName"], part["quantity"], part["status"]) == (
        told.ids["part-001"], "Electrical Connector", 2, "requested",
    )  # fmt: skip
    assert shape["progress"] == 0
    assert shape["createdAt"] == printed["createdAt"]
    assert shape["workOrderNumber"].startswith("WO-2024-")


def test_lists_of_tasks_and_parts_have_the_shape_of_the_single_resource(at_work: Story) -> None:
    """The document prints no answer for these two; they answer like the lists of notes and media."""
    full = operation("GET", "/work-orders/{workOrderId}")["answer"]
    for name in ("tasks", "parts"):
        shape = send(at_work, "GET", f"/work-orders/{{workOrderId}}/{name}").json()
        assert differences(shape, {name: full[name]}, at_work) == []


def test_the_printed_update_completes_the_work(at_work: Story) -> None:
    with time_machine.travel(story.LATER, tick=False):
        answer = send(at_work, "PUT", "/work-orders/{workOrderId}").json()
    assert (answer["status"], answer["completionDate"], answer["actualDuration"], answer["progress"]) == (
        "completed", "2024-10-05T12:30:00Z", 4.5, 100,
    )  # fmt: skip
    assert answer["notes"][-1]["text"] == "Work completed successfully. Equipment tested and operational."


def test_the_printed_updates_of_task_and_part(at_work: Story) -> None:
    task = send(at_work, "PUT", "/work-orders/{workOrderId}/tasks/{taskId}").json()
    assert (task["status"], task["actualTime"], task["notes"]) == (
        "completed", 40, "System test passed. All parameters within normal range.",
    )  # fmt: skip
    part = send(at_work, "PUT", "/work-orders/{workOrderId}/parts/{partId}").json()
    assert (part["quantity"], part["status"], part["totalCost"]) == (2, "used", 51)


def test_every_endpoint_of_the_tables_is_there(at_work: Story) -> None:
    """Also those without a printed request: DELETE of a task, a part and a medium."""
    printed = {(one["method"], one["path"]) for one in PRINTED["operations"]}
    for method, path in PRINTED["endpoints"]:
        if (method, path) in printed:
            continue
        assert method == "DELETE", path
        with time_machine.travel(story.REPORTED, tick=False):
            here = f"work-orders/{story.report(at_work)}"
            if path.endswith("{mediaId}"):
                body, kind = story.multipart("a.jpg", story.photo())
                made = at_work.boss("POST", f"{here}/media", body, Content_Type=kind).json()["id"]
                answer = at_work.boss.delete(f"{here}/media/{made}")
            else:
                noun, name = ("tasks", "task-001") if path.endswith("{taskId}") else ("parts", "line-001")
                answer = at_work.boss.delete(f"{here}/{noun}/{at_work.ids[name]}")
        assert answer.status_code == 200, (path, answer.content)
        assert set(answer.json()) == {"message", "deletedAt"}


def test_every_printed_parameter_filters(at_work: Story) -> None:
    for name in operation("GET", "/work-orders")["parameters"]:
        match, other = {
            "limit": ("1", None), "offset": ("0", "1"), "search": ("bearing", "gearbox"), "status": ("in_progress", "open"),
            "priority": ("high", "low"), "assetId": (at_work.ids["asset-123"], at_work.ids["asset-456"]),
            "assignedTo": (at_work.ids["tech-001"], at_work.ids["tech-002"]),
            "createdAfter": ("2024-09-30T00:00:00Z", "2024-10-02T00:00:00Z"),
            "createdBefore": ("2024-10-02T00:00:00Z", "2024-09-30T00:00:00Z"),
        }[name]  # fmt: skip
        found = at_work.boss.get(f"work-orders?{name}={match}").json()
        assert [item["id"] for item in found] == [at_work.ids["wo-001"]], name
        if other is not None:
            assert at_work.boss.get(f"work-orders?{name}={other}").json() == [], name


def test_the_printed_curl(at_work: Story) -> None:
    address = operation("GET", "/work-orders")["curl"].lstrip("/")
    answer = at_work.boss.get(address)
    assert [item["id"] for item in answer.json()] == [at_work.ids["wo-001"]]


def test_the_values_are_those_printed(at_work: Story) -> None:
    values = PRINTED["values"]
    assert list(Meaning.values) == values["Work Order Status Values"]
    keys = {
        name: {item["key"] for item in at_work.boss.get(name).json()} for name in ("statuses", "priorities", "types")
    }
    assert keys["statuses"] == set(values["Work Order Status Values"])
    assert keys["priorities"] == set(values["Priority Levels"])
    assert keys["types"] == set(values["Work Order Types"])


def test_the_printed_errors(at_work: Story) -> None:
    errors = PRINTED["errors"]
    bad = {"title": "x", "scheduledDate": "2020-01-01T00:00:00Z", "assignedTo": "tech-999"}
    answer = at_work.boss.post("work-orders", bad)
    assert (answer.status_code, answer.json()) == (400, errors["400"])
    answer = at_work.boss.get("work-orders/wo-001")
    assert (answer.status_code, answer.json()) == (404, errors["404"])
    answer = at_work.boss.delete(f"work-orders/{at_work.ids['wo-001']}")
    assert answer.status_code == 409
    assert {name: answer.json()[name] for name in errors["409"]} == errors["409"]


def test_differences_are_seen() -> None:
    """The comparison itself can fail: a missing name, another type, another value, an empty list."""
    told = Story(None)
    printed = {"title": "a", "estimatedDuration": 4, "site": "s", "tasks": [{"id": "task-001", "order": 1}]}
    answer = {"title": "b", "estimatedDuration": "4", "tasks": []}
    assert sorted(differences(answer, printed, told)) == [
        ".estimatedDuration: '4' is no number",
        ".site: missing",
        ".tasks: [] instead of a list with items",
        ".title: 'b' instead of 'a'",
    ]
    assert differences({"tasks": [{"id": "x"}]}, {"tasks": printed["tasks"]}, told) == [".tasks[].order: missing"]
