"""Signatures of a work order: who signed, what it means, and whether the record is still what was signed."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from media import naming
from tenancy.models import Member
from tenancy.permissions import may
from workorders import permissions, signed
from workorders.choices import Meaning
from workorders.models import Signature, WorkOrder


def panel(work_order: WorkOrder, member: Member) -> dict[str, Any] | None:
    if not may(member, "workorder.view_all", "workorder.view_own"):
        return None
    found = list(Signature.objects.filter(work_order=work_order).select_related("drawing", "task"))
    if not found and not work_order.needs_signature:
        return None
    return {
        "signatures": [told(signature) for signature in found],
        "wanted": work_order.needs_signature and not any(one.task_id is None for one in found),
        "sealed_at": work_order.sealed_at,
        "sign_href": sign_href(work_order, member),
        "live": True,
    }


def sign_href(work_order: WorkOrder, member: Member) -> str:
    able = permissions.can_work(member, work_order) or permissions.can_close(member, work_order)
    if not may(member, "workorder.sign") or not able or work_order.meaning == Meaning.CANCELLED:
        return ""
    return reverse("workorders:sign", args=[work_order.pk])


def told(signature: Signature) -> dict[str, Any]:
    picture = signature.drawing
    row = {} if picture is None else {
        name: getattr(picture, name) for name in ("stored_name", "thumbnail_name", "original_name", "state", "kind")
    }  # fmt: skip
    return {
        "name": signature.signer_name,
        "meaning": signature.get_meaning_display(),
        "at": signature.signed_at,
        "authenticated": signature.authenticated,
        "drawing": naming.urls(row)[0] if row else "",
        "step": f"Step {signature.task.position}" if signature.task else "",
        "digest": signature.digest,
        "untouched": signed.is_untouched(signature),
    }
