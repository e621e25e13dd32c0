"""What happens after people were invited: the mail with the link."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import timezone

from core.live_reader import EventRow
from tenancy.actions import invitation_link
from tenancy.models import Invitation


def invitation_mail(event: EventRow) -> None:
    """Consumer of `member.invited`. An invitation used, revoked or old by now is not mailed."""
    if event.type != "member.invited" or event.occurred_at < timezone.now() - dt.timedelta(days=1):
        return
    invitation = Invitation.objects.select_related("tenant", "invited_by").filter(pk=event.object_id).first()
    if invitation is None or invitation.accepted_at or invitation.revoked_at:
        return
    inviter = invitation.invited_by.name if invitation.invited_by else "Somebody"
    # A name with a line break must not write headers of its own.
    organisation = " ".join(invitation.tenant.name.split())
    EmailMessage(
        subject=f"{' '.join(inviter.split())} invites you to {organisation} on Millwright",
        body=(
            f"Hello{' ' + invitation.name if invitation.name else ''},\n\n{inviter} invites you to join {organisation}.\n"
            f"Open this link within seven days; it works once:\n\n{invitation_link(invitation)}\n"
        ),
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[invitation.email],
    ).send()
