"""Routes of /api/v1/: plural kebab-case nouns, no trailing slash."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from workorders import api as work_orders
from workorders import api_acts as acts

WORK_ORDER = "work-orders/<str:work_order_id>"

urlpatterns: list[URLPattern | URLResolver] = [
    path("work-orders", work_orders.WorkOrders.as_view(), name="api-work-orders"),
    path(WORK_ORDER, work_orders.OneWorkOrder.as_view(), name="api-work-order"),
    path(f"{WORK_ORDER}/transitions", acts.Transitions.as_view(), name="api-work-order-transitions"),
    path(f"{WORK_ORDER}/assign", acts.Assign.as_view(), name="api-work-order-assign"),
    path(f"{WORK_ORDER}/take", acts.Take.as_view(), name="api-work-order-take"),
    path(f"{WORK_ORDER}/follow-up", acts.FollowUp.as_view(), name="api-work-order-follow-up"),
    path(f"{WORK_ORDER}/notes", acts.WorkOrderNotes.as_view(), name="api-work-order-notes"),
    path(f"{WORK_ORDER}/history", acts.WorkOrderHistory.as_view(), name="api-work-order-history"),
]
