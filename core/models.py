"""Tables without a domain: the event log that is also the outbox, the audit trail, numbers and idempotency keys."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from core.fields import CurrentTransaction, TransactionId


class Event(models.Model):
    """A fact that happened, written in the transaction that made it true. Append-only.

    Readers take rows in the order (txid, seq) and only those below the oldest transaction still open, so that a cursor
    never passes over a row that commits late (docs/adr/0004).
    """

    seq = models.BigAutoField(primary_key=True)
    txid = TransactionId(db_default=CurrentTransaction())
    tenant_id = models.UUIDField()
    type = models.CharField(max_length=60)
    object_type = models.CharField(max_length=60)
    object_id = models.UUIDField()
    work_order_id = models.UUIDField(null=True)
    asset_id = models.UUIDField(null=True)
    actor_id = models.UUIDField(null=True)
    source = models.CharField(max_length=20, default="")
    request_id = models.CharField(max_length=64, default="")
    occurred_at = models.DateTimeField(default=timezone.now)
    recorded_at = models.DateTimeField(default=timezone.now)
    changes = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["tenant_id", "txid", "seq"], name="event_tenant_cursor"),
            models.Index(fields=["tenant_id", "work_order_id", "seq"], name="event_work_order"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.object_id}"


class AuditEntry(models.Model):
    """One row changed by any write path; written by the trigger `core_audit`, never by the application."""

    id = models.BigAutoField(primary_key=True)
    tenant_id = models.UUIDField(null=True)
    table_name = models.CharField(max_length=80)
    row_id = models.CharField(max_length=80)
    action = models.CharField(max_length=6)
    actor_id = models.UUIDField(null=True)
    user_id = models.UUIDField(null=True)
    source = models.CharField(max_length=20)
    request_id = models.CharField(max_length=64)
    database_role = models.CharField(max_length=80)
    at = models.DateTimeField()
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        verbose_name_plural = "audit entries"
        indexes = [
            models.Index(fields=["tenant_id", "table_name", "row_id", "id"], name="audit_row"),
            models.Index(fields=["tenant_id", "id"], name="audit_recent"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.table_name} {self.row_id}"


class ConsumerCursor(models.Model):
    """How far one consumer has read one tenant's events; its row lock makes two drains take turns."""

    id = models.BigAutoField(primary_key=True)
    tenant_id = models.UUIDField()
    consumer = models.CharField(max_length=60)
    txid = TransactionId()
    seq = models.BigIntegerField()
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id", "consumer"], name="cursor_per_consumer")]

    def __str__(self) -> str:
        return f"{self.consumer} at {self.txid}-{self.seq}"


class FailedDelivery(models.Model):
    """An event a consumer could not handle: tried again with growing pauses, then kept as a dead letter."""

    id = models.BigAutoField(primary_key=True)
    tenant_id = models.UUIDField()
    consumer = models.CharField(max_length=60)
    event_seq = models.BigIntegerField()
    attempts = models.PositiveIntegerField(default=1)
    next_at = models.DateTimeField(null=True)
    error = models.TextField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "failed deliveries"
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "consumer", "event_seq"], name="failed_delivery_once"),
        ]
        indexes = [models.Index(fields=["tenant_id", "next_at"], name="failed_delivery_due")]

    def __str__(self) -> str:
        return f"{self.consumer} event {self.event_seq}, {self.attempts} attempts"


class NumberSequence(models.Model):
    """The next number that people will read, per tenant, kind and year."""

    id = models.BigAutoField(primary_key=True)
    tenant_id = models.UUIDField()
    kind = models.CharField(max_length=10)
    year = models.PositiveSmallIntegerField()
    next = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id", "kind", "year"], name="sequence_per_year")]

    def __str__(self) -> str:
        return f"{self.kind}-{self.year}"


class IdempotencyKey(models.Model):
    """The answer first given to a key, kept 24 hours and replayed to the same caller."""

    id = models.BigAutoField(primary_key=True)
    tenant_id = models.UUIDField()
    caller = models.CharField(max_length=80)
    key = models.CharField(max_length=200)
    request_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField(default=dict)
    body = models.BinaryField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "caller", "key"], name="idempotency_key_per_caller")
        ]
        indexes = [models.Index(fields=["created_at"], name="idempotency_key_age")]

    def __str__(self) -> str:
        return self.key
