"""The rules of `docs/architecture.md` that a linter cannot hold, read from the source itself."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import models

import assets.actions
import inventory.actions
import labor.actions
import tenancy.actions
import workorders.actions
from tenancy.permissions import PERMISSIONS

ROOT = Path(__file__).resolve().parents[1]
APPS = (
    "core", "tenancy", "media", "customfields", "assets", "labor", "inventory", "projects", "workorders",
)  # fmt: skip
ACTIONS = (assets.actions, inventory.actions, labor.actions, tenancy.actions, workorders.actions)
# Beside the acts in their modules: what they share, and what reads.
NO_ACTS = {
    "assets.actions.check_asset", "assets.actions.check_location", "assets.actions.refuse_misplaced_children",
    "inventory.actions.check_category", "inventory.actions.check_part", "inventory.actions.same_name",
    "inventory.actions.told_cost", "inventory.actions.write_alternates", "inventory.actions.write_numbers",
    "assets.actions.save_in_tree", "workorders.actions.shared_with", "workorders.actions.catalogue_status",
    "tenancy.actions.find_invitation", "tenancy.actions.invitation_link", "tenancy.actions.invitation_token",
}  # fmt: skip
# Acts that no member stands behind yet, or that follow from another.
WITHOUT_BY = {
    "sign_up": "makes the first member", "accept_invitation": "makes the member", "sign_in_token": "is the member's own",
    "end_tokens_of_user": "follows a changed password", "make_user": "a login has no tenant",
    "welcome": "follows from joining",
}  # fmt: skip


def files(*patterns: str) -> list[Path]:
    return sorted(path for label in APPS for pattern in patterns for path in (ROOT / label).glob(pattern))


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


DOORS = files(
    "views*.py",
    "views/*.py",
    "api*.py",
    "api/*.py",
    "tasks.py",
    "consumers.py",
    "templatetags/*.py",
    "forms.py",
    "forms/*.py",
    "admin*.py",
    "admin/*.py",
)
DOMAIN = files("actions.py", "actions/*.py", "querysets.py", "permissions.py", "workflow.py", "errors.py", "choices.py")


def calls(path: Path) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            yield node


def acts() -> Iterator[tuple[str, FunctionType]]:
    for module in ACTIONS:
        names = getattr(module, "__all__", None) or [
            name
            for name, value in vars(module).items()
            if inspect.isfunction(value) and value.__module__ == module.__name__
        ]
        for name in names:
            value = getattr(module, name)
            if inspect.isfunction(value) and f"{module.__name__}.{name}" not in NO_ACTS:
                yield f"{module.__name__}.{name}", value


WRITES = {"save", "bulk_create", "bulk_update", "update_or_create", "get_or_create"}


def test_doors_write_nothing_themselves() -> None:
    """A view, endpoint, admin page or task calls an act; `form.save()` and the like would be the rule written twice."""
    found = []
    for path in DOORS:
        for call in calls(path):
            if isinstance(call.func, ast.Attribute) and call.func.attr in WRITES:
                owner = ast.unparse(call.func.value)
                if owner != "self":  # a door's own method of that name
                    found.append(f"{name_of(path)}:{call.lineno} {owner}.{call.func.attr}()")
    assert found == []


def test_doors_hang_no_rule_on_a_status() -> None:
    """`.filter(status=…)` at a door hangs on a key that the tenant may rename, and is vocabulary of a queryset."""
    found = []
    for path in DOORS:
        for call in calls(path):
            if isinstance(call.func, ast.Attribute) and call.func.attr in ("filter", "exclude"):
                names = {keyword.arg for keyword in call.keywords if keyword.arg}
                if names & {"status", "status__key", "status__in", "status__name", "completed_at", "closed_at"}:
                    found.append(f"{name_of(path)}:{call.lineno} {sorted(names)}")
    assert found == []


def test_every_act_names_who_acts() -> None:
    """`by` is keyword-only and has no default: nobody forgets it. `None` is the system."""
    missing = {}
    for name, act in acts():
        by = inspect.signature(act).parameters.get("by")
        if by is None:
            if name.rpartition(".")[2] not in WITHOUT_BY:
                missing[name] = "no `by`"
        elif by.kind is not by.KEYWORD_ONLY or by.default is not by.empty:
            missing[name] = str(by)
    assert missing == {}
    assert WITHOUT_BY.keys() <= {name.rpartition(".")[2] for name, _ in acts()}


def test_every_act_has_a_permission_and_a_transaction() -> None:
    """Each asks `require…` or hands on to an act that does; what it asks for is a permission there is."""
    sources = {name: inspect.getsource(act) for name, act in acts()}
    wrong = {}
    for name, source in sources.items():
        short = name.rpartition(".")[2]
        if short in WITHOUT_BY or short == "transition" or short == "resume":
            continue
        if "@transaction.atomic" not in source:
            wrong[name] = "no transaction"
        if not re.search(r"\brequire(_\w+)?\(|PermissionDenied", source):
            wrong[name] = "asks for no permission"
    assert wrong == {}
    named = {
        match
        for path in files("**/*.py")
        if "migrations" not in path.parts
        for match in re.findall(r'(?:require|may)\((?:by|member|[\w.]+), "([a-z]+\.[a-z_]+)"', path.read_text())
    }
    assert named - PERMISSIONS.keys() == set()


def test_acts_know_nothing_of_requests() -> None:
    banned = {
        "django.http",
        "django.shortcuts",
        "django.template",
        "rest_framework",
        "django.urls",
        "celery",
        "django.contrib.messages",
    }
    found = []
    for path in DOMAIN:
        for node in ast.walk(ast.parse(path.read_text())):
            modules = (
                [alias.name for alias in node.names] if isinstance(node, ast.Import)
                else [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            )  # fmt: skip
            found += [f"{name_of(path)}: {module}" for module in modules if module.startswith(tuple(banned))]
    assert found == []


def test_models_hold_no_workflow() -> None:
    """No `save` or `delete` override in a model, and no model signals anywhere."""
    found = []
    for path in files("models.py", "models/*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and node.name in ("save", "delete", "full_clean"):
                found += [f"{name_of(path)}:{node.lineno} {node.name}"]
    for path in files("**/*.py"):
        if re.search(r"django\.db\.models\.signals|\b(pre|post)_(save|delete|init)\b|m2m_changed", path.read_text()):
            found += [f"{name_of(path)}: signals"]
    assert found == []


def test_every_model_is_in_the_admin() -> None:
    ours = {model for label in APPS for model in apps.get_app_config(label).get_models()}
    assert {model.__name__ for model in ours if not admin.site.is_registered(model)} == set()


def test_every_tenant_model_has_what_the_house_needs() -> None:
    """A tenant, a UUIDv7 key of the house, a `__str__` of its own; acts that edit it find a version."""
    wrong = []
    for label in APPS:
        for model in apps.get_app_config(label).get_models():
            if "__str__" not in vars(model) and not any("__str__" in vars(base) for base in model.__mro__[1:-2]):
                wrong.append(f"{model.__name__}: no __str__")
            key = model._meta.pk
            if (
                label != "core"
                and isinstance(key, models.AutoField | models.BigAutoField)
                and model.__name__ != "WorkOrderException"
            ):
                wrong.append(f"{model.__name__}: {type(key).__name__}")
    assert wrong == []


def test_modules_stay_readable() -> None:
    long = {
        name_of(path): count
        for path in [
            *files("**/*.py"),
            *sorted((ROOT / "tests").rglob("*.py")),
            *sorted((ROOT / "config").glob("*.py")),
        ]
        if "migrations" not in path.parts and (count := len(path.read_text().splitlines())) > 450
    }
    assert long == {}


def test_no_drawer_for_everything() -> None:
    banned = {"utils", "util", "helpers", "helper", "common", "mixins", "misc", "lib", "tools", "shared"}
    assert [name_of(path) for path in files("**/*.py") if path.stem in banned or path.parent.name in banned] == []


def test_no_unfinished_business() -> None:
    words = re.compile(
        r"\b(TO"
        r"DO|FIX"
        r"ME|XX"
        r"X|HA"
        r"CK)\b|NotImplemented"
        r"Error|pytest\.mark\.(skip|xfail)|pytest\.skip\("
    )
    everything = [
        *files("**/*.py"),
        *sorted((ROOT / "tests").rglob("*.py")),
        *sorted((ROOT / "templates").rglob("*.html")),
    ]
    found = [
        f"{name_of(path)}:{number}"
        for path in everything
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if words.search(line)
    ]
    assert found == []


def test_migrations_are_small_steps_that_can_be_taken_back() -> None:
    wrong = []
    for path in files("migrations/0*.py"):
        text = path.read_text()
        for call in calls(path):
            name = ast.unparse(call.func)
            if name.endswith("RunSQL") and len(call.args) + len(call.keywords) < 2:
                wrong.append(f"{name_of(path)}: RunSQL without a way back")
            if name.endswith("RunPython") and len(call.args) + len(call.keywords) < 2:
                wrong.append(f"{name_of(path)}: RunPython without a way back")
        if "timezone.now()" in text or "datetime.now(" in text:
            wrong.append(f"{name_of(path)}: a default computed once, when the migration was written")
        if not re.match(r"^\d{4}_[a-z][a-z0-9_]+$", path.stem) or "auto_2" in path.stem:
            wrong.append(f"{name_of(path)}: a name that says nothing")
    assert wrong == []


def test_times_are_written_as_instants() -> None:
    """`datetime.now()` and `date.today()` read the server's clock face; the house uses `timezone.now()` and sites' zones."""
    found = [
        f"{name_of(path)}:{call.lineno}"
        for path in files("**/*.py")
        if "migrations" not in path.parts
        for call in calls(path)
        if re.fullmatch(r"(dt|datetime)(\.datetime|\.date)?\.(now|utcnow|today)", ast.unparse(call.func))
        and not call.args and not call.keywords
    ]  # fmt: skip
    assert found == []


def test_times_and_dates_and_people_are_named_as_what_they_are() -> None:
    wrong = []
    for label in APPS:
        for model in apps.get_app_config(label).get_models():
            for field in model._meta.local_fields:
                kind, name = type(field), field.name
                if model.__name__ == "User":
                    continue
                if kind is models.DateTimeField and not (name.endswith("_at") or name == "at"):
                    wrong.append(f"{model.__name__}.{name} is an instant")
                if kind is models.DateField and not (name.endswith(("_on", "_until")) or name == "on"):
                    wrong.append(f"{model.__name__}.{name} is a date")
    assert wrong == []


@pytest.mark.parametrize("app", APPS)
def test_every_module_says_what_it_is_for(app: str) -> None:
    silent = [
        name_of(path)
        for path in sorted((ROOT / app).rglob("*.py"))
        if path.name not in ("__init__.py", "apps.py") and "migrations" not in path.parts
        and path.read_text().strip() and not ast.get_docstring(ast.parse(path.read_text()))
    ]  # fmt: skip
    assert silent == []
