"""How long a photo takes, for `make bench`: what the request does, and what the worker does later."""

from __future__ import annotations

import time
from io import BytesIO
from typing import Any
from uuid import UUID

from django.core.files.base import ContentFile
from PIL import Image

from media import actions
from media.models import MediaFile


def sample(width: int = 4000, height: int = 3000) -> bytes:
    """A JPEG of 12 megapixels with as much detail as a photo has."""
    noise = Image.effect_noise((width // 4, height // 4), 90).resize((width, height), Image.Resampling.BICUBIC)
    out = BytesIO()
    Image.merge("RGB", (noise, noise.transpose(Image.Transpose.ROTATE_180), noise)).save(out, "JPEG", quality=90)
    return out.getvalue()


def photo(tenant_id: UUID, data: bytes, **options: Any) -> tuple[float, float]:
    """Milliseconds of storing it and of preparing it. Within a transaction of the tenant; the file stays."""
    begun = time.perf_counter()
    file: MediaFile = actions.store(
        by=None, tenant_id=tenant_id, content=ContentFile(data), name="photo.jpg", **options
    )
    stored = time.perf_counter()
    actions.prepare(file.pk, by=None)
    return 1000 * (stored - begun), 1000 * (time.perf_counter() - stored)
