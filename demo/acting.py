"""Carry out the plan of these days through the acts people use, each at its moment and by the person whose act it is."""

from __future__ import annotations

import datetime as dt
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from assets.models import Asset, Location
from core import context
from demo.loading import Report
from demo.open_work import CANCELLED_BECAUSE, DONE, HOLDS, Job
from labor.models import Crew, Technician
from tenancy.models import Member, Tenant
from workorders import actions
from workorders.choices import CodeKind, Meaning
from workorders.models import FailureCode, Priority, Type, WorkOrder

# Problem, cause and remedy beside each text of `DONE`.
FOUND = (
    ("ELU", "1.1", "REPLACE"), ("VIB", "1.5", "TIGHTEN"), ("BRD", "2.4", "REPLACE"), ("PDE", "3.4", "ADJUST"),
    ("STD", "2.5", "TEMPORARY"),
)  # fmt: skip
STEPS = (Meaning.ASSIGNED, Meaning.IN_PROGRESS, Meaning.COMPLETED, Meaning.CLOSED)


@dataclass(frozen=True, slots=True)
class Cast:
    """Who acts in a tenant, and the words of its catalogue."""

    tenant: Tenant
    manager: Member
    dispatcher: Member
    requester: Member
    technicians: list[Technician]
    crews: list[Crew]
    priorities: dict[str, Priority]
    types: dict[str, Type]
    codes: dict[tuple[str, str], FailureCode]

    @classmethod
    def of(cls, tenant: Tenant) -> Cast:
        def with_role(key: str) -> Member:
            return Member.objects.select_related("role", "tenant").get(tenant=tenant, role__key=key)

        return cls(
            tenant=tenant,
            manager=with_role("manager"),
            dispatcher=with_role("dispatcher"),
            requester=with_role("requester"),
            technicians=list(
                Technician.objects.filter(tenant=tenant)
                .select_related("member", "member__role", "member__tenant")
                .order_by("employee_number")
            ),
            crews=list(Crew.objects.filter(tenant=tenant).order_by("name")),
            priorities={row.key: row for row in Priority.objects.filter(tenant=tenant)},
            types={row.key: row for row in Type.objects.filter(tenant=tenant)},
            codes={(row.kind, row.code): row for row in FailureCode.objects.filter(tenant=tenant)},
        )


def carry_out(jobs: list[Job], cast: Cast, now: dt.datetime, report: Report) -> None:
    """Jobs the tenant has already are left as they are, however old they have become since."""
    keys = [job.key for job in jobs]
    there = set(
        WorkOrder.objects.filter(tenant=cast.tenant, external_id__in=keys).values_list("external_id", flat=True)
    )
    assets: dict[Any, Any] = Asset.objects.select_related("location", "department").in_bulk(
        [job.subject.asset_id for job in jobs if job.subject.asset_id]
    )
    places: dict[Any, Any] = Location.objects.in_bulk(
        [job.subject.location_id for job in jobs if job.subject.location_id]
    )
    for job in jobs:
        if job.key in there:
            report.unchanged["work orders of these days"] += 1
            continue
        _play(job, cast, now, assets, places)
        report.created["work orders of these days"] += 1


def _play(job: Job, cast: Cast, now: dt.datetime, assets: dict[Any, Any], places: dict[Any, Any]) -> None:
    lead = cast.technicians[job.turn % len(cast.technicians)]
    with as_person(cast.dispatcher):
        order = actions.report(
            by=cast.dispatcher,
            title=job.subject.title,
            description=job.subject.description,
            asset=assets.get(job.subject.asset_id),
            location=places.get(job.subject.location_id),
            type=cast.types[job.subject.type],
            priority=cast.priorities[job.priority],
            due_at=job.due_at,
            estimated_minutes=job.estimated_minutes,
            requested_by=cast.requester if job.by_requester else None,
            external_id=job.key,
            at=job.reported_at,
        )
    for step, meaning in enumerate(_path(job.ends), start=1):
        at = job.moment(step / (len(_path(job.ends)) + 1), now)
        _step(order, meaning, job, cast, lead, at)
    _talk(order, job, cast, lead, now)


def _path(ends: Meaning) -> tuple[Meaning, ...]:
    if ends == Meaning.OPEN:
        return ()
    if ends == Meaning.CANCELLED:
        return (Meaning.CANCELLED,)
    if ends == Meaning.ON_HOLD:
        return (Meaning.ASSIGNED, Meaning.IN_PROGRESS, Meaning.ON_HOLD)
    return STEPS[: STEPS.index(ends) + 1]


def _step(order: WorkOrder, meaning: Meaning, job: Job, cast: Cast, lead: Technician, at: dt.datetime) -> None:
    if meaning == Meaning.ASSIGNED:
        other = cast.technicians[(job.turn + 1) % len(cast.technicians)]
        # Every fifth job goes to a crew as well, every seventh has a helper.
        crew = cast.crews[job.turn % len(cast.crews)] if job.turn % 5 == 0 else None
        helpers = [other] if job.turn % 7 == 3 else []
        with as_person(cast.dispatcher):
            actions.assign(order, by=cast.dispatcher, to=lead, crew=crew, helpers=helpers, at=at)
    elif meaning == Meaning.IN_PROGRESS:
        with as_person(lead.member):
            actions.start(order, by=lead.member, at=at)
    elif meaning == Meaning.ON_HOLD:
        reason, note = HOLDS[job.turn % len(HOLDS)]
        with as_person(lead.member):
            actions.hold(order, by=lead.member, reason=reason, note=note, at=at)
    elif meaning == Meaning.COMPLETED:
        with as_person(lead.member):
            actions.complete(
                order,
                by=lead.member,
                resolution=DONE[job.turn % len(DONE)],
                **found_of(job, cast),
                actual_minutes=15 * (2 + job.turn % 10),
                at=at,
            )
    elif meaning == Meaning.CLOSED:
        with as_person(cast.manager):
            actions.verify(order, by=cast.manager, at=at)
    elif meaning == Meaning.CANCELLED:
        with as_person(cast.manager):
            actions.cancel(order, by=cast.manager, reason=CANCELLED_BECAUSE[job.turn % 3], at=at)


def found_of(job: Job, cast: Cast) -> dict[str, Any]:
    """What a repair found, in codes that go with the words of `DONE`; a service finds no failure."""
    if job.subject.type not in ("corrective", "emergency"):
        return {}
    codes = zip(CodeKind.values, FOUND[job.turn % len(DONE)], strict=True)
    return {kind: cast.codes.get((kind, code)) for kind, code in codes}


def _talk(order: WorkOrder, job: Job, cast: Cast, lead: Technician, now: dt.datetime) -> None:
    """Comments between the report and now; the requester hears of what the dispatcher writes to them."""
    shares = [0.15, 0.45, 0.75]
    for (start, end), text in zip(pairwise(shares), job.comments, strict=False):
        author = lead.member if job.ends not in (Meaning.OPEN, Meaning.CANCELLED) else cast.dispatcher
        with as_person(author):
            actions.comment(
                order, by=author, text=text, for_requester=job.by_requester, at=job.moment((start + end) / 2, now)
            )


def as_person(member: Member) -> AbstractContextManager[context.Context]:
    """The audit trail names them as if they had signed in."""
    return context.use(actor_id=member.pk, user_id=member.user_id, source="demo")
