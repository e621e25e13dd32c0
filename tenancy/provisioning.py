"""What a new tenant and a new member are given by the apps above: each registers from its `ready()`."""

from __future__ import annotations

from collections.abc import Callable

from tenancy.models import Member, Tenant

_installers: list[Callable[[Tenant], None]] = []
_welcomes: list[Callable[[Member], None]] = []


def register(installer: Callable[[Tenant], None]) -> None:
    if installer not in _installers:
        _installers.append(installer)


def install(tenant: Tenant) -> None:
    for installer in _installers:
        installer(tenant)


def register_welcome(welcome: Callable[[Member], None]) -> None:
    if welcome not in _welcomes:
        _welcomes.append(welcome)


def welcome(member: Member) -> None:
    """In the transaction in which somebody joins or gets another role."""
    for one in _welcomes:
        one(member)
