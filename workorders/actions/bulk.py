"""One act on many work orders: the same rules, rows, log lines and events as one at a time, in few statements.

Rows are locked in the order of their ids, a hundred at a time, so that two such acts never wait for each other in a
circle. Each hundred takes a constant number of statements (`actions.batch`); where an act cannot wait, or the database
refuses one of the rows, that hundred is done again row by row.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import DataError, IntegrityError, transaction
from django.db.models import QuerySet, prefetch_related_objects
from django.utils import timezone

from core.errors import Conflict, DomainError, Invalid, NotFound
from core.translation import database_refusal
from labor.models import Crew, Technician
from tenancy.models import Department, Member
from tenancy.permissions import may, require
from workorders import catalogue, peers
from workorders.actions import batch, conversation, reporting, working
from workorders.choices import HoldReason, Meaning
from workorders.models import BulkRun, Status, WorkOrder

SLICE = 100
# What a page does in one go, and what the API takes in one request.
MOST, MOST_BY_API = 5000, 1000
DONE, REFUSED, MISSING = "done", "refused", "not_found"
Act = Callable[[WorkOrder], Any]


@dataclass(slots=True)
class Outcome:
    """How it went for one id. `row` as it is after the act, unless it was not found; `error` why it was refused."""

    id: UUID
    row: WorkOrder | None = None
    error: DomainError | None = None
    before: dict[str, Any] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        return REFUSED if self.error and self.row else MISSING if self.error else DONE


class NothingDone(Conflict):
    """All or nothing was asked for, and some could not be done."""

    code = "nothing_done"
    headline = "Nothing was changed"

    def __init__(self, outcomes: Sequence[Outcome]) -> None:
        self.outcomes = list(outcomes)
        wrong = sum(1 for one in outcomes if one.error)
        super().__init__(f"{wrong} of {len(outcomes)} could not be done, so none was.")


# --- The engine -------------------------------------------------------------------------------------------------------
def each(ids: Sequence[UUID], act: Act, *, by: Member | None, before: Act | None = None) -> list[Outcome]:
    """Run `act` on every work order that `by` sees, locked; an outcome for each id, in the order given.

    `before` says what is worth remembering of a row before it is changed. To be called inside a transaction.
    """
    found: dict[UUID, Outcome] = {}
    ordered = sorted(set(ids))
    if by is not None:
        # Whoever has a clock is locked before any work order, here as everywhere.
        list(Technician.objects.select_for_update(of=("self",), no_key=True).filter(pk=by.pk).values_list("pk"))
    for start in range(0, len(ordered), SLICE):
        part = ordered[start : start + SLICE]
        try:
            with transaction.atomic():
                found |= together(part, act, by, before)
        except (batch.HalfDoneError, IntegrityError, DataError):
            with transaction.atomic():
                found |= one_by_one(part, act, by, before)
    return [found[pk] for pk in ids]


def together(ids: Sequence[UUID], act: Act, by: Member | None, before: Act | None) -> dict[UUID, Outcome]:
    rows = locked(ids, by)
    outcomes = {pk: Outcome(pk, rows.get(pk)) for pk in ids}
    with batch.opened(rows) as waiting:
        for outcome in outcomes.values():
            if outcome.row is None:
                outcome.error = unknown(outcome.id)
                continue
            mark = waiting.mark()
            outcome.before = (before(outcome.row) or {}) if before else {}
            with batch.watched() as written:
                try:
                    outcome.row = changed(act(outcome.row), outcome.row)
                except DomainError as error:
                    if written:
                        raise batch.HalfDoneError from error
                    # Inside a flat transaction a refusal marks it as broken; nothing was sent, so it is not.
                    transaction.set_rollback(False)
                    waiting.forget(outcome.id, mark)
                    outcome.error = error
    return outcomes


def one_by_one(ids: Sequence[UUID], act: Act, by: Member | None, before: Act | None) -> dict[UUID, Outcome]:
    rows = locked(ids, by)
    outcomes = {pk: Outcome(pk, rows.get(pk)) for pk in ids}
    for outcome in outcomes.values():
        if outcome.row is None:
            outcome.error = unknown(outcome.id)
            continue
        outcome.before = (before(outcome.row) or {}) if before else {}
        try:
            with transaction.atomic():
                outcome.row = changed(act(outcome.row), outcome.row)
        except DomainError as error:
            outcome.error = error
        except (IntegrityError, DataError) as error:
            outcome.error = database_refusal(error)
            if outcome.error is None:
                raise
    return outcomes


def changed(answer: Any, row: WorkOrder) -> WorkOrder:
    return answer if isinstance(answer, WorkOrder) else row


def unknown(pk: UUID) -> NotFound:
    return NotFound("There is no such work order.", headline="Work order not found", extra={"workOrderId": str(pk)})


def locked(ids: Sequence[UUID], by: Member | None) -> dict[UUID, WorkOrder]:
    """The rows that `by` sees, locked in the order of their ids, with all that the acts look at."""
    rows = WorkOrder.objects.visible_to(by) if by else WorkOrder.objects.all()
    # Without joins: who had to wait for a lock gets the row as it is now, not as it was when asking.
    found = list(rows.filter(pk__in=ids).order_by("pk").select_for_update(of=("self",)).defer("search"))
    if not found:
        return {}
    known = catalogue.of(by, found[0].tenant_id)
    for row in found:
        row.status = known.statuses[row.status_id]
        row.priority = known.priorities[row.priority_id]
        row.type = known.types[row.type_id]
    prefetch_related_objects(found, "assigned_to__member", "crew", "assignments")
    if by is not None and not may(by, "workorder.work_any", "workorder.edit"):
        theirs = set(WorkOrder.objects.filter(pk__in=ids).worked_by(by).order_by().values_list("pk", flat=True))
        for row in found:
            row.on_the_job = {by.pk: row.pk in theirs}  # type: ignore[attr-defined]
    peers.group(found)
    return {row.pk: row for row in found}


# --- The acts ---------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class BulkAct:
    """`run` does it to one row; `remember` is what Undo needs, and `restore` puts that back."""

    name: str
    permission: str
    run: Callable[[WorkOrder, Member | None, Mapping[str, Any]], Any]
    remember: Callable[[WorkOrder], dict[str, Any]] = lambda row: {}
    restore: Callable[[WorkOrder, Member | None, Mapping[str, Any], Known], Any] | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What restoring refers to, found by one query each."""

    technicians: Mapping[str, Technician]
    crews: Mapping[str, Crew]
    departments: Mapping[str, Department]
    member: Member | None
    tenant_id: UUID


