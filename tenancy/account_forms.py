"""allauth's forms in the words of our own pages: E-mail, sign in."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as account


def reword(form: Any, name: str, label: str, placeholder: str = "") -> None:
    """The label says what belongs there; a placeholder only where it adds something."""
    field = form.fields[name]
    field.label = label
    field.widget.attrs.pop("placeholder", None)
    if placeholder:
        field.widget.attrs["placeholder"] = placeholder


class LoginForm(account.LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reword(self, "login", "E-mail or user name")
        reword(self, "password", "Password")


class AddEmailForm(account.AddEmailForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reword(self, "email", "E-mail")


class ResetPasswordForm(account.ResetPasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reword(self, "email", "E-mail")
