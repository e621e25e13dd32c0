"""The rows the document speaks of, made for real: the same names, the same days, ids of our own in place of the printed ones."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import Any

from PIL import Image

from tests import factories
from tests.api.conftest import Caller, caller
from workorders.models import FailureCode

# Days on which the printed requests make sense: what they schedule lies ahead, what they complete lies behind.
REPORTED = "2024-10-01T09:00:00Z"
WORKING = "2024-10-05T08:15:00Z"
LATER = "2024-10-05T12:35:00Z"
CREATING = "2024-10-15T10:30:00Z"


@dataclass
class Story:
    """`ids`: printed id → ours. `boss` may everything."""

    boss: Caller
    ids: dict[str, str] = field(default_factory=dict)

    def real(self, printed: Any) -> Any:
        """A printed value, path or body with our ids in it."""
        if isinstance(printed, dict):
            return {name: self.real(value) for name, value in printed.items()}
        if isinstance(printed, list):
            return [self.real(value) for value in printed]
        return self.ids.get(printed, printed) if isinstance(printed, str) else printed


def begin(tenant: Any) -> Story:
    """People, places, machines, parts and codes."""
    boss = caller(factories.make_member(tenant, "admin", name="Ada Boss"))
    first = factories.make_technician(tenant, name="John Smith")
    second = factories.make_technician(tenant, name="Jane Doe")
    asker = factories.make_member(tenant, "manager", name="Mike Johnson")
    site = factories.make_location(tenant, name="main-facility", kind="site")
    floor = factories.make_location(tenant, name="production-floor", kind="zone", parent=site)
    pump = factories.make_asset(tenant, name="Pump A1", tag="PA1", location=floor)
    motor = factories.make_asset(tenant, name="Motor B2", tag="MB2", location=floor)
    with factories.inside(tenant):
        for code in ("fc-001", "fc-002"):
            FailureCode.objects.create(tenant=tenant, kind="problem", code=code, name=f"Failure {code}")
    connector = factories.make_part(tenant, name="Electrical Connector", unit_cost=12)
    bearing = factories.make_part(tenant, name="Bearing SKF 6204", unit_cost=75)
    seal = factories.make_part(tenant, name="Seal", unit_cost="25.50")
    ids = {
        "tenant-123": tenant, "tech-001": first, "tech-002": second, "user-001": asker, "user-002": asker,
        "asset-123": pump, "asset-456": motor, "part-001": connector, "part-003": seal, "bearing": bearing,
    }  # fmt: skip
    return Story(boss, {name: str(row.pk) for name, row in ids.items()})


def photo() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (640, 480), "#7a6a58").save(made, "JPEG")
    return made.getvalue()


def multipart(name: str, content: bytes) -> tuple[bytes, str]:
    """A form with one file, as `curl -F file=@name` sends it."""
    edge = "contract-boundary"
    head = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: image/jpeg\r\n\r\n'
    return head.encode() + content + f"\r\n--{edge}--\r\n".encode(), f"multipart/form-data; boundary={edge}"


def report(story: Story) -> str:
    """The printed `wo-001` as it is in the morning of the 1st of October."""
    answer = story.boss.post(
        "work-orders",
        story.real(
            {
                "title": "Pump A1 Bearing Replacement",
                "description": "Replace worn bearing in centrifugal pump A1",
                "assetId": "asset-123", "priority": "high", "type": "corrective", "assignedTo": "tech-001",
                "requestedBy": "user-001", "scheduledDate": "2024-10-05T08:00:00Z", "estimatedDuration": 4,
                "failureCode": "fc-001", "safetyRequirements": ["ppe", "lockout_tagout"],
                "tasks": [{"description": "Safety lockout and isolation", "estimatedTime": 30, "order": 1}],
                "requiredParts": [{"partId": "bearing", "quantity": 1}],
            }
        ),
    )  # fmt: skip
    assert answer.status_code == 201, answer.content
    shape = answer.json()
    story.ids |= {"wo-001": shape["id"], "task-001": shape["tasks"][0]["id"], "line-001": shape["parts"][0]["id"]}
    return str(shape["id"])


def work(story: Story) -> None:
    """What was done on it in the morning of the 5th."""
    here = f"work-orders/{story.ids['wo-001']}"
    body, kind = multipart("worn_bearing.jpg", photo())
    for method, path, sent in (
        ("PUT", here, {"status": "in_progress", "actualDuration": 2.5}),
        ("PUT", f"{here}/tasks/{story.ids['task-001']}", {"status": "completed", "actualTime": 25}),
        ("PUT", f"{here}/parts/{story.ids['line-001']}", {"status": "used"}),
        ("POST", f"{here}/notes", {"text": "Bearing was severely worn, likely due to inadequate lubrication"}),
    ):
        answer = story.boss(method, path, sent)
        assert answer.status_code in (200, 201), (path, answer.content)
    answer = story.boss("POST", f"{here}/media", body, Content_Type=kind)
    assert answer.status_code == 201, answer.content
    story.ids["media-001"] = answer.json()["id"]
