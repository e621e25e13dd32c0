"""Shapes of what people type about their organisation, its people and keys."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any
from zoneinfo import available_timezones

from django import forms

from tenancy.models import Calendar, Department, Member, Role
from tenancy.permissions import PERMISSIONS

WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
INTERVAL = re.compile(r"(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})")


def zone_choices() -> list[tuple[str, str]]:
    return [(name, name.replace("_", " ")) for name in sorted(available_timezones()) if "/" in name or name == "UTC"]


class SignUpForm(forms.Form):
    organisation = forms.CharField(label="Organisation", max_length=120)
    name = forms.CharField(label="Your name", max_length=150, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    email = forms.EmailField(label="E-mail", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"}))
    password = forms.CharField(
        label="Password",
        max_length=200,
        help_text="At least ten characters.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    time_zone = forms.ChoiceField(label="Time zone", choices=zone_choices, initial="UTC")
    currency = forms.CharField(
        label="Currency", max_length=3, initial="EUR", help_text="Three letters, for example EUR."
    )

    def __init__(self, *args: Any, signed_in: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if signed_in:
            del self.fields["email"], self.fields["password"]

    def clean_currency(self) -> str:
        return str(self.cleaned_data["currency"]).upper()


class JoinForm(forms.Form):
    name = forms.CharField(label="Your name", max_length=150, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    password = forms.CharField(
        label="Choose a password",
        max_length=200,
        help_text="At least ten characters.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class OrganisationForm(forms.Form):
    name = forms.CharField(label="Name", max_length=120)
    time_zone = forms.ChoiceField(
        label="Time zone", choices=zone_choices, help_text="Of places that have none of their own."
    )
    currency = forms.CharField(label="Currency", max_length=3)

    def clean_currency(self) -> str:
        return str(self.cleaned_data["currency"]).upper()


def roles(member: Member) -> Any:
    return Role.objects.filter(tenant_id=member.tenant_id)


class InviteForm(forms.Form):
    email = forms.EmailField(label="E-mail", max_length=254)
    name = forms.CharField(label="Name", max_length=150, required=False)
    # Nobody becomes an administrator because a list begins with A.
    role = forms.ModelChoiceField(label="Role", queryset=Role.objects.none(), empty_label="Choose a role")

    def __init__(self, *args: Any, member: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].queryset = roles(member)  # type: ignore[attr-defined]


class MemberForm(forms.Form):
    name = forms.CharField(label="Name", max_length=150)
    role = forms.ModelChoiceField(label="Role", queryset=Role.objects.none(), empty_label=None)
    scoped = forms.BooleanField(
        label="Sees only their places and departments",
        required=False,
        help_text="Besides work that is theirs. Without this they see everything their role grants.",
    )
    departments = forms.ModelMultipleChoiceField(
        label="Departments", queryset=Department.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )
    is_active = forms.BooleanField(label="May sign in and be assigned work", required=False)

    def __init__(self, *args: Any, member: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].queryset = roles(member)  # type: ignore[attr-defined]
        departments = Department.objects.filter(tenant_id=member.tenant_id)
        self.fields["departments"].queryset = departments  # type: ignore[attr-defined]
        if not departments:
            del self.fields["departments"]


class AddMemberForm(forms.Form):
    name = forms.CharField(label="Name", max_length=150)
    email = forms.EmailField(label="E-mail", max_length=254, required=False)
    role = forms.ModelChoiceField(label="Role", queryset=Role.objects.none(), empty_label=None)

    def __init__(self, *args: Any, member: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].queryset = roles(member)  # type: ignore[attr-defined]


class DepartmentForm(forms.Form):
    name = forms.CharField(label="Name", max_length=120)
    code = forms.CharField(label="Code", max_length=40, required=False)


class RoleNameForm(forms.Form):
    name = forms.CharField(label="Name of the role", max_length=60)


class RoleForm(forms.Form):
    name = forms.CharField(label="Name of the role", max_length=60)
    like = forms.ModelChoiceField(
        label="Start with the permissions of", queryset=Role.objects.none(), required=False, empty_label="None"
    )

    def __init__(self, *args: Any, member: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["like"].queryset = roles(member)  # type: ignore[attr-defined]


class KeyForm(forms.Form):
    name = forms.CharField(label="Which program will use it?", max_length=80)
    expires_on = forms.DateField(label="Expires on", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    scopes = forms.MultipleChoiceField(label="It may", widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, member: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Nobody gives away more than they hold.
        self.fields["scopes"].choices = [  # type: ignore[attr-defined]
            (name, sentence) for name, sentence in PERMISSIONS.items() if name in member.permissions
        ]


class CalendarForm(forms.Form):
    """Working time of a week as text, "08:00-12:00, 13:00-17:00" per day, and one holiday per line."""

    time_zone = forms.ChoiceField(label="Time zone", choices=zone_choices)
    holidays = forms.CharField(
        label="Holidays",
        required=False,
        help_text="One per line: 2026-12-25 Christmas Day",
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        days = {
            f"day_{number}": forms.CharField(
                label=day,
                required=False,
                max_length=200,
                widget=forms.TextInput(attrs={"placeholder": "closed", "autocomplete": "off"}),
            )
            for number, day in enumerate(WEEKDAYS)
        }
        self.fields = {"time_zone": self.fields["time_zone"], **days, "holidays": self.fields["holidays"]}

    def clean(self) -> dict[str, Any]:
        data = dict(super().clean() or {})
        data["intervals"] = []
        for number in range(7):
            text = str(data.pop(f"day_{number}", "")).strip()
            found, rest = intervals(text)
            if rest:
                self.add_error(f"day_{number}", "Write times like 08:00-12:00, 13:00-17:00.")
            data["intervals"] += [(number, starts, ends) for starts, ends in found]
        data["holidays"] = []
        for line in str(self.cleaned_data.get("holidays", "")).splitlines():
            if not line.strip():
                continue
            on, _, name = line.strip().partition(" ")
            try:
                data["holidays"].append((dt.date.fromisoformat(on), name.strip()))
            except ValueError:
                self.add_error("holidays", f"“{line.strip()[:40]}” does not begin with a date like 2026-12-25.")
        return data


def intervals(text: str) -> tuple[list[tuple[dt.time, dt.time]], str]:
    """The intervals in a text, and what of it was not understood."""
    found, rest = [], text
    for match in INTERVAL.finditer(text):
        numbers = [int(part) for part in match.groups()]
        try:
            found.append((dt.time(numbers[0], numbers[1]), dt.time(numbers[2], numbers[3])))
        except ValueError:
            continue
        rest = rest.replace(match.group(), "", 1)
    return found, rest.strip(" ,;")


def calendar_initial(calendar: Calendar) -> dict[str, str]:
    days: dict[str, list[str]] = {}
    for interval in calendar.intervals.all():
        days.setdefault(f"day_{interval.weekday}", []).append(f"{interval.starts:%H:%M}-{interval.ends:%H:%M}")
    holidays = "\n".join(f"{holiday.on} {holiday.name}" for holiday in calendar.holidays.all())
    return {"time_zone": calendar.time_zone, "holidays": holidays} | {
        day: ", ".join(texts) for day, texts in days.items()
    }