def edit(row: WorkOrder, by: Member | None, data: Mapping[str, Any]) -> Any:
    return reporting.update(row, by=by, changes=data)


def remember_fields(*names: str) -> Callable[[WorkOrder], dict[str, Any]]:
    def remember(row: WorkOrder) -> dict[str, Any]:
        values = {name: getattr(row, f"{name}_id", None) or getattr(row, name, None) for name in names}
        return {
            name: value.isoformat() if isinstance(value, dt.datetime) else str(value) if value else None
            for name, value in values.items()
        }

    return remember


def restore_fields(row: WorkOrder, by: Member | None, before: Mapping[str, Any], known: Known) -> Any:
    entries = catalogue.of(known.member, known.tenant_id)
    read: dict[str, Callable[[str], Any]] = {
        "priority": lambda text: entries.priorities[UUID(text)],
        "type": lambda text: entries.types[UUID(text)],
        "department": known.departments.get,
        "due_at": dt.datetime.fromisoformat,
        "scheduled_at": dt.datetime.fromisoformat,
    }
    return reporting.update(
        row, by=by, changes={name: read[name](text) if text else None for name, text in before.items()}
    )


def remember_people(row: WorkOrder) -> dict[str, Any]:
    return {
        "to": str(row.assigned_to_id or ""),
        "crew": str(row.crew_id or ""),
        "helpers": [str(one.technician_id) for one in row.assignments.all()],
    }


