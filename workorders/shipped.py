"""The catalogue and the graph of transitions a new tenant starts with (domain rules, §2)."""

from __future__ import annotations

from assets.models import Category
from tenancy.models import Tenant
from workorders.choices import Meaning
from workorders.library.failure_codes import class_of, shipped
from workorders.models import FailureCode, FailureCodeClass, Priority, Status, Transition, Type

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
    """Statuses, transitions, priorities, types and failure codes for a tenant that has none."""
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
    ship_codes(tenant)


def ship_codes(tenant: Tenant) -> list[FailureCode]:
    """Add the shipped codes that a tenant does not have, and give its categories of known classes their codes.

    A code that has no name but itself (it was once typed as a text) is given the shipped name.
    """
    there = {(row.kind, row.code.upper()): row for row in FailureCode.objects.filter(tenant=tenant)}
    made, named = [], []
    for one in shipped():
        row = there.get((one.kind, one.code.upper()))
        if row is None:
            row = FailureCode(
                tenant=tenant, kind=one.kind, code=one.code, name=one.name, description=one.description,
                position=one.position,
            )  # fmt: skip
            made.append(row)
            there[one.kind, one.code.upper()] = row
        elif row.name.upper() == row.code.upper():
            row.name, row.description, row.position = one.name, one.description, one.position
            row.version += 1
            named.append(row)
    FailureCode.objects.bulk_create(made)
    FailureCode.objects.bulk_update(named, ["name", "description", "position", "version"])
    links = [
        FailureCodeClass(tenant=tenant, failure_code=there[one.kind, one.code.upper()], category=category)
        for category in Category.objects.filter(tenant=tenant)
        if (known := class_of(category.name))
        for one in shipped()
        if known in one.classes
    ]
    FailureCodeClass.objects.bulk_create(links, ignore_conflicts=True)
    return made
