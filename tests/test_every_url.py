"""Over every address in the URL configuration, so that one added later is covered the day it is born: who gets 200 without
signing in, what a stranger's id is, which headers every answer carries, and that reading writes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from assets.models import Asset, Category, Location
from core.security import POLICY
from customfields.models import CustomField
from inventory.models import Part, PartCategory
from labor.models import Crew, Technician
from projects.models import Project
from tenancy.models import ApiKey, Calendar, Department, Invitation, Member, Role, User
from tests.house import House
from tests.isolation.world import furnish, tenant_models
from workorders.models import (
    BulkRun,
    CostLine,
    FailureCode,
    JobPlan,
    OverheadRule,
    Priority,
    SavedView,
    Status,
    TimeEntry,
    Transition,
    Type,
    WorkOrder,
)

# What anybody may see without signing in.
OPEN = {
    "healthz", "readyz", "metrics", "signup", "api/v1/schema", "api/v1/docs", "accounts/login/", "accounts/signup/",
    "accounts/password/reset/", "accounts/password/reset/done/", "accounts/password/reset/key/done/",
    "accounts/password/reset/key/{uidb36}-{key}/", "accounts/inactive/", "accounts/confirm-email/",
    "accounts/confirm-email/{key}/", "accounts/3rdparty/login/cancelled/", "accounts/3rdparty/login/error/",
    "admin/jsi18n/", "admin/login/",
}  # fmt: skip
# What the id in an address is of, by what stands before it; the longest beginning counts.
IDS: dict[str, Any] = {
    "settings/fields/": CustomField, "api/v1/custom-fields/": CustomField,
    "job-plans/": JobPlan, "api/v1/job-plans/": JobPlan, "settings/failure-codes/": FailureCode,
    "settings/failure-codes/classes/": Category, "api/v1/failure-codes/": FailureCode,
    "projects/": Project, "api/v1/projects/": Project, "settings/overhead/": OverheadRule,
    "api/v1/overhead-rules/": OverheadRule, "api/v1/costs/": CostLine, "api/v1/time-entries/": TimeEntry,
    "work-orders/bulk/": BulkRun, "work-orders/views/": SavedView, "api/v1/views/": SavedView,
    "parts/": Part, "api/v1/parts/": Part, "settings/part-categories/": PartCategory,
    "api/v1/part-categories/": PartCategory,
    "work-orders/": WorkOrder, "assets/": Asset, "places/": Location, "people/technicians/": Technician,
    "people/crews/": Crew, "settings/members/": Member, "settings/invitations/": Invitation, "settings/roles/": Role,
    "settings/calendars/": Calendar, "settings/keys/": ApiKey, "settings/departments/": Department,
    "settings/workflow/statuses/": Status, "settings/workflow/transitions/": Transition,
    "settings/catalogue/priorities/": Priority, "settings/catalogue/types/": Type, "settings/catalogue/{kind}/": Type,
    "settings/categories/": Category, "api/v1/work-orders/": WorkOrder, "api/v1/assets/": Asset,
    "api/v1/locations/": Location, "api/v1/technicians/": Technician, "api/v1/crews/": Crew,
    "api/v1/members/": Member, "api/v1/departments/": Department, "api/v1/invitations/": Invitation,
    "api/v1/api-keys/": ApiKey,
}  # fmt: skip
NOBODY = "01a1fa56-86bd-75a5-8b31-5d1b1e51861f"
WORDS = {"name": "start", "kind": "types"}


@dataclass(frozen=True)
class Address:
    """One URL pattern; `route` with the parameters in braces."""

    route: str
    names: tuple[str, ...]

    @property
    def area(self) -> str:
        first = self.route.partition("/")[0]
        return first if first in ("api", "admin", "accounts", "files") else "page"

    def model(self) -> Any:
        fitting = [begin for begin in IDS if self.route.startswith(begin + "{")]
        return IDS[max(fitting, key=len)] if fitting else None

    def fill(self, pk: Any = NOBODY) -> str:
        values = {name: WORDS.get(name, str(pk)) for name in self.names}
        return "/" + self.route.format(**values)


def addresses(patterns: Any = None, before: str = "") -> Iterator[Address]:
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        text = str(entry.pattern).removeprefix("^").removesuffix("$").removesuffix(r"\Z").replace("\\", "")
        text = re.sub(r"\(\?P<(\w+)>[^)]*\)", r"{\1}", text)
        route = before + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", text)
        if isinstance(entry, URLResolver):
            yield from addresses(entry.url_patterns, route)
        elif isinstance(entry, URLPattern):
            yield Address(route, tuple(re.findall(r"\{(\w+)\}", route)))


EVERY = list(addresses())
CACHEABLE = {"admin/jsi18n/", "api/v1/schema"}


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


@pytest.fixture
def house(db: None) -> House:
    return furnish(House.build())


@pytest.fixture
def stranger(db: None) -> House:
    return furnish(House.build())


@pytest.fixture
def admin(house: House) -> Client:
    client = Client(raise_request_exception=False)
    user = User.objects.get(pk=house["admin"].user_id)
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    client.force_login(user)
    return client


def first(house: House, model: Any) -> Any:
    with house.inside():
        rows = model.objects.filter(tenant=house.tenant)
        if model is Location:
            rows = rows.filter(name="Site")
        return rows.order_by("pk").values_list("pk", flat=True)[0]


def test_the_walk_finds_the_addresses() -> None:
    routes = [address.route for address in EVERY]
    assert {"work-orders/{pk}", "api/v1/work-orders/{work_order_id}", "accounts/login/", "", "healthz"} <= set(routes)
    assert len(routes) > 150
    assert [route for route in routes if re.search(r"[()?<>*]", route) and not route.startswith("admin/")] == []


def test_without_signing_in_only_the_open_ones_answer(db: None) -> None:
    client = Client(raise_request_exception=False)
    shown: set[str] = set()
    wrong: set[tuple[str, str]] = set()
    strange: dict[str, Any] = {}
    for address in EVERY:
        answer = client.get(address.fill())
        wrong |= {(address.route, fault) for fault in faults(address, answer)}
        if answer.status_code == 200:
            shown.add(address.route)
        elif answer.status_code in (301, 302):
            place = answer.headers["Location"]
            if not place.startswith(("/accounts/", "/admin/login", "/")) or place.startswith("//"):
                strange[address.route] = place
        elif answer.status_code not in (401, 403, 404, 405) and address.route != "readyz":
            strange[address.route] = answer.status_code
    assert strange == {}
    assert shown - OPEN == set()
    assert wrong == set()


def faults(address: Address, answer: Any) -> list[str]:
    """What is wrong with an answer, whatever its status."""
    policy = answer.headers.get("Content-Security-Policy", "")
    facts = {
        "broken": answer.status_code < 500 or address.route == "readyz",
        "policy": policy == POLICY or (address.area in ("admin", "files") and "unsafe" not in policy != ""),
        "nosniff": answer.headers.get("X-Content-Type-Options") == "nosniff",
        "frame": answer.headers.get("X-Frame-Options") in ("DENY", "SAMEORIGIN"),
        "inline": not inline(answer),
        "words": not other_words(address, answer),
        "form": address.area == "api" or not forms_without_token(answer),
        "store": "no-store" in answer.headers.get("Cache-Control", "") or address.route in CACHEABLE,
    }
    return [name for name, good in facts.items() if not good]


def forms_without_token(answer: Any) -> list[str]:
    """Forms that would be refused in a browser without scripts (that the token is asked for: tests/test_every_write.py)."""
    if not is_page(answer):
        return []
    forms = re.findall(r"(<form\b[^>]*>)(.*?)</form>", answer.content.decode(), re.DOTALL)
    return [head for head, body in forms if "post" in head.lower() and 'name="csrfmiddlewaretoken"' not in body]


def is_page(answer: Any) -> bool:
    return answer.headers.get("Content-Type", "").startswith("text/html") and not answer.streaming


def other_words(address: Address, answer: Any) -> list[str]:
    """What others call e-mail and signing in; the admin and the API speak for themselves."""
    # The audit trail names columns of the database.
    if address.area in ("api", "admin") or address.route == "settings/audit" or not is_page(answer):
        return []
    shown = re.sub(r"<(script|style)\b.*?</\1>|<[^>]*>", " ", answer.content.decode(), flags=re.DOTALL)
    told = re.findall(r'(?:placeholder|aria-label|title|alt)="([^"]*)"', answer.content.decode())
    words = r"[Ee]mails?|Login|[Ll]og [Ii]n|Sign (?:In|Up|Out)|Signup" if address.area == "accounts" else r"[Ee]mails?"
    return re.findall(rf"\b(?:{words})\b", " ".join([shown, *told]))


def inline(answer: Any) -> bool:
    """Whether a page holds an inline script, style or handler, which the policy would stop."""
    if not is_page(answer):
        return False
    page = answer.content.decode()
    scripts = re.findall(r"<script\b(?![^>]*\bsrc=)(?![^>]*type=\"application/(?:json|ld\+json)\")[^>]*>", page)
    return bool(scripts or re.search(r"<style\b|\sstyle=\"|\son[a-z]+=\"|javascript:", page))


def rows_of(house: House) -> dict[str, str]:
    """A digest of every table as the application's role sees it in this tenant, and of everybody's logins."""
    found = {}
    shared = ["tenancy_tenant", "tenancy_user", "account_emailaddress", "guardian_userobjectpermission"]
    with house.inside(), connection.cursor() as cursor:
        for table in [*(model._meta.db_table for model in tenant_models()), *shared]:
            cursor.execute(f"SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM \"{table}\" t")
            found[table] = cursor.fetchone()[0]
    return found


FOREIGN = "Zzyzxforeign"


def mark(stranger: House) -> None:
    """Put one word into every text of the stranger."""
    with stranger.inside():
        WorkOrder.objects.update(title=FOREIGN, description=FOREIGN)
        for plain in (Asset, Location, Part, Member):
            plain._default_manager.update(name=FOREIGN)
        for model in (Department, Crew, PartCategory, Role, Calendar, Category, Status, Priority, Type):
            rows = model._default_manager
            for number, pk in enumerate(rows.values_list("pk", flat=True)):
                rows.filter(pk=pk).update(name=f"{FOREIGN} {number}")


def test_somebody_reads_every_address(house: House, stranger: House, admin: Client) -> None:
    """Every answer has its headers and no inline script, nothing is a 500, no word of a stranger is in it (rows 13, 85),
    and reading wrote nothing."""
    mark(stranger)
    before, marks = rows_of(house), house.marks()
    wrong: set[tuple[str, str]] = set()
    for address in EVERY:
        if address.area == "admin" and address.names:
            continue  # records of the admin are read in tests/admin
        model = address.model()
        path = address.fill(first(house, model) if model else NOBODY)
        asked = [path]
        if not address.names and address.area in ("page", "api"):
            asked.append(f"{path}?q={FOREIGN}&search={FOREIGN}")
        for one in asked:
            answer = admin.get(one)
            wrong |= {(address.route, fault) for fault in faults(address, answer)}
            if not answer.streaming and FOREIGN in said(answer):
                wrong.add((address.route, "leaks"))
    assert wrong == set()
    after = rows_of(house)
    assert {table for table in after if after[table] != before[table]} == set()
    assert house.marks() == marks


def said(answer: Any) -> str:
    """An answer without the question it repeats."""
    text = answer.content.decode(errors="replace")
    return re.sub(rf'[=“"]{FOREIGN}["”&]?', "", text)


WITH_ID = [address for address in EVERY if address.area in ("page", "api") and address.names]


def test_every_id_in_an_address_is_known_to_this_table() -> None:
    unknown = {address.route for address in WITH_ID if address.model() is None}
    assert unknown == {"join/{token}"}


def test_a_strangers_id_is_nothing_and_stays_as_it_is(house: House, stranger: House, admin: Client) -> None:
    """GET and POST of every page with an id of another tenant: 404 as for an id of nothing (the API has a table of its own
    in tests/api, the admin in tests/admin)."""
    before = rows_of(stranger)
    wrong: dict[str, Any] = {}
    for address in WITH_ID:
        model = address.model()
        if address.area != "page" or model is None:
            continue
        for method in (admin.get, admin.post):
            statuses = [method(path).status_code for path in (address.fill(first(stranger, model)), address.fill())]
            if statuses not in ([404, 404], [405, 405]):
                wrong[address.route] = statuses
    assert wrong == {}
    assert rows_of(stranger) == before
