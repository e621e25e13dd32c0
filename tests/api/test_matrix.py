"""Over all routes of the API, taken from the URL configuration: a new one is covered the day it is born."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from config.api import urlpatterns
from core.api import fields
from tenancy.models import Tenant
from tests import factories
from tests.api.conftest import Caller, caller
from tests.api.scene import METHODS, ROUTES, Scene, make_scene
from workorders.models import WorkOrder


def path_of(pattern: Any) -> str:
    return re.sub(r"<str:(\w+)>", r"{\1}", str(pattern.pattern))


VIEWS = {path_of(pattern): getattr(pattern.callback, "cls", None) for pattern in urlpatterns}


def operations(*methods: str, public: bool = False) -> Iterator[tuple[str, str]]:
    for path, view in VIEWS.items():
        if view is None or (ROUTES[path].public and not public):
            continue
        for method in methods or METHODS:
            if hasattr(view, method.lower()):
                yield path, method


def filled(path: str, ids: dict[str, str]) -> str:
    return path.format(**ids)


def sound_body(scene: Scene, path: str, method: str) -> Any:
    route = ROUTES[path]
    if method == "POST":
        assert route.body is not None
        return route.body(scene)
    return route.change if method in ("PUT", "PATCH") else None


@pytest.fixture
def scene(north: Tenant) -> Scene:
    return make_scene(north, "northern")


@pytest.fixture
def foreign(west: Tenant) -> Scene:
    return make_scene(west, "zzforeign")


@pytest.fixture
def boss(scene: Scene) -> Caller:
    return caller(scene.admin)


def test_the_table_names_every_route_and_no_other() -> None:
    assert set(ROUTES) == set(VIEWS)


def test_anonymous_is_401(db: None) -> None:
    for path, method in operations():
        ids = {name: str(uuid4()) for name in re.findall(r"{(\w+)}", path)}
        response = Caller()(method, filled(path, ids), {})
        assert response.status_code == 401, f"{method} {path}: {response.content!r}"
        assert response.json()["error"] == "Authentication required"
        assert response.headers["WWW-Authenticate"] == "Bearer"


def test_another_tenant_s_id_is_answered_as_a_random_one(boss: Caller, scene: Scene, foreign: Scene) -> None:
    for path, method in operations():
        if "{" not in path:
            continue
        body = sound_body(scene, path, method)
        unknown = {name: str(uuid4()) for name in foreign.ids}
        answers = [boss(method, filled(path, ids), body) for ids in (foreign.ids, unknown, dict.fromkeys(unknown, "x"))]
        assert [answer.status_code for answer in answers] == [404, 404, 404], f"{method} {path}"
        theirs, nobody_s = (answer.content.decode() for answer in answers[:2])
        for name in re.findall(r"{(\w+)}", path):
            theirs, nobody_s = theirs.replace(foreign.ids[name], ""), nobody_s.replace(unknown[name], "")
        assert theirs == nobody_s


def test_lists_hold_nothing_of_another_tenant(boss: Caller, scene: Scene, foreign: Scene) -> None:
    for path in (path for path, route in ROUTES.items() if route.listing):
        response = boss.get(f"{path}?limit=500&count=exact")
        text = response.content.decode()
        assert response.status_code == 200, path
        assert response.json(), path
        assert int(response.headers["X-Total-Count"]) == len(response.json())
        assert foreign.token not in text
        assert not [pk for pk in foreign.ids.values() if pk in text]


@pytest.mark.parametrize(("path", "method"), list(operations(public=True)), ids=str)
def test_sound_input_is_accepted(boss: Caller, scene: Scene, path: str, method: str) -> None:
    if path.endswith("/take"):
        boss = caller(factories.make_member(scene.tenant, "technician"))
    if path == "auth/logout":
        boss = caller(scene.admin, kind="login")
    query = ROUTES[path].query if method == "GET" else ""
    response = boss(method, filled(path + query, scene.ids), sound_body(scene, path, method))
    assert response.status_code in (200, 201), response.content
    produced = getattr(VIEWS[path], "produces", {}).get(method, "application/json")
    assert response.headers["Content-Type"] == produced


def references() -> Iterator[tuple[str, str, str, bool]]:
    for path, view in VIEWS.items():
        for method, body in getattr(view, "accepts", {}).items():
            for name, one in body._declared_fields.items():
                if isinstance(one, fields.Reference | fields.References):
                    yield path, method, name, isinstance(one, fields.References)


def test_a_reference_to_another_tenant_s_row_is_refused(boss: Caller, scene: Scene, foreign: Scene) -> None:
    found = list(references())
    assert len(found) > 30
    for path, method, name, many in found:
        targets = foreign.ids[ROUTES[path].references[name]], str(uuid4())
        bodies = [sound_body(scene, path, method) | {name: [target] if many else target} for target in targets]
        theirs, missing = (boss(method, filled(path, scene.ids), body) for body in bodies)
        assert theirs.status_code == 400, f"{method} {path} {name}: {theirs.content!r}"
        assert set(theirs.json()["details"]) == {name}
        assert theirs.json() == missing.json()


def test_an_id_of_another_tenant_is_refused_like_one_s_own(boss: Caller, scene: Scene, foreign: Scene) -> None:
    for path, name in (("work-orders", "work_order_id"), ("assets", "asset_id"), ("locations", "location_id")):
        body = sound_body(scene, path, "POST")
        theirs, own = (boss.post(path, body | {"id": one.ids[name]}) for one in (foreign, scene))
        assert (theirs.status_code, theirs.json()["code"]) == (409, "duplicate_id"), path
        assert theirs.json() == own.json()


MALFORMED: dict[str, tuple[bytes, str, int]] = {
    "NUL": (b'{"title": "a\\u0000b"}', "application/json", 400),
    "lone surrogate": (b'{"title": "\\ud800"}', "application/json", 400),
    "5,000 brackets": (b"[" * 5000, "application/json", 400),
    "nested in a field": (b'{"title": ' + b"[" * 5000 + b"]" * 5000 + b"}", "application/json", 400),
    "NaN": (b'{"title": NaN}', "application/json", 400),
    "list": (b"[]", "application/json", 400),
    "text": (b'"x"', "application/json", 400),
    "null": (b"null", "application/json", 400),
    "not UTF-8": (b'{"title": "\xff"}', "application/json", 400),
    "cut off": (b'{"title": ', "application/json", 400),
    "unknown field": (b'{"created_by__password": 1}', "application/json", 400),
    "too large": (b'{"title": "' + b"x" * (2 * 1024 * 1024) + b'"}', "application/json", 413),
    "form": (b"title=x", "application/x-www-form-urlencoded", 415),
    "XML": (b"<a/>", "application/xml", 415),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_malformed_bodies_are_refused(boss: Caller, scene: Scene, case: str) -> None:
    body, content_type, status = MALFORMED[case]
    for path, method in operations("POST", "PUT", "PATCH", public=True):
        response = boss(method, filled(path, scene.ids), body, **{"Content-Type": content_type})
        assert response.status_code == status, f"{method} {path}: {response.content!r}"
        assert response.headers["Content-Type"] == "application/json"
    with factories.inside(scene.tenant):
        assert WorkOrder.objects.count() == 2


STRANGE: list[Any] = [10**40, -1, 1e300, True, "6", [], {}, 2**63, 0.1]
FINE = [("estimatedDuration", 0.1), ("title", "6"), ("safetyRequirements", [])]


@pytest.mark.parametrize("name", ["progress", "estimatedDuration", "dueDate", "title", "assetId", "safetyRequirements"])
def test_wrong_values_are_400(boss: Caller, scene: Scene, name: str) -> None:
    for value in STRANGE:
        response = boss.patch(f"work-orders/{scene.ids['work_order_id']}", {name: value})
        if (name, value) in FINE and not isinstance(value, bool):
            assert response.status_code == 200
        else:
            assert (response.status_code, set(response.json()["details"])) == (400, {name}), (value, response.content)


def test_strange_moments_are_400(boss: Caller, scene: Scene) -> None:
    for moment in ("0157-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-13-01", "now", "", 5, "1" * 60):
        response = boss.patch(f"work-orders/{scene.ids['work_order_id']}", {"dueDate": moment})
        assert (response.status_code, set(response.json()["details"])) == (400, {"dueDate"})


def queries() -> Iterator[str]:
    for path, view in VIEWS.items():
        if view is not None and getattr(view, "query", {}).get("GET"):
            yield path


@pytest.mark.parametrize("path", list(queries()))
def test_every_query_parameter_refuses_nonsense(boss: Caller, path: str) -> None:
    for strange in ("colour=red", "created_by__password__startswith=p", "format=xml", "callback=x", "tenantId=1"):
        name = strange.partition("=")[0]
        if name in VIEWS[path].query["GET"]:
            continue
        response = boss.get(f"{path}?{strange}")
        assert (response.status_code, response.json()["details"]) == (400, {name: "Unknown parameter."})
    known = VIEWS[path].query["GET"]
    for name in known:
        for value in ("%00", "x" * 3000):
            response = boss.get(f"{path}?{name}={value}")
            assert response.status_code == 400, f"{name}: {response.content!r}"
            assert name in response.json()["details"]
    for value in ("44444444444444444444444444444", "-1", "0", "1.5", "x", "501", "", "٣"):
        if "limit" in known:
            assert boss.get(f"{path}?limit={value}").status_code == 400, value


def test_head_and_options_work(boss: Caller, scene: Scene) -> None:
    for path, _ in operations("GET"):
        head = boss("HEAD", filled(path + ROUTES[path].query, scene.ids))
        assert (head.status_code, head.content) == (200, b""), path
        assert boss("OPTIONS", filled(path, scene.ids)).status_code == 200, path


def test_other_methods_are_405_in_json(boss: Caller, scene: Scene) -> None:
    for path, view in VIEWS.items():
        for method in METHODS:
            if view is not None and not hasattr(view, method.lower()):
                response = boss(method, filled(path, scene.ids), {})
                assert response.status_code == 405, f"{method} {path}"
                assert "error" in response.json()


def test_unknown_addresses_are_404_in_json(boss: Caller) -> None:
    for path in ("nothing", "work-orders/", "work-orders/<script>", "work-orders/%00", "../../etc/passwd"):
        response = boss.get(path)
        assert response.status_code == 404
        assert response.headers["Content-Type"] == "application/json"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