def restore_people(row: WorkOrder, by: Member | None, before: Mapping[str, Any], known: Known) -> Any:
    return working.assign(
        row,
        by=by,
        to=known.technicians.get(before["to"]),
        crew=known.crews.get(before["crew"]),
        helpers=[known.technicians[pk] for pk in before["helpers"] if pk in known.technicians],
    )


def move(row: WorkOrder, by: Member | None, data: Mapping[str, Any]) -> Any:
    fields = dict(data)
    target: Status = fields.pop("to")
    if target.pk == row.status_id:
        raise Conflict(f"It is “{target.name}” already.", code="no_transition", headline="Cannot change status")
    return working.transition(row, target, by=by, fields=fields)


def remember_status(row: WorkOrder) -> dict[str, Any]:
    until = row.hold_until.isoformat() if row.hold_until else ""
    return {"status": str(row.status_id), "reason": row.hold_reason, "note": row.hold_note, "until": until}


# From which meaning to which a move has an opposite that takes it back.
OPPOSITES = {
    (Meaning.IN_PROGRESS, Meaning.ON_HOLD), (Meaning.ON_HOLD, Meaning.IN_PROGRESS), (Meaning.CANCELLED, Meaning.OPEN),
    (Meaning.OPEN, Meaning.CANCELLED), (Meaning.ASSIGNED, Meaning.CANCELLED), (Meaning.CANCELLED, Meaning.ASSIGNED),
}  # fmt: skip


def restore_status(row: WorkOrder, by: Member | None, before: Mapping[str, Any], known: Known) -> Any:
    target = catalogue.of(known.member, known.tenant_id).statuses[UUID(before["status"])]
    if (target.meaning, row.meaning) not in OPPOSITES:
        raise Conflict(f"From “{row.status.name}” there is no way back to “{target.name}”.", code="no_way_back")
    if row.meaning == Meaning.CANCELLED:
        # Reinstating gives it back to those who had it.
        return working.reinstate(row, by=by)
    words: dict[str, Any] = {"reason": before["reason"] or "Taken back", "note": before["note"]}
    if target.meaning == Meaning.ON_HOLD:
        words["reason"] = before["reason"] or HoldReason.OTHER
        words["until"] = dt.date.fromisoformat(before["until"]) if before["until"] else None
    return working.transition(row, target, by=by, fields=words)


ACTS: dict[str, BulkAct] = {
    act.name: act
    for act in (
        BulkAct(
            "assign", "workorder.assign", lambda row, by, data: working.assign(row, by=by, **data),
            remember_people, restore_people,
        ),
        BulkAct("priority", "workorder.edit", edit, remember_fields("priority"), restore_fields),
        BulkAct("type", "workorder.edit", edit, remember_fields("type"), restore_fields),
        BulkAct("department", "workorder.edit", edit, remember_fields("department"), restore_fields),
        BulkAct("schedule", "workorder.edit", edit, remember_fields("due_at", "scheduled_at"), restore_fields),
        BulkAct("status", "", move, remember_status, restore_status),
        BulkAct(
            "comment", "workorder.comment", lambda row, by, data: conversation.comment(row, by=by, **data)
        ),
    )
}  # fmt: skip


