"""Open a demo tenant with what every new tenant gets, under an id that is always the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction

from core import context
from tenancy import provisioning
from tenancy.actions.organisations import install_calendar, install_roles
from tenancy.models import Tenant


class SlugTaken(Exception):
    """Somebody else's tenant bears the demo's name."""


@dataclass(frozen=True, slots=True)
class DemoTenant:
    id: UUID
    slug: str
    name: str
    currency: str
    time_zone: str


NORTH_PIT = DemoTenant(UUID("01900000-0000-7000-8000-00000000a001"), "north-pit", "North Pit", "AUD", "Australia/Perth")
WEST_CAMPUS = DemoTenant(
    UUID("01900000-0000-7000-8000-00000000a002"), "west-campus", "West Campus", "USD", "America/New_York"
)


@contextmanager
def opened(wanted: DemoTenant) -> Iterator[Tenant]:
    """One transaction within the tenant, which is made when it is not there. Two loaders at once take turns."""
    with context.use(tenant_id=wanted.id, source="demo"), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('millwright demo', 0))")
        tenant = Tenant.objects.filter(pk=wanted.id).first() or _made(wanted)
        yield tenant


def _made(wanted: DemoTenant) -> Tenant:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenancy_slug_taken(%s)", [wanted.slug])
        if cursor.fetchone()[0]:
            raise SlugTaken(f"A tenant “{wanted.slug}” exists that is not the demo's. Rename it first.")
    tenant = Tenant.objects.create(
        id=wanted.id, name=wanted.name, slug=wanted.slug, currency=wanted.currency, time_zone=wanted.time_zone
    )
    install_roles(tenant)
    install_calendar(tenant)
    provisioning.install(tenant)
    return tenant
