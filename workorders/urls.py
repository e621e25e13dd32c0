"""Pages of workorders."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from workorders.views import acts, asset, comments, custom_fields, detail, failures, home, listing, media, report, settings, share

pages: list[URLPattern | URLResolver] = [
    path("dashboard", home.dashboard, name="dashboard"),
    path("my-work", home.my_work, name="my_work"),
    path("requests", home.requests, name="requests"),
    path("report", report.report, name="report"),
    path("report/assets", report.asset_options, name="asset_options"),
    path("work-orders", listing.work_orders, name="list"),
    path("work-orders/<uuid:pk>", detail.detail, name="detail"),
    path("work-orders/<uuid:pk>/edit", report.edit, name="edit"),
    path("work-orders/<uuid:pk>/assign", acts.assign, name="assign"),
    path("work-orders/<uuid:pk>/comment", comments.comment, name="comment"),
    path("work-orders/<uuid:pk>/comments/<uuid:note_pk>/edit", comments.edit, name="comment_edit"),
    path("work-orders/<uuid:pk>/comments/<uuid:note_pk>/earlier", comments.earlier, name="comment_earlier"),
    path("work-orders/<uuid:pk>/move", acts.relabel, name="relabel"),
    path("work-orders/<uuid:pk>/follow-up", acts.follow_up, name="follow_up"),
    path("work-orders/<uuid:pk>/share", share.share, name="share"),
    path("work-orders/<uuid:pk>/delete", acts.delete, name="delete"),
    path("work-orders/<uuid:pk>/media/add", media.media_add, name="media_add"),
    path("work-orders/<uuid:pk>/media/<uuid:media_pk>", media.media_edit, name="media_edit"),
    path("work-orders/<uuid:pk>/media/<uuid:media_pk>/remove", media.media_remove, name="media_remove"),
    path("work-orders/<uuid:pk>/<slug:name>", acts.act, name="act"),
    path("assets/<uuid:pk>", asset.asset, name="asset"),
    path("settings/failure-codes", failures.codes, name="failure_codes"),
    path("settings/failure-codes/add", failures.code_add, name="failure_code_add"),
    path("settings/failure-codes/install", failures.install, name="failure_install"),
    path("settings/failure-codes/classes", failures.classes, name="failure_classes"),
    path("settings/failure-codes/classes/<uuid:pk>", failures.follow_class, name="failure_class"),
    path("settings/failure-codes/<uuid:pk>", failures.code, name="failure_code"),
    path("settings/failure-codes/<uuid:pk>/switch", failures.switch, name="failure_code_switch"),
    path("settings/workflow", settings.workflow, name="workflow"),
    path("settings/workflow/statuses/add", settings.status_add, name="status_add"),
    path("settings/workflow/statuses/<uuid:pk>", settings.status, name="status"),
    path("settings/workflow/transitions/add", settings.transition_add, name="transition_add"),
    path("settings/workflow/transitions/<uuid:pk>", settings.transition, name="transition"),
    path("settings/workflow/transitions/<uuid:pk>/remove", settings.transition_remove, name="transition_remove"),
    path("settings/fields", custom_fields.fields, name="custom_fields"),
    path("settings/fields/add", custom_fields.field_add, name="custom_field_add"),
    path("settings/fields/<uuid:pk>", custom_fields.field, name="custom_field"),
    path("settings/catalogue", settings.catalogue_page, name="catalogue"),
    path("settings/catalogue/<slug:kind>/<uuid:pk>/remove", settings.entry_remove, name="entry_remove"),
    path("settings/catalogue/priorities/add", settings.priority, name="priority_add"),
    path("settings/catalogue/priorities/<uuid:pk>", settings.priority, name="priority"),
    path("settings/catalogue/types/add", settings.type_, name="type_add"),
    path("settings/catalogue/types/<uuid:pk>", settings.type_, name="type"),
]
urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("", include((pages, "workorders"))),
]
