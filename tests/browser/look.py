"""Look at a page as a demanding visitor: at every size, light and dark, with a screen reader's eyes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

SIZES = {"phone": (390, 844), "tablet": (1024, 768), "desk": (1440, 900)}
# A desk at 200 %: the same pixels, half of them for the page.
ZOOMED = (720, 450)
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
AXE = """async ([only, context]) =>
  (await axe.run(context, {runOnly: only, resultTypes: ['violations'], preload: false})).violations"""
WHOLE: dict[str, Any] = {"include": [["html"]]}
# Rows after the first dozen come from the same lines of the same template.
FEW_ROWS = WHOLE | {
    "exclude": [["tbody tr:nth-child(n+13)"], ["#rows li:nth-child(n+13)"], [".tree li:nth-child(n+13)"]]
}
# What a narrow page can get wrong that the wide one has right.
NARROW = ("target-size", "scrollable-region-focusable", "aria-hidden-focus", "button-name", "link-name")
# Wider than the window without a scrolling box of its own around it.
WIDE = """() => {
  const room = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= room && document.body.scrollWidth <= room) return [];
  const scrolls = (e) => e && e !== document.body && (getComputedStyle(e).overflowX !== 'visible' || scrolls(e.parentElement));
  return [...document.body.querySelectorAll('*')]
    .filter((e) => e.checkVisibility() && e.getBoundingClientRect().right > room + 1 && !scrolls(e.parentElement))
    .slice(0, 4).map((e) => e.outerHTML.slice(0, 120)).concat([`page ${document.documentElement.scrollWidth} > ${room}`]);
}"""


# A colour on its way from light to dark is neither.
SETTLED = """() => Promise.all(document.getAnimations()
  .filter((a) => a.effect?.getComputedTiming().endTime !== Infinity).map((a) => a.finished.catch(() => 0)))"""


def violations(page: Page, *only: str, within: dict[str, Any] = WHOLE) -> list[str]:
    """By all rules of WCAG 2.2 AA, or by these."""
    if not page.evaluate("typeof axe !== 'undefined'"):
        page.evaluate(AXE_SCRIPT)
    found: list[dict[str, Any]] = page.evaluate(AXE, [list(only or TAGS), within])
    return [
        f"{rule['id']}: {rule['help']}: {node['html'][:160]} ({'; '.join(c['message'] for c in node['any'])[:160]})"
        for rule in found
        for node in rule["nodes"][:4]
    ]


def photograph(page: Page, path: Path) -> None:
    """Leaves the page as it is: hiding the caret would leave style attributes, which htmx copies and the policy refuses."""
    page.screenshot(path=path, quality=80, caret="initial")


def look(page: Page, folder: Path, name: str, *, scripts: bool = True, brief: bool = False) -> list[str]:
    """What is wrong with the page at any size or in any theme; pictures of it are kept in `folder`.

    `brief` is for a page made of the same components as its neighbours, of which one is looked at in full: dark and
    narrow are seen at once, of a list the first rows, and the sizes between are left out.
    """
    folder.mkdir(parents=True, exist_ok=True)
    before = page.viewport_size or {"width": 1440, "height": 900}
    wrong: list[str] = []

    def check(view: str, *only: str) -> None:
        if scripts:
            wrong.extend(f"{view} {text}" for text in violations(page, *only, within=FEW_ROWS if brief else WHOLE))

    def resize(view: str, width: int, height: int) -> None:
        page.set_viewport_size({"width": width, "height": height})
        wrong.extend(f"{view} too wide: {text}" for text in page.evaluate(WIDE))

    def theme(scheme: Literal["light", "dark"]) -> None:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.evaluate(SETTLED)

    def picture(view: str) -> None:
        photograph(page, folder / f"{name}-{view}.jpg")

    wrong.extend(f"as it is too wide: {text}" for text in page.evaluate(WIDE))
    check("light")
    if brief:
        picture("light")
        resize("phone", *SIZES["phone"])
        theme("dark")
        check("dark phone", "color-contrast", *NARROW)
    else:
        resize("tablet", *SIZES["tablet"])
        picture("tablet-light")
        resize("phone", *SIZES["phone"])
        check("phone", *NARROW)
        picture("phone-light")
        resize("desk", *SIZES["desk"])
        picture("desk-light")
        # Dark changes the colours and nothing else.
        theme("dark")
        check("dark", "color-contrast")
        picture("desk-dark")
    resize("zoomed", *ZOOMED)
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.set_viewport_size(before)
    return list(dict.fromkeys(re.sub(r"\s+", " ", text) for text in wrong))
