"""What can go wrong in the domain, said once. `core.translation` turns these into pages and API answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class DomainError(Exception):
    """A refusal with a code for machines, a sentence for people and, where it has one, the field it is about.

    `headline` is the API's `error`; `message` its `reason`; `extra` are further keys of the answer.
    """

    code = "refused"
    headline = "Request refused"

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        field: str = "",
        headline: str = "",
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code
        self.field = field
        self.headline = headline or self.headline
        self.extra = dict(extra or {})


class NotFound(DomainError):
    """Does not exist, or may not be seen: the same to the caller."""

    code = "not_found"
    headline = "Not found"


class PermissionDenied(DomainError):
    """Visible, but this member may not do it; names the permission that is missing."""

    code = "permission_denied"
    headline = "Permission denied"

    def __init__(self, permission: str, message: str = "") -> None:
        super().__init__(
            message or f"You need the permission “{permission}” for this.", extra={"permission": permission}
        )
        self.permission = permission


class Conflict(DomainError):
    """Not possible in the present state."""

    code = "conflict"
    headline = "Not possible now"


class Invalid(DomainError):
    """The input is not sound. `details` maps each field path to one sentence; all problems at once."""

    code = "invalid"
    headline = "Invalid data"

    def __init__(self, details: Mapping[str, str], *, headline: str = "") -> None:
        self.details = dict(details)
        super().__init__(" ".join(self.details.values()), headline=headline, field=next(iter(self.details), ""))


class Stale(DomainError):
    """Somebody changed it since the caller read it."""

    code = "stale"
    headline = "Has changed"

    def __init__(self, current_version: int, *, headline: str = "") -> None:
        super().__init__(
            "Somebody changed this in the meantime. Reload, look at the change, and save again.",
            headline=headline,
            extra={"currentVersion": current_version},
        )
        self.current_version = current_version


class TooLarge(DomainError):
    """More bytes than are taken."""

    code = "too_large"
    headline = "File is too large"


class UnsupportedType(DomainError):
    """A kind of file that is not taken."""

    code = "unsupported_type"
    headline = "This kind of file is not taken"
