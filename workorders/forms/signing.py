"""The form of a signature."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from django import forms

from tenancy.models import Member
from workorders.choices import SignatureMeaning

PNG = "data:image/png;base64,"
LONGEST = 700_000


def picture_of(text: str) -> bytes:
    """The PNG in a data address, as a canvas gives it. Raises ValueError."""
    if not text.startswith(PNG) or len(text) > LONGEST:
        raise ValueError("Draw the signature again.")
    try:
        return base64.b64decode(text.removeprefix(PNG), validate=True)
    except binascii.Error:
        raise ValueError("Draw the signature again.") from None


class SignForm(forms.Form):
    """Drawn on the screen (`drawing` is filled by static/js/signature.js), or by password."""

    meaning = forms.ChoiceField(label="It means", choices=SignatureMeaning.choices)
    name = forms.CharField(label="Name", max_length=150, help_text="Of whoever signs on this screen.")
    drawing = forms.CharField(required=False, max_length=LONGEST, widget=forms.HiddenInput)
    password = forms.CharField(
        label="Or sign with your password", required=False, strip=False, max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        help_text="Only in your own name. On completed work it seals the record: nothing but comments is added afterwards.",
    )  # fmt: skip

    def __init__(self, *args: Any, member: Member, meaning: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("name", member.name)
        self.initial.setdefault("meaning", meaning or SignatureMeaning.PERFORMED)

    def clean_drawing(self) -> bytes | None:
        text = self.cleaned_data["drawing"]
        if not text:
            return None
        try:
            return picture_of(text)
        except ValueError as error:
            # A hidden field shows no error of its own.
            self.add_error(None, str(error))
            return None
