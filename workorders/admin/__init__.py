"""Pages of this app in the Django admin; importing a module registers its models."""

from workorders.admin import orders

__all__ = ["orders"]