@transaction.atomic
def bulk(
    name: str,
    *,
    by: Member,
    ids: Sequence[UUID] | None = None,
    matching: QuerySet[WorkOrder] | None = None,
    data: Mapping[str, Any],
    told: str = "",
    atomic: bool = False,
) -> BulkRun:
    """Do one act of `ACTS` to these work orders, or to all that match a queryset (asked again, under the member's sight).

    `data` is what the act takes; `told` how people call what was done. With `atomic` all or nothing (`NothingDone`).
    """
    act = ACTS[name]
    if act.permission:
        require(by, act.permission)
    chosen = list(dict.fromkeys(ids or ())) if matching is None else matched(matching)
    if not chosen:
        raise Invalid({"ids": "Choose at least one work order."})
    if len(chosen) > MOST:
        raise Conflict(f"Choose at most {MOST:,} at a time.", code="too_many")
    outcomes = each(chosen, lambda row: act.run(row, by, data), by=by, before=act.remember)
    return kept(outcomes, act=name, by=by, told=told, atomic=atomic, reversible=act.restore is not None)


def matched(rows: QuerySet[WorkOrder]) -> list[UUID]:
    """Ids of all that match, one more than may be changed at most."""
    return list(rows.order_by("pk").values_list("pk", flat=True)[: MOST + 1])


def kept(
    outcomes: Sequence[Outcome], *, act: str, by: Member, told: str, atomic: bool = False, reversible: bool = True,
    undo_of: BulkRun | None = None,
) -> BulkRun:  # fmt: skip
    done = sum(1 for one in outcomes if one.error is None)
    if atomic and done < len(outcomes):
        raise NothingDone(outcomes)
    results = []
    for one in outcomes:
        line: dict[str, Any] = {"id": str(one.id), "outcome": one.kind}
        if one.row is not None:
            line |= {"number": one.row.number, "title": one.row.title}
        if one.error is not None:
            line |= {"why": one.error.message, "code": one.error.code}
        elif one.row is not None and reversible:
            line |= {"version": one.row.version, "before": one.before}
        results.append(line)
    return BulkRun.objects.create(
        tenant_id=by.tenant_id, by=by, act=act, told=told[:200], done=done, refused=len(outcomes) - done,
        results=results, undo_of=undo_of,
    )  # fmt: skip


@transaction.atomic
def undo_bulk(run: BulkRun, *, by: Member) -> BulkRun:
    """Put back what one's own act changed, row by row, where nobody has changed the row since."""
    run = BulkRun.objects.select_for_update(of=("self",)).filter(pk=run.pk, by=by).first() or missing_run()
    act = ACTS.get(run.act)
    if act is None or act.restore is None:
        raise Conflict("This cannot be taken back.", code="not_reversible")
    if run.undone_at:
        raise Conflict("This was taken back already.", code="undone")
    if act.permission:
        require(by, act.permission)
    lines = {UUID(line["id"]): line for line in run.results if line["outcome"] == DONE}
    known = known_of(lines.values(), by)
    restore = act.restore

    def put_back(row: WorkOrder) -> Any:
        line = lines[row.pk]
        if row.version != line["version"]:
            raise Conflict("Somebody changed it since; it stays as it is.", code="changed_since")
        return restore(row, by, line["before"], known)

    outcomes = each(list(lines), put_back, by=by)
    run.undone_at = timezone.now()
    run.save(update_fields=["undone_at"])
    return kept(outcomes, act="undo", by=by, told=f"Taken back: {run.told}", reversible=False, undo_of=run)


def missing_run() -> BulkRun:
    raise NotFound("There is no such act.")


def known_of(lines: Any, by: Member) -> Known:
    people: set[UUID] = set()
    crews: set[UUID] = set()
    departments: set[UUID] = set()
    for line in lines:
        before = line["before"]
        people.update(UUID(pk) for pk in (before.get("to"), *before.get("helpers", ())) if pk)
        crews.update(UUID(pk) for pk in (before.get("crew"),) if pk)
        departments.update(UUID(pk) for pk in (before.get("department"),) if pk)
    return Known(
        {str(one.pk): one for one in Technician.objects.select_related("member").filter(pk__in=people)}
        if people
        else {},
        {str(one.pk): one for one in Crew.objects.filter(pk__in=crews)} if crews else {},
        {str(one.pk): one for one in Department.objects.filter(pk__in=departments)} if departments else {},
        by,
        by.tenant_id,
    )
