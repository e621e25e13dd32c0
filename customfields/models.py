"""Fields a tenant adds to work orders, assets, parts and requests. Values lie in the `custom` column of their row."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from customfields.choices import Entity, FieldKind
from tenancy.models import TenantModel


class CustomField(TenantModel):
    """`key` names it in the API and in `custom`; it never changes. `required_for` narrows `required` to work order types."""

    entity = models.CharField(max_length=12, choices=Entity.choices)
    key = models.SlugField(max_length=40)
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=14, choices=FieldKind.choices)
    options = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    help_text = models.CharField(max_length=200, blank=True)
    required = models.BooleanField(default=False)
    required_for = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        ordering = ["entity", "position", "name"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "entity", "key"], name="custom_field_key"),
            models.UniqueConstraint(Lower("name"), "tenant", "entity", name="custom_field_name"),
            models.CheckConstraint(condition=Q(entity__in=Entity.values), name="custom_field_entity_known"),
            models.CheckConstraint(condition=Q(kind__in=FieldKind.values), name="custom_field_kind_known"),
        ]

    def __str__(self) -> str:
        return self.name
