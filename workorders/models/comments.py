"""What hangs on a note: who was mentioned, and what it said before it was edited."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from core.fields import TenantForeignKey
from tenancy.models import Member, TenantModel
from workorders.models.orders import Comment


class Mention(TenantModel):
    comment = TenantForeignKey(Comment, on_delete=models.CASCADE, related_name="mentions")
    member = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "comment", "member"], name="mention_once")]
        indexes = [models.Index(fields=["tenant", "member"], name="mention_of_member")]

    def __str__(self) -> str:
        return f"{self.member_id} in {self.comment_id}"


class CommentRevision(TenantModel):
    """The text that an edit replaced. Append-only."""

    comment = TenantForeignKey(Comment, on_delete=models.CASCADE, related_name="revisions")
    text = models.TextField()
    replaced_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["replaced_at", "id"]
        indexes = [models.Index(fields=["tenant", "comment"], name="revision_of_comment")]

    def __str__(self) -> str:
        return self.text[:60]
