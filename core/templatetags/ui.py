"""What templates need and Django does not have: icons, avatars, links that keep the rest of the address."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from zlib import crc32

from django import template
from django.template.base import Parser, Token
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from lucide.templatetags.lucide import lucide

from core import relative_time

register = template.Library()


@lru_cache(maxsize=256)
def icon_markup(name: str, css: str = "icon") -> SafeString:
    """An icon as inline SVG, hidden from assistive technology: words beside it say what it means."""
    return mark_safe(lucide(name, size=None, **{"class": css, "aria_hidden": "true", "focusable": "false"}))  # noqa: S308  (our own icon names, Lucide's own SVG)


class IconNode(template.Node):
    """Rendered while the template is compiled, so that a page pays nothing for its icons."""

    def __init__(self, markup: SafeString) -> None:
        self.markup = markup

    def render(self, context: template.Context) -> SafeString:
        return self.markup


@register.tag
def icon(parser: Parser, token: Token) -> IconNode:
    """`{% icon "wrench" %}`: the name is a constant."""
    parts = token.split_contents()
    if len(parts) != 2 or parts[1][0] not in "\"'":
        raise template.TemplateSyntaxError('Write {% icon "name" %} with a constant name.')
    return IconNode(icon_markup(parts[1][1:-1]))


@register.filter(name="icon")
def icon_named(name: str) -> SafeString:
    """`{{ item.icon|icon }}`: an icon whose name is known only at run time."""
    return icon_markup(name)


def initials(name: str) -> str:
    words = [word for word in name.replace(".", " ").split() if word[0].isalnum()]
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper() if words else "?"


def avatar_tone(name: str) -> int:
    """The same person has the same colour everywhere."""
    return crc32(name.encode()) % 6


@register.filter
def avatar(name: str) -> SafeString:
    return format_html('<span class="avatar avatar-{}" aria-hidden="true">{}</span>', avatar_tone(name), initials(name))


@register.filter
def ago(at: dt.datetime | None) -> SafeString | str:
    """“5 min ago” with the exact time behind it."""
    if at is None:
        return ""
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        at.isoformat(),
        timezone.localtime(at).strftime("%a %-d %b %Y, %H:%M %Z"),
        relative_time.ago(at, timezone.now()),
    )


@register.filter
def moment(at: dt.datetime | None) -> SafeString | str:
    """“20 Nov 2026, 14:05” in the reader's time zone."""
    if at is None:
        return ""
    local = timezone.localtime(at)
    return format_html('<time datetime="{}">{}</time>', at.isoformat(), local.strftime("%-d %b %Y, %H:%M"))


@register.filter
def elapsed(at: dt.datetime) -> str:
    """How long something has been running, as a clock shows it: 1:04:09."""
    seconds = max(0, round((timezone.now() - at).total_seconds()))
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


BROWSERS = [("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari")]
SYSTEMS = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
]


@register.filter
def browser(user_agent: str) -> str:
    """“Firefox on Android”: enough to know one's own sessions from a stranger's."""
    name = next((name for mark, name in BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in SYSTEMS if mark in user_agent), "")
    return f"{name or 'A browser'} on {system}" if system else name or user_agent[:60] or "Unknown"
