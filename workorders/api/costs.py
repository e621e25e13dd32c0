"""Costs in the API: of a work order, overhead rules, and rolled up."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http.response import HttpResponseBase
from rest_framework.request import Request

from core import pagination
from core.api import query
from core.api.serializers import Deleted
from core.api.views import Answer, Endpoint
from core.pagination import Key
from tenancy.permissions import require
from workorders import actions, cost_rollup
from workorders.actions import writing
from workorders.api.orders import WorkOrderEndpoint
from workorders.cost_rows import costs_of, lines_of
from workorders.models import CostLine, OverheadRule, WorkOrder
from workorders.serializers.costs import (
    NAMES,
    AddCost,
    CostLineShape,
    CostReport,
    CostsOfWork,
    CreateOverheadRule,
    OverheadRuleShape,
    TakeBackCost,
    UpdateOverheadRule,
)


class WorkOrderCosts(WorkOrderEndpoint):
    """What a job cost, and booking invoices and other costs on it."""

    noun = "Cost"
    names = NAMES
    accepts = {"POST": AddCost}
    answers = {"GET": Answer(CostsOfWork), "POST": Answer(CostLineShape, 201)}
    permissions = {"GET": "cost.view", "POST": "cost.edit"}

    def get(self, request: Request, work_order_id: str) -> HttpResponseBase:
        """Labour, materials, overhead, other and external costs with their total, and the lines of the other ones."""
        work_order = self.found(work_order_id)
        require(self.member, "cost.view")
        lines = CostLineShape.every(lines_of(work_order=work_order))
        return self.answer({**costs_of(work_order, self.member.tenant.currency), "lines": lines})

    def post(self, request: Request, work_order_id: str) -> HttpResponseBase:
        """Book a vendor's invoice or another cost."""
        work_order = self.found(work_order_id)
        self.require_version(writing.lock(work_order).version)
        line = actions.add_cost(work_order, by=self.member, **self.body(AddCost))
        return self.answer(CostLineShape.first(lines_of(pk=line.pk)), status=201)


class TakeBack(Endpoint):
    """Lines are never changed: a wrong one is taken back by a further one."""

    noun = "Cost"
    names = NAMES
    accepts = {"POST": TakeBackCost}
    answers = {"POST": Answer(CostLineShape, 201)}
    permissions = {"POST": "cost.edit"}

    def post(self, request: Request, cost_id: str) -> HttpResponseBase:
        """Take a line back. Answers the line below zero that does it."""
        seen = CostLine.objects.filter(work_order__in=WorkOrder.objects.visible_to(self.member))
        line = self.one(seen.select_related("work_order"), cost_id, key="costId")
        back = actions.take_back_cost(line, by=self.member, **self.body(TakeBackCost))
        return self.answer(CostLineShape.first(lines_of(pk=back.pk)), status=201)


class RuleEndpoint(Endpoint):
    noun = "Overhead rule"
    names = NAMES

    def rows(self) -> Any:
        require(self.member, "cost.view", "cost.edit")
        return OverheadRule.objects.filter(tenant_id=self.member.tenant_id)

    def shown(self, rule: OverheadRule, *, status: int = 200) -> HttpResponseBase:
        shape = OverheadRuleShape.first(OverheadRule.objects.filter(pk=rule.pk))
        return self.answer(shape, status=status, version=rule.version)


class OverheadRules(RuleEndpoint):
    """What every work order bears besides its own costs."""

    query = {"GET": pagination.PARAMETERS}
    sorts = {"name": Key("name")}
    accepts = {"POST": CreateOverheadRule}
    answers = {"GET": Answer(OverheadRuleShape, many=True), "POST": Answer(OverheadRuleShape, 201)}
    permissions = {"GET": "cost.view", "POST": "cost.edit"}

    def get(self, request: Request) -> HttpResponseBase:
        """List the overhead rules."""
        return self.listing(self.rows(), OverheadRuleShape, sorts=self.sorts, default="name")

    def post(self, request: Request) -> HttpResponseBase:
        """Add a rule. It counts from each work order's next booking on."""
        return self.shown(actions.add_overhead_rule(by=self.member, **self.body(CreateOverheadRule)), status=201)


