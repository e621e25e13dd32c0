"""Work orders, the catalogue they are described with and the graph they move along."""

from workorders.models.orders import (
    Assignment,
    CatalogueEntry,
    Comment,
    Priority,
    Status,
    StatusLog,
    Transition,
    Type,
    WorkOrder,
    WorkOrderException,
)

__all__ = [
    "Assignment",
    "CatalogueEntry",
    "Comment",
    "Priority",
    "Status",
    "StatusLog",
    "Transition",
    "Type",
    "WorkOrder",
    "WorkOrderException",
]
