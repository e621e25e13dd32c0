"""Writes docs/data-dictionary.md and docs/er-diagram.md from the models; `--check` fails when they are out of date.

Asks no database: what stands there follows from the code alone.
"""

from __future__ import annotations

import inspect
from argparse import ArgumentParser
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, models

from core.db.operations import IsolateTenant
from core.fields import TenantForeignKey, TenantOneToOne

APPS = ("core", "tenancy", "assets", "labor", "workorders")
HEADER = "<!-- Written by `manage.py describe_models`; `make check` compares. Do not edit. -->\n"


class Command(BaseCommand):
    help = "Write docs/data-dictionary.md and docs/er-diagram.md from the models."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing; fail when a file is out of date")

    def handle(self, *args: Any, **options: Any) -> None:
        stale = []
        for name, text in (("data-dictionary.md", dictionary()), ("er-diagram.md", diagrams())):
            path = Path(settings.BASE_DIR) / "docs" / name
            if path.exists() and path.read_text(encoding="utf-8") == text:
                continue
            stale.append(f"docs/{name}")
            if not options["check"]:
                path.write_text(text, encoding="utf-8")
        if stale and options["check"]:
            raise CommandError(f"Out of date: {', '.join(stale)}. Run manage.py describe_models.")
        if stale:
            self.stdout.write(f"Written: {', '.join(stale)}")


def ours() -> Iterator[tuple[Any, list[type[models.Model]]]]:
    for label in APPS:
        config = apps.get_app_config(label)
        yield config, list(config.get_models())


def isolations() -> dict[str, IsolateTenant]:
    """What the migrations say about each table: "app.model" → its `IsolateTenant`."""
    found = {}
    for label in APPS:
        package = import_module(f"{label}.migrations")
        for module in sorted(iter_modules(package.__path__), key=lambda one: one.name):
            migration = import_module(f"{label}.migrations.{module.name}").Migration
            for operation in migration.operations:
                if isinstance(operation, IsolateTenant):
                    found[f"{label}.{operation.model_name}"] = operation
    return found


def dictionary() -> str:
    known = isolations()
    parts = [
        HEADER,
        "# Data dictionary\n",
        (
            "Every table of Millwright. “Isolated” means: row-level security by tenant, forced, for a role that is neither\n"
            "owner nor superuser. “Audited” means: a trigger writes every change with who, where from, before and after.\n"
            "References marked ⊞ are composite (tenant and id), so that the database refuses another tenant's row.\n"
        ),
    ]
    for config, found in ours():
        parts.append(f"## {config.label}: {config.verbose_name}\n")
        parts += [described(model, known.get(model._meta.label_lower)) for model in found]
    return "\n".join(parts)


def described(model: type[models.Model], isolation: IsolateTenant | None) -> str:
    options = model._meta
    lines = [f"### {options.object_name}\n", f"`{options.db_table}`. {protection(isolation)}\n"]
    if text := docstring(model):
        lines.append(f"{text}\n")
    lines += ["| column | type | empty | refers to | notes |", "|---|---|---|---|---|"]
    lines += [row(field) for field in options.local_concrete_fields]
    held = [f"- `{constraint.name}`: {holds(constraint)}" for constraint in options.constraints]
    held += [f"- unique together: {', '.join(names)}" for names in options.unique_together]
    if held:
        lines += ["", "Holds:", *held]
    indexes = [f"- `{index.name}`: {', '.join(covered(index))}{when(index)}" for index in options.indexes]
    if indexes:
        lines += ["", "Indexes:", *indexes]
    return "\n".join([*lines, ""])


def protection(isolation: IsolateTenant | None) -> str:
    if isolation is None:
        return "Belongs to no tenant."
    words = ["Isolated"]
    if isolation.audit:
        words.append("audited")
    if isolation.append_only:
        words.append("append-only for the application")
    if isolation.read_only:
        words.append("read-only for the application")
    if isolation.hidden_columns:
        words.append(f"not in the audit trail: {', '.join(isolation.hidden_columns)}")
    return ", ".join(words) + "."


def docstring(model: type[models.Model]) -> str:
    text = model.__doc__ or ""
    return "" if text.startswith(f"{model.__name__}(") else inspect.cleandoc(text)


