"""Shapes of what people type into the thread of a work order."""

from __future__ import annotations

from typing import Any

from django import forms

from workorders.choices import NOTE_LENGTH
from workorders.forms.orders import text_area

MOST_FILES = 10
LONG = f"A note has at most {NOTE_LENGTH:,} characters."


class SeveralFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files up to `MOST_FILES`."""

    def __init__(self) -> None:
        super().__init__(required=False, widget=SeveralFiles)

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        found = [super(FilesField, self).clean(one, initial) for one in data or [] if one]
        if len(found) > MOST_FILES:
            raise forms.ValidationError(
                f"Attach at most {MOST_FILES} files to a comment; add the others to the gallery."
            )
        return found


class CommentForm(forms.Form):
    text = forms.CharField(
        max_length=NOTE_LENGTH, error_messages={"required": "Write something first.", "max_length": LONG}
    )
    for_requester = forms.BooleanField(required=False)
    attached = FilesField()


class EditCommentForm(forms.Form):
    text = forms.CharField(
        label="Note",
        max_length=NOTE_LENGTH,
        widget=text_area(4),
        error_messages={"required": "Write something first.", "max_length": LONG},
    )
