"""A file as galleries and answers show it: rows in, words and addresses out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from media import checking, naming
from media.choices import MediaKind, MediaState

# What `item` reads, behind a path such as "file__".
COLUMNS = (
    "id", "original_name", "kind", "state", "size", "stored_name", "thumbnail_name", "width", "height", "taken_at",
    "caption", "refusal", "uploaded_by_id", "uploaded_by__name", "uploaded_at", "version",
)  # fmt: skip
ICONS = {
    MediaKind.IMAGE: "image", MediaKind.VIDEO: "film", MediaKind.AUDIO: "audio-lines", MediaKind.DOCUMENT: "file-text",
    MediaKind.OTHER: "file",
}  # fmt: skip


def columns(path: str = "file__") -> list[str]:
    return [f"{path}{name}" for name in COLUMNS]


def item(values: Mapping[str, Any], path: str = "file__") -> dict[str, Any]:
    """One file of a gallery."""
    row = {name: values[f"{path}{name}"] for name in COLUMNS}
    url, thumbnail = naming.urls(row)
    waiting = row["state"] == MediaState.PROCESSING
    return {
        **{name: row[name] for name in ("id", "kind", "state", "width", "height", "taken_at", "caption", "refusal")},
        "name": row["original_name"],
        "size": checking.told(row["size"]),
        "by": row["uploaded_by__name"] or "",
        "by_id": row["uploaded_by_id"],
        "at": row["uploaded_at"],
        "version": row["version"],
        "icon": ICONS[row["kind"]],
        "waiting": waiting,
        "url": "" if waiting else url,
        "thumbnail": "" if waiting else thumbnail,
        "picture": row["kind"] == MediaKind.IMAGE,
        "plays": row["kind"] in (MediaKind.VIDEO, MediaKind.AUDIO),
        "title": row["caption"] or row["original_name"],
    }
