"""What a file is, and how far its upload has come."""

from __future__ import annotations

from django.db import models


class MediaKind(models.TextChoices):
    IMAGE = "image", "Image"
    VIDEO = "video", "Video"
    AUDIO = "audio", "Audio"
    DOCUMENT = "document", "Document"
    OTHER = "other", "File"


class MediaState(models.TextChoices):
    """`awaited`: promised by a presigned upload; `processing`: a picture that is here and shown once it is prepared."""

    AWAITED = "awaited", "Upload awaited"
    PROCESSING = "processing", "Being prepared"
    READY = "ready", "Ready"
    REFUSED = "refused", "Refused"


HERE = (MediaState.PROCESSING, MediaState.READY)
