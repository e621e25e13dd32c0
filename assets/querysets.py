"""The vocabulary of places and assets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.lookups import Lookup
from django.db.models.sql import Query

from core.fields import LtreeField

if TYPE_CHECKING:
    from tenancy.models import Member


@LtreeField.register_lookup
class DescendantOf(Lookup):
    """`path__within=<path>`: the node itself and everything below it.

    A given path (or one looked up) goes through the table's function, because PostgreSQL does not use GiST under row-level security.
    """

    lookup_name = "within"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        right, right_params = self.process_rhs(compiler, connection)
        if self.rhs_is_direct_value() or isinstance(self.rhs, Query):
            model = self.lhs.target.model
            key, key_params = compiler.compile(model._meta.pk.get_col(self.lhs.alias))
            return f"{key} IN (SELECT {model._meta.db_table}_within({right}::ltree))", [*key_params, *right_params]
        left, left_params = self.process_lhs(compiler, connection)
        return f"{left} <@ {right}::ltree", [*left_params, *right_params]


@LtreeField.register_lookup
class AncestorOf(Lookup):
    """`path__above=<path>`: the node itself and everything above it."""

    lookup_name = "above"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        left, left_params = self.process_lhs(compiler, connection)
        right, right_params = self.process_rhs(compiler, connection)
        return f"{left} @> {right}::ltree", [*left_params, *right_params]


def in_location_scope(member: Member, path: str) -> Exists:
    """Rows whose place lies in one of the member's scopes; `path` names the row's location path, e.g. "location__path"."""
    from assets.models import LocationScope

    return Exists(LocationScope.objects.filter(member_id=member.pk, location__path__above=OuterRef(path)))


class LocationQuerySet(models.QuerySet[Any]):
    def visible_to(self, member: Member) -> Self:
        """Places of the member's tenant that they may see; for a scoped member those in scope and the way down to them."""
        if "location.view" not in member.permissions:
            return self.none()
        rows = self.filter(tenant_id=member.tenant_id)
        if not member.scoped:
            return rows
        from assets.models import LocationScope

        mine = LocationScope.objects.filter(member_id=member.pk)
        return rows.filter(
            Exists(mine.filter(location__path__above=OuterRef("path")))
            | Exists(mine.filter(location__path__within=OuterRef("path")))
        )

    def active(self) -> Self:
        return self.filter(archived_at=None)

    def within(self, location: Any) -> Self:
        """The place itself and everything below it."""
        return self.filter(path__within=location.path)

    def above(self, location: Any) -> Self:
        """The place itself and everything above it, topmost first."""
        return self.filter(path__above=location.path).order_by(
            models.Func(F("path"), function="nlevel", output_field=models.IntegerField())
        )


class AssetQuerySet(models.QuerySet[Any]):
    def visible_to(self, member: Member) -> Self:
        """Assets of the member's tenant that they may see: all, or those at the places or in the departments of their scope."""
        if "asset.view" not in member.permissions:
            return self.none()
        rows = self.filter(tenant_id=member.tenant_id)
        if not member.scoped:
            return rows
        from tenancy.models import DepartmentScope

        return rows.filter(
            Q(in_location_scope(member, "location__path"))
            | Q(department__in=DepartmentScope.objects.filter(member_id=member.pk).values("department"))
        )

    def active(self) -> Self:
        return self.filter(archived_at=None)

    def within(self, asset: Any) -> Self:
        """The asset itself and its parts, at any depth."""
        return self.filter(path__within=asset.path)
