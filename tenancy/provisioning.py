"""What a new tenant is given by the apps above: each registers an installer from its `ready()`."""

from __future__ import annotations

from collections.abc import Callable

from tenancy.models import Tenant

_installers: list[Callable[[Tenant], None]] = []


def register(installer: Callable[[Tenant], None]) -> None:
    if installer not in _installers:
        _installers.append(installer)


def install(tenant: Tenant) -> None:
    for installer in _installers:
        installer(tenant)
