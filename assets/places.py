"""The tree of places as nested lists: one query for places, one for assets, written bottom up without recursion in templates."""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import UUID

from django.db.models import Count
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from assets.choices import LocationKind
from assets.models import Asset, Location
from tenancy.models import Member

OPEN_TO = 2


def markup(member: Member) -> SafeString | str:
    """Open down to the second level; deeper places unfold. Empty when there are no places."""
    rows = list(
        Location.objects.visible_to(member)
        .active()
        .order_by("name")
        .values_list("pk", "parent_id", "name", "kind", "code")
    )
    stand = Asset.objects.visible_to(member).active().order_by().values_list("location_id").annotate(number=Count("pk"))
    counts: Counter[UUID | None] = Counter(dict(stand))
    known = {row[0] for row in rows}
    below: dict[UUID | None, list[Any]] = {}
    for row in rows:
        below.setdefault(row[1] if row[1] in known else None, []).append(row)
    return branch(below, counts, None, 0)[0] if rows else ""


def branch(
    below: dict[UUID | None, list[Any]], counts: Counter[UUID | None], parent: UUID | None, depth: int
) -> tuple[SafeString, int]:
    """The list under one place, and how many assets stand there in all."""
    items, total = [], 0
    for pk, _, name, kind, code in below.get(parent, []):
        inner, number = branch(below, counts, pk, depth + 1) if pk in below else (mark_safe(""), 0)
        number += counts[pk]
        total += number
        items.append(item(pk, name, kind, code, number, inner, is_open=depth < OPEN_TO))
    return format_html("<ul>{}</ul>", format_html_join("", "{}", ((each,) for each in items))), total


def item(pk: UUID, name: str, kind: str, code: str, number: int, inner: SafeString, *, is_open: bool) -> SafeString:
    line = format_html(
        '<div class="node"><a href="/places/{}">{}</a> <small>{}{}</small> <small class="num">{}</small></div>',
        pk,
        name,
        LocationKind(kind).label.lower(),
        f", {code}" if code else "",
        f"{number} assets" if number > 1 else "1 asset" if number else "",
    )
    if not inner:
        return format_html("<li>{}</li>", line)
    opened = mark_safe(" open") if is_open else ""
    return format_html(
        '<li>{}<details{}><summary><span class="sr">Places in {}</span></summary>{}</details></li>',
        line,
        opened,
        name,
        inner,
    )
