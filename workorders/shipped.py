"""The catalogue and the graph of transitions a new tenant starts with (domain rules, §2)."""

from __future__ import annotations

from tenancy.models import Tenant
from workorders.choices import Meaning
from workorders.models import Priority, Status, Transition, Type

PRIORITIES = [("critical", "Critical", "C"), ("high", "High", "H"), ("medium", "Medium", "M"), ("low", "Low", "L")]
TYPES = [
    ("corrective", "Corrective"),
    ("preventive", "Preventive"),
    ("emergency", "Emergency"),
    ("inspection", "Inspection"),
    ("calibration", "Calibration"),
    ("modification", "Modification"),
]
# from, to, whether a reason is asked for
EDGES: list[tuple[str, str, bool]] = [
    (Meaning.OPEN, Meaning.ASSIGNED, False),
    (Meaning.OPEN, Meaning.IN_PROGRESS, False),
    (Meaning.OPEN, Meaning.CANCELLED, True),
    (Meaning.ASSIGNED, Meaning.OPEN, False),
    (Meaning.ASSIGNED, Meaning.IN_PROGRESS, False),
    (Meaning.ASSIGNED, Meaning.ON_HOLD, False),
    (Meaning.ASSIGNED, Meaning.CANCELLED, True),
    (Meaning.IN_PROGRESS, Meaning.ON_HOLD, False),
    (Meaning.IN_PROGRESS, Meaning.COMPLETED, False),
    (Meaning.IN_PROGRESS, Meaning.CANCELLED, True),
    (Meaning.ON_HOLD, Meaning.IN_PROGRESS, False),
    (Meaning.ON_HOLD, Meaning.CANCELLED, True),
    (Meaning.COMPLETED, Meaning.CLOSED, False),
    (Meaning.COMPLETED, Meaning.IN_PROGRESS, True),
    (Meaning.CANCELLED, Meaning.OPEN, False),
]


def install(tenant: Tenant) -> None:
    """Statuses, transitions, priorities and types for a tenant that has none."""
    statuses = {
        meaning.value: Status(
            tenant=tenant,
            key=meaning.value,
            name=meaning.label,
            meaning=meaning.value,
            position=position,
            is_default=True,
        )
        for position, meaning in enumerate(Meaning, start=1)
    }
    Status.objects.bulk_create(statuses.values())
    Transition.objects.bulk_create(
        Transition(tenant=tenant, from_status=statuses[start], to_status=statuses[end], requires_reason=reason)
        for start, end, reason in EDGES
    )
    Priority.objects.bulk_create(
        Priority(
            tenant=tenant,
            key=key,
            name=name,
            letter=letter,
            rank=rank,
            position=rank,
            tone=key,
            is_default=key == "medium",
        )
        for rank, (key, name, letter) in enumerate(PRIORITIES, start=1)
    )
    Type.objects.bulk_create(
        Type(tenant=tenant, key=key, name=name, position=position, is_default=key == "corrective")
        for position, (key, name) in enumerate(TYPES, start=1)
    )
