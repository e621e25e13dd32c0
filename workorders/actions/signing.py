"""Sign a work order or a step: by finger or pen, or by proving once more who one is."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from core import events
from core.errors import Conflict, Invalid, PermissionDenied
from media import actions as media
from tenancy.models import Member
from tenancy.permissions import may
from workorders import permissions, signed
from workorders.actions import answering, writing
from workorders.choices import FINISHED, Meaning, SignatureMeaning
from workorders.models import Signature, Task, WorkOrder

HEADLINE = "Cannot sign"


@transaction.atomic
def sign(
    work_order: WorkOrder,
    *,
    by: Member | None,
    meaning: str,
    name: str = "",
    drawing: Any = None,
    authenticated: bool = False,
    task: Task | None = None,
    address: str | None = None,
    expected_version: int | None = None,
) -> Signature:
    """A signature with its meaning, the text it was given for and that text's hash.

    `drawing` is a picture (PNG). `authenticated`: the door has just checked the signer's password; such a signature seals
    completed work, to which nothing but comments is added from then on. `name` is who signs on this screen: the member
    themselves unless a customer does, who draws and has no password.
    """
    work_order = writing.lock(work_order, expected_version=expected_version)
    require_sign(by, work_order)
    name = " ".join(name.split()) or (by.name if by else "")
    refuse_unsound(work_order, by, meaning, name, drawing, authenticated, task)
    picture = None
    if drawing is not None:
        picture = media.store(by=by, tenant_id=work_order.tenant_id, content=drawing, name="signature.png")
    now = timezone.now()
    content = signed.content_of(work_order, task)
    signature = Signature.objects.create(
        tenant_id=work_order.tenant_id, work_order=work_order, task=task, signer=by, signer_name=name, meaning=meaning,
        authenticated=authenticated, drawing=picture, content=content, digest=signed.digest(content), signed_at=now,
        address=address,
    )  # fmt: skip
    seals = authenticated and task is None
    if seals:
        work_order.sealed_at = work_order.sealed_at or now
    writing.save(work_order, {"sealed_at"} if seals else ())
    events.record(
        "work_order.signed", work_order, by=by, at=now,
        changes={"signature": [None, str(signature.pk)], "meaning": [None, meaning], "digest": [None, signature.digest]},
    )  # fmt: skip
    if task is not None:
        answering.file_added(task, by=by)
    return signature


def require_sign(by: Member | None, work_order: WorkOrder) -> None:
    """Whoever works on it or verifies it."""
    if not may(by, "workorder.sign"):
        raise PermissionDenied("workorder.sign")
    if not (permissions.can_work(by, work_order) or permissions.can_close(by, work_order)):
        raise PermissionDenied("workorder.work_any")


def refuse_unsound(
    work_order: WorkOrder,
    by: Member | None,
    meaning: str,
    name: str,
    drawing: Any,
    authenticated: bool,
    task: Task | None,
) -> None:
    problems = {}
    if meaning not in SignatureMeaning.values:
        problems["meaning"] = f"Use one of {', '.join(SignatureMeaning.values)}."
    if not name or len(name) > 150:
        problems["name"] = "Say who signs, in at most 150 characters."
    if drawing is None and not authenticated:
        problems["drawing"] = "Draw the signature, or sign with your password."
    if authenticated and by is not None and name != by.name:
        problems["name"] = "With a password one signs in one's own name. Somebody else draws their signature."
    if task is not None and task.work_order_id != work_order.pk:
        problems["task"] = "There is no such step."
    if problems:
        raise Invalid(problems, headline=HEADLINE)
    if work_order.meaning == Meaning.CANCELLED:
        raise Conflict("Cancelled work is not signed.", code="cancelled", headline=HEADLINE)
    if task is not None or not authenticated:
        writing.refuse_closed(work_order)
    elif work_order.meaning not in FINISHED:
        raise Conflict(
            "A signature by password seals the record: complete the work first, then sign.", code="not_completed",
            headline=HEADLINE,
        )  # fmt: skip
