"""The audit trail: every change of every row, whichever way it was made."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from core.models import AuditEntry
from core.pages import MemberRequest, page
from tenancy.models import Member

SHOWN = 50
QUIET = {"id", "tenant_id", "search", "updated_at", "version", "secret_hash", "token_hash", "path"}
VERBS = {"insert": "added", "update": "changed", "delete": "removed"}
TABLES = {
    "workorders_workorder": "Work order",
    "workorders_assignment": "Assignment",
    "workorders_comment": "Comment",
    "assets_asset": "Asset",
    "assets_location": "Place",
    "labor_technician": "Technician",
    "labor_crew": "Crew",
    "tenancy_member": "Member",
    "tenancy_role": "Role",
    "tenancy_invitation": "Invitation",
    "tenancy_apikey": "API key",
    "workorders_status": "Status",
    "workorders_transition": "Transition",
}


@page("audit.view")
def audit(request: MemberRequest) -> HttpResponse:
    table, row, after = (request.GET.get(name, "").strip() for name in ("table", "row", "after"))
    rows = AuditEntry.objects.filter(tenant_id=request.member.tenant_id).order_by("-id")
    if table in TABLES:
        rows = rows.filter(table_name=table)
    if row:
        rows = rows.filter(row_id=row[:80])
    if after.isascii() and after.isdigit() and len(after) < 19:
        rows = rows.filter(id__lt=int(after))
    found = list(rows[: SHOWN + 1])
    more, found = found[SHOWN:], found[:SHOWN]
    actors = {entry.actor_id for entry in found if entry.actor_id}
    names = dict(Member.objects.filter(pk__in=actors).values_list("pk", "name"))
    kept = {name: value for name, value in (("table", table), ("row", row)) if value}
    context = {
        "heading": "Audit trail",
        "lede": "Who changed what, and from where. Nothing here can be edited or removed.",
        "tables": TABLES.items(),
        "table": table,
        "row": row,
        "entries": [told(entry, names) for entry in found],
        "next_href": "?" + urlencode({**kept, "after": found[-1].pk}) if more else "",
    }
    return render(request, "settings/audit.html", context)


def told(entry: AuditEntry, names: dict[UUID, str]) -> dict[str, Any]:
    before, after = entry.before or {}, entry.after or {}
    fields = [name for name in {**before, **after} if name not in QUIET and before.get(name) != after.get(name)]
    fields = fields or ["version"]
    changes = [(name.removesuffix("_id"), short(before.get(name)), short(after.get(name))) for name in fields]
    if entry.action.lower() != "update":
        changes = [change for change in changes if change[1] or change[2]][:6]
    return {
        "at": entry.at,
        "who": names.get(entry.actor_id, "System") if entry.actor_id else "System",
        "source": entry.source,
        "verb": VERBS.get(entry.action.lower(), entry.action.lower()),
        "what": TABLES.get(entry.table_name, entry.table_name.partition("_")[2].replace("_", " ")).lower(),
        "row_id": entry.row_id,
        "changes": changes,
    }


def short(value: Any) -> str:
    text = "" if value in (None, "", [], {}) else str(value)
    return text if len(text) <= 80 else text[:79] + "…"
