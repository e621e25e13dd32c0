"""Every act on a work order, one function each. Always: lock → may they → is it possible → write → record."""

from workorders.actions.answering import answer_all_ok, answer_task, waive_task
from workorders.actions.bulk import bulk, undo_bulk
from workorders.actions.calendar import move_to_day
from workorders.actions.cataloguing import add_entry, delete_entry, delete_transition, save_transition, update_entry
from workorders.actions.conversation import comment, edit_comment, share, share_with, shared_with, unshare
from workorders.actions.costs import (
    add_cost,
    add_overhead_rule,
    delete_overhead_rule,
    take_back_cost,
    update_overhead_rule,
)
from workorders.actions.failures import add_code, archive_code, follow_class, install_codes, restore_code, update_code
from workorders.actions.following import follow_up_task
from workorders.actions.jobplans import archive_plan, copy_plan, install_plans, restore_plan, revise_plan, write_plan
from workorders.actions.links import link, set_parent, unlink
from workorders.actions.media import add_media, label_media, promise_media, remove_media
from workorders.actions.parts import (
    add_parts,
    issue_part,
    remove_part,
    reserve_part,
    return_part,
    update_part,
    use_part,
)
from workorders.actions.planning import apply_plan, plan_from_work_order
from workorders.actions.reporting import EDITABLE, delete, follow_up, report, update
from workorders.actions.saved import delete_view, move_view, open_with, save_view, update_view
from workorders.actions.signing import sign
from workorders.actions.structure import add_further_asset, merge, remove_further_asset, split
from workorders.actions.tasks import add_tasks, move_task, remove_task, update_task
from workorders.actions.time import add_time, correct_time
from workorders.actions.timers import start_timer, stop_timer
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
    "add_code",
    "add_cost",
    "add_entry",
    "add_further_asset",
    "add_media",
    "add_overhead_rule",
    "add_parts",
    "add_tasks",
    "add_time",
    "answer_all_ok",
    "answer_task",
    "apply_plan",
    "archive_code",
    "archive_plan",
    "assign",
    "bulk",
    "cancel",
    "catalogue_status",
    "comment",
    "complete",
    "copy_plan",
    "correct_time",
    "delete",
    "delete_entry",
    "delete_overhead_rule",
    "delete_transition",
    "delete_view",
    "edit_comment",
    "follow_class",
    "follow_up",
    "follow_up_task",
    "hold",
    "install_codes",
    "install_plans",
    "issue_part",
    "label_media",
    "link",
    "merge",
    "move_task",
    "move_to_day",
    "move_view",
    "open_with",
    "plan_from_work_order",
    "promise_media",
    "reinstate",
    "relabel",
    "remove_further_asset",
    "remove_media",
    "remove_part",
    "remove_task",
    "report",
    "reserve_part",
    "restore_code",
    "restore_plan",
    "resume",
    "return_part",
    "revise_plan",
    "save_transition",
    "save_view",
    "send_back",
    "set_parent",
    "share",
    "share_with",
    "shared_with",
    "sign",
    "split",
    "start",
    "start_timer",
    "stop_timer",
    "take",
    "take_back_cost",
    "transition",
    "undo_bulk",
    "unlink",
    "unshare",
    "update",
    "update_code",
    "update_entry",
    "update_overhead_rule",
    "update_part",
    "update_task",
    "update_view",
    "use_part",
    "verify",
    "waive_task",
    "write_plan",
]
