"""Pages of workorders."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from workorders import (
    views,
    views_acts,
    views_asset,
    views_detail,
    views_home,
    views_report,
    views_settings,
    views_share,
)

pages: list[URLPattern | URLResolver] = [
    path("dashboard", views_home.dashboard, name="dashboard"),
    path("my-work", views_home.my_work, name="my_work"),
    path("requests", views_home.requests, name="requests"),
    path("report", views_report.report, name="report"),
    path("report/assets", views_report.asset_options, name="asset_options"),
    path("work-orders", views.work_orders, name="list"),
    path("work-orders/<uuid:pk>", views_detail.detail, name="detail"),
    path("work-orders/<uuid:pk>/edit", views_report.edit, name="edit"),
    path("work-orders/<uuid:pk>/assign", views_acts.assign, name="assign"),
    path("work-orders/<uuid:pk>/comment", views_acts.comment, name="comment"),
    path("work-orders/<uuid:pk>/move", views_acts.relabel, name="relabel"),
    path("work-orders/<uuid:pk>/follow-up", views_acts.follow_up, name="follow_up"),
    path("work-orders/<uuid:pk>/share", views_share.share, name="share"),
    path("work-orders/<uuid:pk>/delete", views_acts.delete, name="delete"),
    path("work-orders/<uuid:pk>/<slug:name>", views_acts.act, name="act"),
    path("assets/<uuid:pk>", views_asset.asset, name="asset"),
    path("settings/workflow", views_settings.workflow, name="workflow"),
    path("settings/workflow/statuses/add", views_settings.status_add, name="status_add"),
    path("settings/workflow/statuses/<uuid:pk>", views_settings.status, name="status"),
    path("settings/workflow/transitions/add", views_settings.transition_add, name="transition_add"),
    path("settings/workflow/transitions/<uuid:pk>", views_settings.transition, name="transition"),
    path("settings/workflow/transitions/<uuid:pk>/remove", views_settings.transition_remove, name="transition_remove"),
    path("settings/catalogue", views_settings.catalogue_page, name="catalogue"),
    path("settings/catalogue/<slug:kind>/<uuid:pk>/remove", views_settings.entry_remove, name="entry_remove"),
    path("settings/catalogue/priorities/add", views_settings.priority, name="priority_add"),
    path("settings/catalogue/priorities/<uuid:pk>", views_settings.priority, name="priority"),
    path("settings/catalogue/types/add", views_settings.type_, name="type_add"),
    path("settings/catalogue/types/<uuid:pk>", views_settings.type_, name="type"),
]
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views_home.home, name="home"),
    path("", include((pages, "workorders"))),
]
