"""Costs that are neither time nor parts: invoices and others on a work order, and the rules for overhead."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from core import events
from core import writing as rows
from core.errors import Conflict, Invalid
from tenancy.models import Member
from tenancy.permissions import require
from workorders.actions import costing, writing
from workorders.choices import CostKind
from workorders.models import CostLine, OverheadRule, WorkOrder

HEADLINE = "Invalid cost"
MOST = Decimal("999999999.99")
LENGTHS = {"description": 200, "vendor": 150, "reference": 80}


@transaction.atomic
def add_cost(
    work_order: WorkOrder,
    *,
    by: Member | None,
    kind: str,
    amount: Decimal,
    description: str = "",
    vendor: str = "",
    reference: str = "",
    invoiced_on: dt.date | None = None,
    expected_version: int | None = None,
) -> CostLine:
    """Book a vendor's invoice (with vendor and reference) or another cost (with what it was for)."""
    work_order = writing.lock(work_order, expected_version=expected_version)
    require(by, "cost.edit")
    writing.refuse_closed(work_order)
    line = CostLine(
        tenant_id=work_order.tenant_id, work_order=work_order, kind=kind, amount=amount, vendor=vendor.strip(),
        description=description.strip(), reference=reference.strip(), invoiced_on=invoiced_on, posted_by=by,
    )  # fmt: skip
    check(line)
    refuse_twice(line)
    line.save(force_insert=True)
    costing.refresh(work_order)
    events.record(
        "work_order.cost_booked", work_order, by=by, changes={"kind": [None, line.kind], "cost": [None, str(line.pk)]}
    )
    return line


def check(line: CostLine) -> None:
    """What makes a line sound; all problems at once."""
    problems = {
        name: f"This has at most {most} characters."
        for name, most in LENGTHS.items()
        if len(getattr(line, name)) > most
    }
    if line.kind not in CostKind.values:
        problems["kind"] = f"Use one of {', '.join(CostKind.values)}."
    elif line.kind == CostKind.VENDOR:
        asked = {"vendor": "Say whose invoice it is.", "reference": "Give the invoice's number."}
        problems |= {name: sentence for name, sentence in asked.items() if not getattr(line, name)}
    elif not line.description:
        problems["description"] = "Say what it was for."
    if not line.amount.is_finite() or line.amount != round(line.amount, 2):
        problems["amount"] = "An amount has at most two decimals."
    elif not 0 < line.amount <= MOST:
        problems["amount"] = "An amount lies between 0.01 and 999,999,999.99. Take a wrong line back instead."
    if line.invoiced_on and line.invoiced_on > timezone.now().date() + dt.timedelta(days=1):
        problems["invoiced_on"] = "This day lies in the future."
    if problems:
        raise Invalid(problems, headline=HEADLINE)


def refuse_twice(line: CostLine) -> None:
    if line.kind != CostKind.VENDOR:
        return
    same = CostLine.objects.filter(
        work_order=line.work_order, vendor__iexact=line.vendor, reference__iexact=line.reference, corrects=None,
        corrections=None,
    )  # fmt: skip
    if same.exists():
        raise Conflict(
            f"The invoice {line.reference} of {line.vendor} is booked on this work order already.",
            code="invoice_booked",
            field="reference",
            headline="Cannot book cost",
        )


@transaction.atomic
def take_back_cost(line: CostLine, *, by: Member | None, description: str = "") -> CostLine:
    """Take a line back by a further one of the same amount below zero; what was posted stays as it is."""
    work_order = writing.lock(line.work_order)
    require(by, "cost.edit")
    writing.refuse_closed(work_order)
    line = CostLine.objects.get(pk=line.pk)
    if line.corrects_id or line.corrections.exists():
        raise Conflict("This line was taken back already.", code="taken_back", headline="Cannot take the cost back")
    if len(description) > LENGTHS["description"]:
        raise Invalid({"description": f"This has at most {LENGTHS['description']} characters."}, headline=HEADLINE)
    back = CostLine.objects.create(
        tenant_id=line.tenant_id, work_order=work_order, kind=line.kind, amount=-line.amount, vendor=line.vendor,
        description=description.strip() or line.description, reference=line.reference, invoiced_on=line.invoiced_on,
        corrects=line, posted_by=by,
    )  # fmt: skip
    costing.refresh(work_order)
    events.record("work_order.cost_taken_back", work_order, by=by, changes={"cost": [str(line.pk), None]})
    return back


# --- Overhead -----------------------------------------------------------------------------------------------------------
RULE_FIELDS = ("name", "percent_of_labor", "percent_of_materials", "per_work_order", "is_active")


@transaction.atomic
def add_overhead_rule(*, by: Member, name: str, **fields: Any) -> OverheadRule:
    """A rule that every work order bears from its next booking on."""
    require(by, "cost.edit")
    rule = OverheadRule(tenant_id=by.tenant_id, name=name.strip(), **fields)
    rows.check(rule, headline="Invalid overhead rule data")
    rule.save(force_insert=True)
    events.record("overhead_rule.created", rule, by=by, changes={"name": [None, rule.name]})
    return rule


@transaction.atomic
def update_overhead_rule(
    rule: OverheadRule, *, by: Member | None, changes: Mapping[str, Any], expected_version: int | None = None
) -> OverheadRule:
    """Change a rule or take it out of use. What was reckoned before stays as it is."""
    rule = rows.lock(rule, expected_version=expected_version)
    require(by, "cost.edit")
    if unknown := set(changes) - set(RULE_FIELDS):
        raise ValueError(f"not editable: {', '.join(sorted(unknown))}")
    told = rows.apply(rule, changes)
    if not told:
        return rule
    rows.check(rule, headline="Invalid overhead rule data")
    rows.save(rule, told)
    events.record("overhead_rule.updated", rule, by=by, changes=told)
    return rule


@transaction.atomic
def delete_overhead_rule(rule: OverheadRule, *, by: Member | None, expected_version: int | None = None) -> dt.datetime:
    """Remove a rule; what it put on work orders before stays there."""
    rule = rows.lock(rule, expected_version=expected_version)
    require(by, "cost.edit")
    now = timezone.now()
    events.record("overhead_rule.deleted", rule, by=by, at=now, changes={"name": [rule.name, None]})
    rule.delete()
    return now
