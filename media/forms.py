"""The settings of photos and files."""

from __future__ import annotations

from django import forms


class MediaSettingsForm(forms.Form):
    keep_location = forms.BooleanField(
        required=False,
        label="Keep where photos were taken",
        help_text="Phones write the position into each photo. Unless you keep it, it is taken out when a photo is added."
        " Photos that are here already stay as they are.",
    )
