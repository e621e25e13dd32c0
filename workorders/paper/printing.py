"""PDF by typst: a template of ours, its data as JSON, its pictures as files. Nothing a person typed becomes markup.

Papers are tagged (PDF/UA-1), so that a screen reader reads them. Where the fonts lack a letter that somebody typed, that
standard refuses the whole paper; it is then made without the claim.
"""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import segno
import structlog
import typst

TEMPLATES = Path(__file__).parent
STANDARD = "ua-1"
log = structlog.get_logger("millwright.paper")


def pdf(template: str, data: Mapping[str, Any], pictures: Mapping[str, bytes] | None = None) -> bytes:
    """The paper of `<template>.typ` with `data`; `pictures` are the files that it names."""
    with tempfile.TemporaryDirectory(prefix="millwright-paper-") as name:
        folder = Path(name)
        (folder / "paper.typ").write_bytes((TEMPLATES / f"{template}.typ").read_bytes())
        (folder / "data.json").write_text(json.dumps(data, ensure_ascii=False, default=str), encoding="utf-8")
        for file, content in (pictures or {}).items():
            (folder / file).write_bytes(content)
        try:
            return compiled(folder, STANDARD)
        except typst.TypstError as error:
            log.warning("paper_without_standard", error=str(error)[:300])
            return compiled(folder, None)


def compiled(folder: Path, standard: str | None) -> bytes:
    options: dict[str, Any] = {"pdf_standards": standard} if standard else {}
    made: bytes = typst.compile(str(folder / "paper.typ"), root=str(folder), format="pdf", **options)
    return made


def qr(address: str) -> bytes:
    """A QR code as SVG, without a border: the paper leaves the room."""
    made = io.BytesIO()
    segno.make(address, error="m", micro=False).save(made, kind="svg", border=0, scale=4, xmldecl=False)
    return made.getvalue()
