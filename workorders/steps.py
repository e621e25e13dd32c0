"""What a page offers next for a work order: the one act that moves it on, those beside it, and the rest.

An offer is only that: the action decides again, under the lock.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from django import forms
from django.urls import reverse

from tenancy.models import Member
from tenancy.permissions import may
from workorders import actions, permissions, workflow
from workorders.choices import Meaning
from workorders.forms.links import StartForm
from workorders.forms.orders import CompleteForm, HoldForm, ReasonForm
from workorders.models import Status, WorkOrder

Data = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Act:
    """A step with a form (or none) and the action behind it. `undo` names the act that takes it back."""

    name: str
    label: str
    icon: str
    title: str
    button: str
    done: str
    run: Callable[..., Any]
    form: type[forms.Form] = forms.Form
    text: str = ""
    back: str = "Back"
    direct: bool = False
    danger: bool = False
    undo: str = ""
    undo_data: Callable[[WorkOrder], list[tuple[str, str]]] = field(default=lambda work_order: [])
    # The form offers what fits this job and this person.
    fitted: bool = False

    def form_for(self, work_order: WorkOrder, member: Member, data: Any = None) -> forms.Form:
        about: dict[str, Any] = {"work_order": work_order, "member": member} if self.fitted else {}
        return self.form(data, **about)


def _plain(action: Callable[..., Any]) -> Callable[..., Any]:
    """Acts that take their form's data as it is, and the status when the graph offers several of one meaning."""

    def run(work_order: WorkOrder, *, by: Member, data: Data, to: Status | None, version: int | None) -> Any:
        options = {"to": to} if to else {}
        if version is not None:
            options["expected_version"] = version  # type: ignore[assignment]
        return action(work_order, by=by, **data, **options)

    return run


def _take(work_order: WorkOrder, *, by: Member, data: Data, to: Status | None, version: int | None) -> Any:
    return actions.take(work_order, by=by)


def _held(work_order: WorkOrder) -> list[tuple[str, str]]:
    until = str(work_order.hold_until or "")
    return [("reason", work_order.hold_reason), ("note", work_order.hold_note), ("until", until)]