class OneOverheadRule(RuleEndpoint):
    """One rule."""

    accepts = {"PUT": UpdateOverheadRule, "PATCH": UpdateOverheadRule}
    answers = {
        "GET": Answer(OverheadRuleShape), "PUT": Answer(OverheadRuleShape), "PATCH": Answer(OverheadRuleShape),
        "DELETE": Answer(Deleted),
    }  # fmt: skip
    permissions = {"GET": "cost.view", "PUT": "cost.edit", "PATCH": "cost.edit", "DELETE": "cost.edit"}

    def found(self, rule_id: str) -> Any:
        return self.one(self.rows(), rule_id, key="overheadRuleId")

    def get(self, request: Request, rule_id: str) -> HttpResponseBase:
        """Get a rule."""
        return self.shown(self.found(rule_id))

    def put(self, request: Request, rule_id: str) -> HttpResponseBase:
        """Change a rule; what was reckoned before stays."""
        rule = self.found(rule_id)
        expected = self.expected_version(rule.version)
        changes = self.body(UpdateOverheadRule, partial=True)
        return self.shown(
            actions.update_overhead_rule(rule, by=self.member, changes=changes, expected_version=expected)
        )

    def patch(self, request: Request, rule_id: str) -> HttpResponseBase:
        """The same as PUT."""
        return self.put(request, rule_id)

    def delete(self, request: Request, rule_id: str) -> HttpResponseBase:
        """Remove a rule; what it put on work orders before stays there."""
        rule = self.found(rule_id)
        when = actions.delete_overhead_rule(rule, by=self.member, expected_version=self.expected_version(rule.version))
        return self.answer({"message": "Overhead rule deleted successfully", "deletedAt": when})


class Costs(Endpoint):
    """What work cost, added up."""

    query = {"GET": ("by", "from", "to", "date", "under", "limit")}
    query_texts = {
        "by": f"One of {', '.join(cost_rollup.BY)}; asset if absent.",
        "from": "First day of the period, in the organisation's time zone.",
        "to": "Last day of the period.",
        "date": "completed: work finished in the period; created: work reported in it.",
        "under": "In a tree: the asset or location whose parts are shown, each with everything below it.",
        "limit": "At most this many groups, the dearest first; totals are over all of them.",
    }
    answers = {"GET": Answer(CostReport)}
    permissions = {"GET": "cost.view"}

    def get(self, request: Request) -> HttpResponseBase:
        """Roll up the costs of work orders by asset or location (one level at a time, with everything below), department,
        project or month."""
        require(self.member, "cost.view")
        asked = self.asked()
        found = cost_rollup.report(self.member, asked)
        groups = [told(row) for row in found.groups]
        return self.answer(
            {
                "by": asked.by,
                "currency": self.member.tenant.currency,
                "total": found.total,
                "workOrders": found.work_orders,
                "groups": groups,
            }
        )

    def asked(self) -> cost_rollup.Question:
        params = self.params
        by = params.get("by", "asset")
        if by not in cost_rollup.BY:
            raise query.refuse("by", f"Use one of {', '.join(cost_rollup.BY)}.")
        date = params.get("date", "completed")
        if date not in cost_rollup.DATES:
            raise query.refuse("date", f"Use one of {', '.join(cost_rollup.DATES)}.")
        under = None
        if "under" in params:
            if by not in cost_rollup.TREES:
                raise query.refuse("under", "Only assets and locations stand in each other.")
            pk = query.uuid_or_none(params["under"])
            under = cost_rollup.TREES[by].objects.visible_to(self.member).filter(pk=pk).first() if pk else None
            if under is None:
                raise query.refuse("under", f"{cost_rollup.BY[by]} must exist.")
        limit = query.whole_number(params, "limit", 100, 1, cost_rollup.MOST)
        return cost_rollup.Question(by, self.day("from"), self.day("to"), date, under, limit)

    def day(self, name: str) -> dt.date | None:
        text = self.params.get(name)
        if text is None:
            return None
        try:
            day = dt.date.fromisoformat(text) if len(text) == 10 else None
        except ValueError:
            day = None
        if day is None or not 1990 <= day.year <= 2200:
            raise query.refuse(name, "Use a date such as 2026-11-20.")
        return day


def told(row: dict[str, Any]) -> dict[str, Any]:
    names = {"parent_id": "parentId", "work_orders": "workOrders"}
    return {names.get(name, name): value for name, value in row.items()}
