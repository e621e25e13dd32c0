"""The administration and files in a real browser: the stock admin obeys the strict policy, hostile files run nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.files.base import ContentFile
from playwright.sync_api import expect

from core import context, files
from tenancy import access
from tenancy.models import User
from tests.browser.person import Person
from tests.browser.site import Site

pytestmark = pytest.mark.browser
ADMIN = "admin@north-pit.example"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>document.title = "XSS"</script></svg>'
HTML = b"<!doctype html><title>Report</title><script>document.title = 'XSS'</script>"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d494844520000000100000001080600000"
    "01f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


def test_the_stock_admin_works_under_the_strict_policy(person: Callable[..., Person]) -> None:
    page = person(ADMIN).page
    page.goto("/admin/")
    expect(page.get_by_role("heading", name="Records of your organisation")).to_be_visible()
    page.goto("/admin/workorders/workorder/add/")
    page.get_by_label("Title:").fill("Ladder of dragline loose")
    # The picker is the admin's own script, which asks the server for choices.
    page.locator(".field-location .select2-selection").click()
    page.locator(".select2-results__option--highlighted").click()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".messagelist")).to_contain_text("was added successfully")

    page.locator("#searchbar").fill("ladder dragline")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Ladder of dragline loose").click()
    page.get_by_label("Title:").fill("Ladder of dragline very loose")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".messagelist")).to_contain_text("was changed successfully")

    page.goto("/admin/workorders/workorder/?q=ladder+dragline")
    page.locator("#result_list .action-select").check()
    page.locator("select[name=action]").select_option(label="Cancel…")
    page.get_by_role("button", name="Go", exact=True).click()
    expect(page.get_by_role("heading", name="Why will this work not be done?")).to_be_visible()
    page.get_by_label("Reason").fill("Reported twice")
    page.get_by_role("button", name="Go on").click()
    expect(page.locator(".messagelist")).to_contain_text("1 cancelled.")


def test_files_that_mean_harm_run_nothing(person: Callable[..., Person], site: Site) -> None:
    someone = person(ADMIN)
    with site.database():
        member = access.memberships(User.objects.get(email=ADMIN).pk)[0]
        with context.use(tenant_id=member.tenant_id):
            hostile = [
                files.signed_url(
                    files.save(member.tenant_id, ContentFile(data), files.DOCUMENT, name).name, name, inline=True
                )
                for data, name in ((SVG, "xss.svg"), (SVG, "svg-as.png"), (HTML, "xss.html"), (HTML, "html-as.png"))
            ]
            picture = files.signed_url(
                files.save(member.tenant_id, ContentFile(PNG), files.PHOTO, "a.png").name, "a.png", inline=True
            )
    page = someone.page
    for link in hostile:
        with page.expect_download() as download:
            page.evaluate("link => { location.href = link }", link)
        assert download.value.suggested_filename
        assert page.title() != "XSS"
    page.goto(picture)
    assert page.locator("img").count() == 1