ACTS: dict[str, Act] = {
    act.name: act
    for act in (
        Act("take", "Take it", "hand", "Take this job?", "Take it", "You have it now.", _take, direct=True),
        Act(
            "start", "Start", "play", "Start the work?", "Start", "Started. The clock is running.",
            _plain(actions.start), StartForm, direct=True,
        ),
        Act(
            "hold", "Hold", "pause", "Put on hold", "Put on hold", "On hold.", _plain(actions.hold), HoldForm,
            undo="resume",
        ),
        Act(
            "resume", "Resume", "play", "Go on with the work?", "Resume", "Going on.", _plain(actions.resume),
            StartForm, direct=True, undo="hold", undo_data=_held,
        ),
        Act(
            "complete", "Complete", "check", "Complete the work", "Finish",
            "Done. It waits for verification by the supervisor.", _plain(actions.complete), CompleteForm,
            fitted=True,
        ),
        Act(
            "close", "Verify and close", "badge-check", "Verify and close?", "Verify and close",
            "Verified and closed.", _plain(actions.verify), direct=True,
            text="A closed work order is kept as it is; only comments are possible.",
        ),
        Act(
            "send-back", "Send back", "undo-2", "Send back to the technician", "Send back", "Sent back.",
            _plain(actions.send_back), ReasonForm, text="Say what is missing; it appears on top of their work.",
        ),
        Act(
            "cancel", "Cancel work", "ban", "Cancel this work order", "Cancel the work", "Cancelled.",
            _plain(actions.cancel), ReasonForm, text="It will not be done. The reason is kept in its history.",
            danger=True, back="Keep it", undo="reinstate",
        ),
        Act(
            "reinstate", "Reinstate", "rotate-ccw", "Take this work up again?", "Reinstate", "Taken up again.",
            _plain(actions.reinstate), direct=True, undo="cancel",
            undo_data=lambda work_order: [("reason", "Reinstated by mistake")],
        ),
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Offer:
    """An act on a page: a button that posts (`direct`) or a link to its form."""

    name: str
    label: str
    icon: str
    href: str
    direct: bool = False
    danger: bool = False
    data: dict[str, str] = field(default_factory=dict)


def href(work_order: WorkOrder, act: str) -> str:
    return reverse("workorders:act", args=[work_order.pk, act])


def act_between(work_order: WorkOrder, to: Status) -> str:
    """The act that leads from the present status to another one; "" where assigning does it."""
    here, there = work_order.meaning, to.meaning
    if there == here:
        return "relabel"
    if there == Meaning.IN_PROGRESS:
        return {Meaning.COMPLETED: "send-back", Meaning.ON_HOLD: "resume"}.get(Meaning(here), "start")
    if there == Meaning.OPEN:
        return "reinstate" if here == Meaning.CANCELLED else ""
    return {
        Meaning.ON_HOLD: "hold",
        Meaning.COMPLETED: "complete",
        Meaning.CLOSED: "close",
        Meaning.CANCELLED: "cancel",
    }.get(Meaning(there), "")


def permitted(name: str, member: Member, *, works: bool) -> bool:
    if name in ("start", "hold", "resume", "complete", "relabel"):
        return works
    if name in ("close", "send-back"):
        return may(member, "workorder.close")
    return may(member, "workorder.cancel")


def offers(work_order: WorkOrder, member: Member) -> tuple[Offer | None, list[Offer], list[Offer]]:
    """The primary act, those beside it, and the rest for the menu."""
    works = permissions.can_work(member, work_order)
    found: list[Offer] = []
    for to in workflow.possible(work_order, member):
        name = act_between(work_order, to)
        if not name or not permitted(name, member, works=works):
            continue
        if name == "relabel":
            address = reverse("workorders:relabel", args=[work_order.pk])
            found.append(Offer(name, to.name, "arrow-right", address, direct=True, data={"to": to.key}))
            continue
        act = ACTS[name]
        offer = Offer(name, act.label, act.icon, href(work_order, name), direct=act.direct, danger=act.danger)
        if any(other.name == name for other in found):
            data = {"to": to.key}
            address = offer.href if act.direct else f"{offer.href}?to={to.key}"
            offer = replace(offer, label=to.name, href=address, data=data)
        found.append(offer)
    if permissions.can_take(member, work_order) and hasattr(member, "technician"):
        act = ACTS["take"]
        found.append(Offer("take", act.label, act.icon, href(work_order, "take"), direct=True))
    active = work_order.meaning not in (Meaning.COMPLETED, Meaning.CANCELLED, Meaning.CLOSED)
    if active and permissions.can_assign(member, work_order):
        label = "Reassign" if work_order.assigned_to_id or work_order.crew_id else "Assign"
        found.append(Offer("assign", label, "user-plus", reverse("workorders:assign", args=[work_order.pk])))
    return ranked(found, work_order, member)


FIRST = ("complete", "resume", "close", "start", "assign", "reinstate")
BESIDE = ("hold", "send-back", "take", "relabel", "start", "assign")


def ranked(found: list[Offer], work_order: WorkOrder, member: Member) -> tuple[Offer | None, list[Offer], list[Offer]]:
    order: tuple[str, ...] = FIRST
    if work_order.meaning in (Meaning.OPEN, Meaning.ASSIGNED) and not hasattr(member, "technician"):
        # Whoever plans assigns; whoever works starts.
        order = ("complete", "resume", "close", "assign", "start", "reinstate")
        if work_order.meaning == Meaning.ASSIGNED:
            order = ("start", *order)
    primary = next((offer for name in order for offer in found if offer.name == name), None)
    rest = [offer for offer in found if offer is not primary]
    beside = [offer for offer in rest if offer.name in BESIDE and not offer.danger]
    return primary, beside, [offer for offer in rest if offer not in beside] + others(work_order, member)


def others(work_order: WorkOrder, member: Member) -> list[Offer]:
    """Acts that do not move the work: edit, follow up, delete."""
    found = []
    here = [work_order.pk]
    if work_order.meaning == Meaning.CLOSED:
        if may(member, "workorder.create"):
            found.append(
                Offer(
                    "follow-up",
                    "Open a follow-up",
                    "git-branch",
                    reverse("workorders:follow_up", args=here),
                    direct=True,
                )
            )
        return found
    if permissions.can_edit(member, work_order):
        found.append(Offer("edit", "Edit", "pencil", reverse("workorders:edit", args=here)))
    if may(member, "workorder.share"):
        found.append(Offer("share", "Show to others", "eye", reverse("workorders:share", args=here)))
    if permissions.can_delete(member, work_order) and work_order.meaning in (Meaning.OPEN, Meaning.ASSIGNED):
        found.append(Offer("delete", "Delete", "trash-2", reverse("workorders:delete", args=here), danger=True))
    return found
