"""Markup in every text that people write stays text, on every page that shows it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from playwright.sync_api import expect

from labor.models import Technician
from tenancy.models import Department, Invitation, Member, Role, Tenant
from tests import factories
from tests.browser.person import Person
from tests.browser.site import Site
from tests.browser.steps import fill
from workorders import actions
from workorders.models import Priority, Status, Type, WorkOrder

pytestmark = pytest.mark.browser
# Everything that ever ran somewhere: elements, handlers, broken attributes, template tags, htmx in both spellings.
LONG = (
    """"'><script>window.pwned=1;document.title='pwned'</script><img src=x onerror="window.pwned=2;alert(1)">"""
    """<svg onload=alert(2)><a href="javascript:alert(3)" class=pwned>x</a>{{7*7}}{%now 'Y'%}"""
    """<div class=pwned hx-get="/pwned" hx-trigger="load" hx-on::load="alert(4)" data-hx-get="/pwned" data-hx-trigger="load"></div>"""
    """<details open ontoggle=alert(5)><style>*{display:none}</style></textarea></title><iframe srcdoc="<script>parent.pwned=3</script>">"""
)
SHORT = """'"><b class=pwned hx-get=/pwned hx-trigger=load>x<img src=x onerror=alert(6)>"""
TINY = "<b class=pwned>"
PATTERN = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")
# What begins something, ends a session or is not a page.
LEFT_OUT = ("/accounts/logout", "/admin", "/static", "/api", "/join", "/work-orders/export")


def session_of(member: Member) -> str:
    """A signed-in session; the passwords of this process are hashed in a way that the server does not take."""
    assert member.user
    session = SessionStore()
    session[SESSION_KEY] = str(member.user.pk)
    session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    session[HASH_SESSION_KEY] = member.user.get_session_auth_hash()
    session.create()
    return str(session.session_key)


def hostile_tenant() -> tuple[Tenant, Member, WorkOrder]:
    """Every text field of every model that a page shows says the worst it can."""
    tenant = factories.make_tenant(SHORT[:120])
    site = factories.make_location(tenant, name=SHORT[:120], code=TINY)
    factories.make_location(tenant, name=SHORT[:120], kind="building", parent=site, code=TINY + "2")
    asset = factories.make_asset(
        tenant, name=SHORT, tag=TINY, location=site, barcode=TINY, serial=SHORT[:80], manufacturer=SHORT[:80],
        model=SHORT[:80], description=LONG, category=factories.make_category(tenant, name=SHORT[:60]),
    )  # fmt: skip
    factories.make_asset(tenant, name=SHORT, tag=TINY + "2", parent=asset)
    admin = factories.make_member(tenant, "admin", name=SHORT)
    technician = factories.make_technician(tenant, name=SHORT)
    department = factories.make_department(tenant, name=SHORT[:80])
    factories.make_key(admin)
    with factories.inside(tenant):
        Department.objects.filter(pk=department.pk).update(name=SHORT[:80])
        for model in (Role, Status, Priority, Type):
            for number, row in enumerate(model.objects.filter(tenant=tenant)):
                model.objects.filter(pk=row.pk).update(name=f"{TINY}{number}")
        Priority.objects.filter(tenant=tenant).update(letter="<")
        Technician.objects.filter(pk=technician.pk).update(trade=SHORT[:80])
        Invitation.objects.create(
            tenant=tenant, email="x@example.org", name=SHORT[:120], role=admin.role, invited_by=admin,
            token_hash="0" * 64, expires_at="2999-01-01T00:00Z",
        )  # fmt: skip
    factories.make_crew(tenant, [technician], name=SHORT[:80])
    job = factories.make_work_order(tenant, by=admin, title=LONG[:200], description=LONG, asset=asset, location=site)
    code = factories.make_failure_code(tenant, SHORT[:60], name=SHORT[:120])
    with factories.inside(tenant):
        job = actions.assign(job, by=admin, to=technician)
        job = actions.start(job, by=admin)
        job = actions.hold(job, by=admin, reason="parts", note=LONG[:500])
        job = actions.resume(job, by=admin)
        job = actions.complete(job, by=admin, resolution=LONG, failure_cause=LONG, problem=code)
        job = actions.send_back(job, by=admin, reason=LONG[:500])
        actions.comment(job, by=admin, text=LONG)
    return tenant, admin, job


def test_hostile_text_stays_text(person: Callable[..., Person], site: Site) -> None:
    with site.database():
        _, admin, job = hostile_tenant()
        key = session_of(admin)
    someone = person()
    someone.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": site.url}])
    someone.page.on(
        "request", lambda r: someone.problems.append(f"asked for {r.url}") if r.url.endswith("/pwned") else None
    )
    waiting, seen, shown = ["/", f"/work-orders/{job.pk}", "/my-work", f"/work-orders/{job.pk}/complete"], set(), 0
    while waiting:
        address = waiting.pop(0)
        kind = PATTERN.sub("*", address.split("?")[0])
        if kind in seen or kind.endswith(".csv") or address.startswith(LEFT_OUT):
            continue
        seen.add(kind)
        if kind.endswith(("/pdf", "/labels")):
            # Paper, shown by the browser's own viewer: no page, but drawn from the same texts.
            paper = someone.context.request.get(site.url + address)
            assert (paper.status, paper.headers["content-type"]) == (200, "application/pdf"), address
            assert "script-src 'self';" in paper.headers["content-security-policy"], address
            body = paper.body()
            assert body.startswith(b"%PDF-")
            assert not re.search(rb"/(JavaScript|OpenAction|Launch)\b", body), address
            continue
        answer = someone.go(address)
        assert answer.status == 200, address
        policy = answer.headers["content-security-policy"]
        assert "script-src 'self';" in policy, (address, policy)
        assert "unsafe" not in policy
        found = someone.page.evaluate(
            """() => ({
              pwned: [window.pwned, document.title === 'pwned', document.querySelectorAll(
                '.pwned, img[src=x], iframe, [onerror], [onload], [ontoggle], [href^="javascript:"]').length],
              seen: document.body.innerText.includes('class=pwned'),
              links: [...document.querySelectorAll('a[href^="/"]')].map((a) => a.getAttribute('href')),
            })"""
        )
        assert found["pwned"] == [None, False, 0], (address, found["pwned"])
        shown += found["seen"]
        waiting += found["links"]
    # The texts were really there, on nearly every kind of page.
    assert len(seen) > 35, sorted(seen)
    assert shown > 25, shown

    # Dialogs and toasts are filled later, by htmx.
    someone.go(f"/work-orders/{job.pk}")
    fill(someone, "Hold", "Put on hold", "Put on hold", Note=LONG[:500], Weather="chosen")
    expect(someone.page.locator(".banner").filter(has_text="onerror")).to_be_visible()
    someone.follow("Reassign")
    expect(someone.page.get_by_role("dialog")).to_contain_text("class=pwned")
    # In a draft, in the address and in what is not found.
    someone.go(f"/work-orders?search={SHORT}")
    with someone.expecting(404, 422):
        someone.go(f"/work-orders?sort=%22%3E%3Cscript%3Ealert(7)%3C/script%3E&status={SHORT}")
        someone.go("/<script>alert(8)</script>")
        someone.go(f"/assets/{SHORT}")
    listed = someone.context.request.get(f"{site.url}/api/v1/work-orders", headers={"Accept": "application/json"})
    assert listed.headers["content-type"] == "application/json"
    assert listed.headers["x-content-type-options"] == "nosniff"
