"""Pages of this app in the Django admin; importing a module registers its models."""

from workorders.admin import comments, orders

__all__ = ["comments", "orders"]
