"""The data dictionary follows the models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command


def test_the_documents_are_up_to_date() -> None:
    call_command("describe_models", check=True)


def test_a_document_out_of_date_is_named_and_left_alone(tmp_path: Path, settings: Any) -> None:
    settings.BASE_DIR = tmp_path
    (tmp_path / "docs").mkdir()
    with pytest.raises(CommandError, match=r"docs/data-dictionary\.md, docs/er-diagram\.md"):
        call_command("describe_models", check=True)
    assert list((tmp_path / "docs").iterdir()) == []
    call_command("describe_models")
    call_command("describe_models", check=True)
    text = (tmp_path / "docs" / "data-dictionary.md").read_text()
    assert "| search | tsvector |" in text
    assert "`core_auditentry`. Isolated, read-only for the application." in text
    (tmp_path / "docs" / "er-diagram.md").write_text("something else")
    with pytest.raises(CommandError, match=r"Out of date: docs/er-diagram\.md"):
        call_command("describe_models", check=True)