def row(field: Any) -> str:
    target = ""
    if field.is_relation:
        mark = " ⊞" if isinstance(field, TenantForeignKey | TenantOneToOne) else ""
        target = f"{field.related_model._meta.label}{mark}"
    cells = [field.column, kind(field), "yes" if field.null else "", target, notes(field)]
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def kind(field: Any) -> str:
    return str(field.db_parameters(connection)["type"]).removesuffix(" GENERATED BY DEFAULT AS IDENTITY")


def notes(field: Any) -> str:
    words = []
    if field.primary_key:
        words.append("primary key")
    elif field.unique:
        words.append("unique")
    if field.choices:
        words.append(", ".join(str(value) for value, _ in field.choices))
    if field.help_text:
        words.append(str(field.help_text))
    return "; ".join(words)


def holds(constraint: models.BaseConstraint) -> str:
    if isinstance(constraint, models.UniqueConstraint):
        what = [*constraint.fields, *map(expressed, constraint.expressions)]
        return f"unique {', '.join(what)}" + (f" where {said(constraint.condition)}" if constraint.condition else "")
    if isinstance(constraint, models.CheckConstraint):
        return said(constraint.condition)
    return type(constraint).__name__


def expressed(expression: Any) -> str:
    if isinstance(expression, models.F):
        return str(expression.name)  # type: ignore[attr-defined]
    inner = ", ".join(expressed(one) for one in expression.get_source_expressions())
    return f"{type(expression).__name__.lower()}({inner})"


def said(condition: Any) -> str:
    """A condition in words of columns and values, for reading."""
    if not isinstance(condition, models.Q):
        return str(condition)
    parts = []
    children: list[Any] = list(condition.children)
    for child in children:
        if isinstance(child, models.Q):
            text = said(child)
            parts.append(f"({text})" if len(child.children) > 1 and not child.negated else text)
        else:
            name, _, lookup = child[0].rpartition("__")
            name, lookup = (name, lookup) if name else (lookup, "exact")
            parts.append(compared(name, lookup, child[1]))
    text = (" or " if condition.connector == models.Q.OR else " and ").join(parts)
    return f"not ({text})" if condition.negated else text


def compared(name: str, lookup: str, value: Any) -> str:
    if lookup == "isnull":
        return f"{name} is {'' if value else 'not '}null"
    sign = {"exact": "=", "gte": "≥", "gt": ">", "lte": "≤", "lt": "<", "in": "in"}.get(lookup, lookup)
    if isinstance(value, models.F):
        shown = expressed(value)
    elif isinstance(value, list | tuple):
        shown = "(" + ", ".join(str(one) for one in value) + ")"
    else:
        shown = f"'{value}'" if isinstance(value, str) else str(value)
    return f"{name} {sign} {shown}"


def covered(index: models.Index) -> list[str]:
    return [*index.fields, *(str(one) for one in index.expressions)]


def when(index: models.Index) -> str:
    method = {"GistIndex": "; GiST", "GinIndex": "; GIN"}.get(type(index).__name__, "")
    return method + (f"; where {said(index.condition)}" if index.condition else "")


def diagrams() -> str:
    """One diagram per app; a reference to another app ends in that app's bare box. The tenant, which all have, is left out."""
    parts = [
        HEADER,
        "# Entity relationships\n",
        "Every table but the shared ones (logins, sessions) also refers to its tenant; those lines are left out.\n",
    ]
    for config, found in ours():
        parts += [f"## {config.label}: {config.verbose_name}\n", "```mermaid", "erDiagram"]
        for model in found:
            parts.append(f"    {model.__name__} {{")
            for field in model._meta.local_concrete_fields:
                mark = " PK" if field.primary_key else " FK" if field.is_relation else ""
                parts.append(f"        {word(kind(field))} {field.column}{mark}")
            parts.append("    }")
        for model in found:
            for field in model._meta.local_concrete_fields:
                if field.is_relation and field.name != "tenant":
                    parts.append(f"    {line(model, field)}")
        parts += ["```", ""]
    return "\n".join(parts)


def line(model: type[models.Model], field: Any) -> str:
    one = "|o" if field.null else "||"
    many = "o|" if field.one_to_one else "o{"
    return f"{field.related_model.__name__} {one}--{many} {model.__name__} : {field.name}"


def word(text: str) -> str:
    """A type as Mermaid takes it: letters, digits and underscores."""
    cleaned = "".join(one if one.isalnum() else "_" for one in text)
    return "_".join(part for part in cleaned.split("_") if part)
