"""Tenants, the people in them and what each may do."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.functional import cached_property

from core.fields import Id, TenantForeignKey

SLUG = RegexValidator(r"^[a-z0-9](?:[a-z0-9-]{0,48}[a-z0-9])?$", "Use lower-case letters, digits and hyphens.")


class Tenant(models.Model):
    """One organisation. Every other table of the domain hangs on it."""

    id = Id()
    name = models.CharField(max_length=120)
    slug = models.CharField(max_length=50, unique=True, validators=[SLUG])
    currency = models.CharField(
        max_length=3, default="EUR", validators=[RegexValidator(r"^[A-Z]{3}$", "Use a three-letter currency code.")]
    )
    time_zone = models.CharField(max_length=64, default="UTC")
    # Raised by a trigger whenever statuses, priorities, types or transitions change; caches of them carry it.
    catalogue_version = models.PositiveIntegerField(default=1, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.name


class User(AbstractUser):
    """A login. A person may be a member of several tenants with one login."""

    id = Id()
    email = models.EmailField("e-mail", max_length=254)

    class Meta(AbstractUser.Meta):
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_unique", condition=~Q(email="")),
            models.UniqueConstraint(Lower("username"), name="user_username_unique"),
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.email or self.username


class TenantModel(models.Model):
    """A row of one tenant."""

    id = Id()
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+", editable=False)

    class Meta:
        abstract = True


class Role(TenantModel):
    """An editable bundle of permissions."""

    key = models.SlugField(max_length=40)
    name = models.CharField(max_length=60)
    permissions = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    is_admin = models.BooleanField(default=False, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "key"], name="role_key_per_tenant"),
            models.UniqueConstraint(Lower("name"), "tenant", name="role_name_per_tenant"),
        ]

    def __str__(self) -> str:
        return self.name


class Department(TenantModel):
    name = models.CharField(max_length=120)
    code = models.CharField(max_length=40, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(Lower("name"), "tenant", name="department_name_per_tenant")]

    def __str__(self) -> str:
        return self.name


class Member(TenantModel):
    """A person in one tenant; `user` is empty for people without a login (helpers, contractors)."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="memberships")
    role = TenantForeignKey(Role, on_delete=models.PROTECT, related_name="members")
    name = models.CharField(max_length=150)
    email = models.EmailField("e-mail", max_length=254, blank=True)
    # When on, they see only the places and departments listed for them, besides their own work.
    scoped = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    is_default = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "user"], name="member_once_per_tenant"),
            models.UniqueConstraint(Lower("email"), "tenant", name="member_email_per_tenant", condition=~Q(email="")),
        ]

    def __str__(self) -> str:
        return self.name

    @cached_property
    def permissions(self) -> frozenset[str]:
        """Permission names of the role; a caller with an API key has them narrowed (`narrowed_to`)."""
        return frozenset(self.role.permissions) if self.is_active else frozenset()

    def narrowed_to(self, scopes: list[str]) -> Member:
        self.__dict__["permissions"] = self.permissions & frozenset(scopes)
        return self


class DepartmentScope(TenantModel):
    """A department whose work a scoped member sees."""

    member = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="department_scopes")
    department = TenantForeignKey(Department, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "member", "department"], name="department_scope_once")]

    def __str__(self) -> str:
        return f"{self.member} in {self.department}"


class Calendar(TenantModel):
    """Working time: intervals per weekday in a time zone, less holidays."""

    name = models.CharField(max_length=80)
    time_zone = models.CharField(max_length=64)
    is_default = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(Lower("name"), "tenant", name="calendar_name_per_tenant"),
            models.UniqueConstraint(fields=["tenant"], condition=Q(is_default=True), name="calendar_one_default"),
        ]

    def __str__(self) -> str:
        return self.name


class WorkingInterval(TenantModel):
    """Half-open working time on one weekday (0 is Monday), in the calendar's zone."""

    calendar = TenantForeignKey(Calendar, on_delete=models.CASCADE, related_name="intervals")
    weekday = models.PositiveSmallIntegerField()
    starts = models.TimeField()
    ends = models.TimeField()

    class Meta:
        ordering = ["weekday", "starts"]
        constraints = [
            models.CheckConstraint(condition=Q(weekday__lte=6), name="working_interval_weekday"),
            models.CheckConstraint(condition=Q(ends__gt=models.F("starts")), name="working_interval_ends_after_start"),
            models.UniqueConstraint(fields=["tenant", "calendar", "weekday", "starts"], name="working_interval_once"),
        ]

    def __str__(self) -> str:
        return f"{self.weekday} {self.starts:%H:%M}–{self.ends:%H:%M}"


class Holiday(TenantModel):
    calendar = TenantForeignKey(Calendar, on_delete=models.CASCADE, related_name="holidays")
    on = models.DateField()
    name = models.CharField(max_length=80)

    class Meta:
        ordering = ["on"]
        constraints = [models.UniqueConstraint(fields=["tenant", "calendar", "on"], name="holiday_once")]

    def __str__(self) -> str:
        return f"{self.on} {self.name}"


class ApiKey(TenantModel):
    """A secret a program signs in with, acting as a member with no more than `scopes`. Stored as a hash."""

    KEY, LOGIN = "key", "login"
    kind = models.CharField(max_length=5, choices=[(KEY, "API key"), (LOGIN, "Sign-in token")], default=KEY)
    name = models.CharField(max_length=80)
    member = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="api_keys")
    prefix = models.CharField(max_length=12)
    secret_hash = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=60), default=list)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    created_by = TenantForeignKey(Member, on_delete=models.PROTECT, related_name="+", null=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=["key", "login"]), name="api_key_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class Invitation(TenantModel):
    """An e-mail with a link by which somebody joins; the token is stored as a hash and works once."""

    email = models.EmailField(max_length=254)
    name = models.CharField(max_length=150, blank=True)
    role = TenantForeignKey(Role, on_delete=models.CASCADE, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = TenantForeignKey(Member, on_delete=models.PROTECT, related_name="+", null=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = TenantForeignKey(Member, on_delete=models.SET_NULL, related_name="+", null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True, accepted_by__isnull=True) | Q(accepted_at__isnull=False),
                name="invitation_accepted_by_needs_accepted_at",
            ),
            models.UniqueConstraint(
                Lower("email"),
                "tenant",
                name="invitation_one_open",
                condition=Q(accepted_at__isnull=True, revoked_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.email
