"""What somebody says about a photo or file of a work order."""

from __future__ import annotations

from typing import Any

from django import forms

from media.choices import HERE, MediaKind
from media.models import MediaFile
from tenancy.models import Member
from tenancy.permissions import may
from workorders.choices import MediaLabel


class MediaForm(forms.Form):
    label = forms.ChoiceField(choices=MediaLabel.choices, required=False, label="Shows the state")
    caption = forms.CharField(max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    rotate = forms.TypedChoiceField(
        coerce=int,
        empty_value=0,  # type: ignore[arg-type]
        choices=[("0", "As it is"), ("90", "To the right"), ("270", "To the left"), ("180", "Upside down")],
        required=False,
        label="Turn it",
    )
    for_requester = forms.BooleanField(required=False, label="Show to the person who reported it")

    def __init__(self, *args: Any, file: MediaFile, member: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if file.kind != MediaKind.IMAGE or file.state not in HERE:
            del self.fields["rotate"]
        if not may(member, "workorder.view_all", "workorder.view_own"):
            del self.fields["for_requester"]
