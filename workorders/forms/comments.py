"""Shapes of what people type into the thread of a work order."""

from __future__ import annotations

from django import forms

from workorders.choices import NOTE_LENGTH
from workorders.forms.orders import text_area

LONG = f"A note has at most {NOTE_LENGTH:,} characters."


class CommentForm(forms.Form):
    text = forms.CharField(
        max_length=NOTE_LENGTH, error_messages={"required": "Write something first.", "max_length": LONG}
    )
    for_requester = forms.BooleanField(required=False)


class EditCommentForm(forms.Form):
    text = forms.CharField(
        label="Note",
        max_length=NOTE_LENGTH,
        widget=text_area(4),
        error_messages={"required": "Write something first.", "max_length": LONG},
    )
