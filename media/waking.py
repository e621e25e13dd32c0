"""Ask a worker for a picture once the transaction is committed. Without a broker nothing is lost: the sweep finds it."""

from __future__ import annotations

from uuid import UUID

import structlog
from django.db import transaction

from media.models import MediaFile

log = structlog.get_logger("millwright.media")


def wake(file: MediaFile) -> None:
    file_id, tenant_id = file.pk, file.tenant_id
    transaction.on_commit(lambda: ask(file_id, tenant_id), robust=True)


def ask(file_id: UUID, tenant_id: UUID) -> None:
    from media import tasks

    try:
        tasks.prepare.apply_async(args=(str(file_id), str(tenant_id)), retry=False)
    except Exception as error:  # any trouble of the broker: the file is stored and must be answered
        log.warning("wake_failed", error=type(error).__name__)
