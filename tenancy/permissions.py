"""The permissions a role can bundle, and the one place that says no.

A permission is a name (`workorder.assign`) with a sentence for the roles page. `require` raises `PermissionDenied`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.errors import PermissionDenied

if TYPE_CHECKING:
    from tenancy.models import Member

PERMISSIONS: dict[str, str] = {
    "workorder.view_all": "See every work order (within their places and departments)",
    "workorder.view_own": "See work assigned to them or their crew",
    "workorder.view_unassigned": "See work that nobody has taken yet",
    "workorder.view_requested": "See what they reported themselves",
    "workorder.view_parts": "See work that has parts to give out",
    "workorder.create": "Report faults and create work orders",
    "workorder.request": "Ask for work (title, description, place or asset only)",
    "workorder.edit": "Edit any work order",
    "workorder.edit_own": "Edit findings on their own work",
    "workorder.assign": "Assign and schedule work",
    "workorder.take": "Take work that nobody has taken yet",
    "workorder.work": "Start, hold and complete their own work",
    "workorder.work_any": "Start, hold and complete anybody's work",
    "workorder.close": "Verify and close work, or send it back",
    "workorder.cancel": "Cancel and reinstate work",
    "workorder.delete": "Delete work orders on which nothing was booked",
    "workorder.comment": "Comment on work orders they see",
    "workorder.share": "Show one work order to somebody who would not see it",
    "workorder.waive": "Waive required steps, photos and signatures",
    "workorder.sign": "Sign work",
    "workorder.export": "Export lists of work orders",
    "view.share": "Share saved views with everybody",
    "time.any": "Book and correct anybody's time",
    "cost.view": "See what work costs",
    "cost.edit": "Book invoices and other costs, edit overhead rules",
    "part.view": "See the part catalogue",
    "part.edit": "Edit the part catalogue",
    "part.give": "Reserve, issue and take back parts on any work order",
    "jobplan.edit": "Write job plans",
    "failure.manage": "Edit the failure catalogue",
    "project.view": "See projects",
    "project.edit": "Edit projects and their budgets",
    "asset.view": "See assets",
    "asset.edit": "Add and edit assets",
    "asset.set_status": "Set an asset's status",
    "asset.add_photo": "Add photos to assets",
    "location.view": "See places",
    "location.edit": "Add, edit and move places",
    "people.view": "See technicians and crews",
    "people.edit": "Edit technicians and crews",
    "people.rates": "See and edit hourly rates",
    "member.manage": "Invite members, set their role and scope, remove them",
    "role.manage": "Edit roles",
    "settings.manage": "Edit the organisation, statuses, priorities, types and calendars",
    "key.manage": "Create and revoke API keys",
    "audit.view": "See the audit trail and failed deliveries",
    "admin.access": "Open the administration site",
}


def may(member: Member | None, *names: str) -> bool:
    """Whether the member holds any of these permissions. `None` is the system, which may do everything."""
    return member is None or any(name in member.permissions for name in names)


def require(member: Member | None, *names: str) -> None:
    """Raises `PermissionDenied` naming the first permission unless the member holds one of them."""
    if not may(member, *names):
        raise PermissionDenied(names[0])
