"""Where a promised file is sent when the storage is a local folder, and the settings of photos and files."""

from __future__ import annotations

import tempfile
from typing import Any

from django.core.files.base import File
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from rest_framework.request import Request

from core import context, toasts, uploads
from core.api.views import Answer, Endpoint
from core.errors import Invalid, NotFound, PermissionDenied, TooLarge
from core.pages import MemberRequest, page, submit
from media import actions, checking, quota
from media.choices import MediaState
from media.forms import MediaSettingsForm
from media.models import MediaFile
from tenancy.permissions import may

BLOCK = 256 * 1024


class Upload(Endpoint):
    """Behaves as a bucket's presigned address: a PUT of exactly what was announced, once, by whoever has the address."""

    noun = "File"
    schema = None  # clients follow the address they are given
    authentication_classes = []
    permission_classes = []
    permissions = {"PUT": None}
    answers = {"PUT": Answer(None)}
    repeatable_writes = False

    def put(self, request: Request, token: str) -> HttpResponseBase:
        """Send the file."""
        grant = uploads.grant_of(token)
        with context.use(tenant_id=grant.tenant_id, source="upload"):
            file = MediaFile.objects.select_related("uploaded_by").filter(pk=grant.id, stored_name=grant.name).first()
            if file is None or file.state != MediaState.AWAITED:
                raise NotFound("This address was used already. Ask for a new one.", headline="Address not found")
            self.require_announced(request, grant)
            with tempfile.TemporaryFile() as spool:
                size = self.copied(request, spool, grant.size)
                file = actions.receive(file, by=file.uploaded_by, content=Sent(spool, size))
        if file.state == MediaState.REFUSED:
            # The refusal is kept, for the list: an exception would take it back.
            return self.answer({"error": "This file was not taken", "reason": file.refusal}, status=400)
        return HttpResponse(status=200, headers={"ETag": f'"{file.sha256}"'})

    @staticmethod
    def require_announced(request: Request, grant: uploads.Grant) -> None:
        sent = request.headers.get("Content-Type", "").strip()
        if sent != grant.content_type:
            raise PermissionDenied("upload", f"Send it with Content-Type: {grant.content_type}, as it was announced.")

    @staticmethod
    def copied(request: Request, spool: Any, most: int) -> int:
        size = 0
        while block := request._request.read(BLOCK):
            size += len(block)
            if size > most:
                raise TooLarge(f"{checking.told(most)} were announced, and more came.", field="file")
            spool.write(block)
        if not size:
            raise Invalid({"file": "Send the file as the body of the request."})
        return size


class Sent(File):
    """What came, with its size known."""

    def __init__(self, spool: Any, size: int) -> None:
        super().__init__(spool, name="upload")
        self.size = size


@page("settings.manage")
def settings_page(request: MemberRequest) -> HttpResponse:
    """How much is stored, and whether photos keep where they were taken."""
    account = quota.account(request.member.tenant_id)
    form = MediaSettingsForm(
        request.POST if request.method == "POST" else None, initial={"keep_location": account.keep_location}
    )
    if form.is_bound and submit(
        form, lambda data: actions.set_keep_location(by=request.member, keep=data["keep_location"])
    ):
        toasts.say(request, "Saved.")
        return redirect("media:settings")
    context_ = {
        "heading": "Photos and files",
        "form": form,
        "used": checking.told(account.used_bytes),
        "room": checking.told(account.quota_bytes),
        "used_percent": min(100, round(100 * account.used_bytes / account.quota_bytes)) if account.quota_bytes else 100,
        "limits": limits(),
        "may_audit": may(request.member, "audit.view"),
    }
    return render(request, "media/settings.html", context_)


def limits() -> list[tuple[str, str]]:
    from django.conf import settings

    words = {"image": "Photos", "video": "Videos", "audio": "Sound", "document": "Documents", "other": "Other files"}
    return [(words[kind], checking.told(most)) for kind, most in settings.UPLOAD_BYTES.items()]
