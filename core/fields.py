"""Model fields the whole house uses."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Func

from core.ids import uuid7


class Id(models.UUIDField):
    """A UUIDv7 primary key made by the application, so that clients may make their own offline."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("primary_key", True)
        kwargs.setdefault("default", uuid7)
        kwargs.setdefault("editable", False)
        super().__init__(**kwargs)


class TenantForeignKey(models.ForeignKey):
    """A reference to a row of the same tenant.

    The database constraint is the composite (tenant_id, <column>) → (tenant_id, id) that `IsolateTenant` adds: referential
    checks bypass row-level security, so a plain foreign key would accept another tenant's row.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["db_constraint"] = False
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("db_constraint", None)
        return name, path, args, kwargs


class TenantOneToOne(models.OneToOneField):
    """As `TenantForeignKey`, one to one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["db_constraint"] = False
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("db_constraint", None)
        return name, path, args, kwargs


class TransactionId(models.Field):
    """PostgreSQL's xid8: the transaction that wrote the row. Read as text, compared in SQL only."""

    def db_type(self, connection: Any) -> str:
        return "xid8"


class LtreeField(models.Field):
    """A materialised path of labels (ltree), indexed by GiST; the database keeps it, forms never show it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("editable", False)
        super().__init__(*args, **kwargs)

    def db_type(self, connection: Any) -> str:
        return "ltree"


class CurrentTransaction(Func):
    function = "pg_current_xact_id"
    template = "%(function)s()"
    arity = 0
    output_field = TransactionId()


class CurrentTenant(Func):
    """The tenant of the transaction."""

    template = "nullif(current_setting('app.tenant', true), '')::uuid"
    arity = 0
    output_field = models.UUIDField()
