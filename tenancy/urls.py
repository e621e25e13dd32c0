"""Pages of tenancy."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from tenancy import views, views_audit, views_groups, views_settings

settings_urls: list[URLPattern | URLResolver] = [
    path("", views.settings, name="settings"),
    path("/organisation", views_settings.organisation, name="organisation"),
    path("/members", views_settings.members, name="members"),
    path("/members/invite", views_settings.invite, name="invite"),
    path("/members/add", views_groups.member_add, name="member_add"),
    path("/members/<uuid:pk>", views_settings.member, name="member"),
    path("/invitations/<uuid:pk>/revoke", views_settings.invitation_revoke, name="invitation_revoke"),
    path("/roles", views_settings.roles, name="roles"),
    path("/roles/add", views_settings.role_add, name="role_add"),
    path("/roles/<uuid:pk>", views_groups.role, name="role"),
    path("/roles/<uuid:pk>/remove", views_groups.role_remove, name="role_remove"),
    path("/departments", views_groups.departments, name="departments"),
    path("/departments/add", views_groups.department, name="department_add"),
    path("/departments/<uuid:pk>", views_groups.department, name="department"),
    path("/calendars", views_settings.calendars, name="calendars"),
    path("/calendars/<uuid:pk>", views_settings.calendar, name="calendar"),
    path("/keys", views_settings.keys, name="keys"),
    path("/keys/add", views_settings.key_add, name="key_add"),
    path("/keys/<uuid:pk>/revoke", views_settings.key_revoke, name="key_revoke"),
    path("/audit", views_audit.audit, name="audit"),
]
pages: list[URLPattern | URLResolver] = [
    path("signup", views.signup, name="signup"),
    path("join/<str:token>", views.join, name="join"),
    path("switch", views.switch, name="switch"),
    path("settings", include(settings_urls)),
]
urlpatterns: list[URLPattern | URLResolver] = [path("", include((pages, "tenancy")))]
