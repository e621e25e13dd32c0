"""Every act on a work order, one function each. Always: lock → may they → is it possible → write → record."""

from workorders.actions.cataloguing import add_entry, delete_entry, delete_transition, save_transition, update_entry
from workorders.actions.conversation import comment, share, share_with, shared_with, unshare
from workorders.actions.reporting import EDITABLE, delete, follow_up, report, update
from workorders.actions.working import (
    assign,
    cancel,
    catalogue_status,
    complete,
    hold,
    reinstate,
    relabel,
    resume,
    send_back,
    start,
    take,
    transition,
    verify,
)

__all__ = [
    "EDITABLE",
    "add_entry",
    "assign",
    "cancel",
    "catalogue_status",
    "comment",
    "complete",
    "delete",
    "delete_entry",
    "delete_transition",
    "follow_up",
    "hold",
    "reinstate",
    "relabel",
    "report",
    "resume",
    "save_transition",
    "send_back",
    "share",
    "share_with",
    "shared_with",
    "start",
    "take",
    "transition",
    "unshare",
    "update",
    "update_entry",
    "verify",
]
