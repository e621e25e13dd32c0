"""Pages of this app in the Django admin; importing a module registers its models."""

from workorders.admin import bulk, comments, failures, orders, parts, signing, tasks

__all__ = ["bulk", "comments", "failures", "orders", "parts", "signing", "tasks"]
