"""One tenant with its people, and what was written in it: the facts that tests of acts compare."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import transaction

from core.errors import DomainError
from core.models import AuditEntry, Event
from labor.models import Technician
from tenancy import access
from tenancy.models import Member, Role, Tenant
from tenancy.permissions import PERMISSIONS
from tests import factories
from workorders.models import Status, StatusLog, WorkOrder


@dataclass
class House:
    tenant: Tenant
    people: dict[str, Member] = field(default_factory=dict)

    @classmethod
    def build(cls) -> House:
        return cls(factories.make_tenant())

    def inside(self) -> Any:
        """A transaction in this tenant."""
        return factories.inside(self.tenant, source="test")

    def __getitem__(self, name: str) -> Member:
        """The person of that name, made at first sight: "technician", "technician2", "manager" … as `access` builds them."""
        if name not in self.people:
            made = factories.make_member(self.tenant, name.rstrip("0123456789"), name=name)
            self.people[name] = self.again(made)
        return self.people[name]

    def again(self, member: Member) -> Member:
        """The member as a request of theirs would find them now."""
        if member.user_id:
            return next(found for found in access.memberships(member.user_id) if found.pk == member.pk)
        with self.inside():
            return Member.objects.select_related("tenant", "role").get(pk=member.pk)

    def profile(self, name: str = "technician") -> Technician:
        member = self[name]
        with self.inside():
            return Technician.objects.select_related("member").get(pk=member.pk)

    def having(self, *permissions: str, **options: Any) -> Member:
        """Somebody with exactly these permissions."""
        return self.again(factories.make_member(self.tenant, factories.make_role(self.tenant, permissions), **options))

    def lacking(self, *permissions: str) -> Member:
        """Somebody who may everything else."""
        return self.having(*(PERMISSIONS.keys() - set(permissions)))

    def work(self, meaning: str = "", *, to: str = "", **fields: Any) -> WorkOrder:
        """A work order led to the meaning; `to` names the technician who has it."""
        made = factories.make_work_order(self.tenant, **fields)
        if to or meaning:
            made = factories.advance(made, meaning or "assigned", to=self.profile(to) if to else None)
        return self.read(made)

    def read(self, row: Any) -> Any:
        """The row as it is in the database now, with what it refers to."""
        related = [field.name for field in row._meta.concrete_fields if field.is_relation]
        with self.inside():
            return type(row)._default_manager.select_related(*related).get(pk=row.pk)

    def status(self, key: str) -> Status:
        with self.inside():
            return Status.objects.get(tenant=self.tenant, key=key)

    def role(self, key: str) -> Role:
        with self.inside():
            return Role.objects.get(tenant=self.tenant, key=key)

    def marks(self) -> tuple[int, ...]:
        """How much was ever written in this tenant: audit entries, events, status log rows."""
        with self.inside():
            return (AuditEntry.objects.count(), Event.objects.count(), StatusLog.objects.count())

    @contextmanager
    def refuses(self, error: type[DomainError], **expected: Any) -> Iterator[None]:
        """The block is refused by exactly this error with these attributes, and nothing was written."""
        before, known = self.marks(), dict(self.people)
        with pytest.raises(DomainError) as caught, self.inside():
            yield
        self.people = known  # whoever was made in the block is gone with it
        found = {name: getattr(caught.value, name, None) for name in expected}
        assert (type(caught.value), found) == (error, expected)
        assert self.marks() == before

    def events(self, *, after: int = 0, **filters: Any) -> list[tuple[str, Any, dict[str, Any]]]:
        """(type, actor, changes) of the events since `after` (a sequence number)."""
        with self.inside():
            rows = Event.objects.filter(seq__gt=after, **filters).order_by("seq")
            return [(row.type, row.actor_id, row.changes) for row in rows]

    def last_event(self) -> int:
        with self.inside():
            return Event.objects.order_by("-seq").values_list("seq", flat=True).first() or 0

    def log(self, work_order: WorkOrder) -> list[tuple[str, str, str]]:
        """(from, to, reason) of the status log, oldest first."""
        with self.inside():
            rows = StatusLog.objects.filter(work_order_id=work_order.pk)
            return [(row.from_meaning, row.to_meaning, row.reason) for row in rows]


@contextmanager
def undone(house: House) -> Iterator[None]:
    """Try something in a savepoint and take it back."""
    with house.inside():
        sid = transaction.savepoint()
        try:
            yield
        finally:
            transaction.savepoint_rollback(sid)
