"""Who may read, and finding it, on a tablet: a board's paper, a word in it, a paper taken back, a guest with a card."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from council.models import Membership
from sessions import services
from sessions.models import CouncilSession
from tests import builders
from tests.documents.papers import printed, processed, upload
from tests.e2e.test_reader import page  # noqa: F401  a delegate's signed-in tablet

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

TEXT = """<div class=text><section><p>Mở đầu báo cáo về ngân sách.</p></section>
<section style="break-before:page"><p>Mức hỗ trợ sản xuất nông nghiệp theo Nghị quyết số 15/2026/NQ-HĐND.</p></section></div>"""


@pytest.fixture
def papers(settings, tmp_path, council_session, council, office, delegate):
    """A restricted paper for the delegate's board, and one for another board, both with the same words."""
    settings.MEDIA_ROOT = tmp_path / "files"
    CouncilSession.objects.filter(pk=council_session.pk).update(state=CouncilSession.State.RUNNING)
    council_session.refresh_from_db()
    mine, other = builders.board(council), builders.board(council, code="PC", name="Ban Pháp chế")
    Membership.objects.create(body=mine, user=delegate.user, delegate=delegate, starts_on=builders.TERM_START)
    content, made = printed(TEXT), []
    for board, title in ((mine, "Báo cáo giám sát"), (other, "Báo cáo của ban khác")):
        item = council_session.items.get(number=2)
        paper = services.save_paper(item=item, by=office, kind="report", title=title, issuer="Ban Kinh tế")
        paper = services.file_paper(paper=paper, by=office, upload=upload(content))
        services.set_paper_readers(paper=paper, by=office, visibility="named", bodies=[board], is_restricted=board == mine)
        processed(paper.document.versions.get())
        made.append(paper)
    return made


def test_a_boards_paper_is_found_read_with_a_name_on_it_and_taken_back(page, live_server, papers, office, delegate, browser):  # noqa: F811
    page.goto(f"{live_server.url}{reverse('search')}")
    page.get_by_label("Từ cần tìm").fill("nong nghiep 15/2026/NQ-HĐND")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name=re.compile("Tài liệu 1"))).to_be_visible()
    expect(page.get_by_text("Báo cáo của ban khác")).to_have_count(0)
    expect(page.locator(".f-pages mark").first).to_have_text("nông")
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.set_viewport_size({"width": 820, "height": 1180})
    page.get_by_text("Lọc kết quả").click()
    page.get_by_label("Loại").select_option(label="Báo cáo (1)")
    expect(page).to_have_url(re.compile("loai=report"))

    page.get_by_role("link", name=re.compile("Trang 2")).click()

    page.wait_for_selector("[data-reader][data-ready]")
    expect(page.locator("[data-reader-count]")).to_have_text(re.compile("2 / 2"))
    expect(page.locator(".textLayer .highlight").first).to_be_visible()
    stamp = page.locator(".page[data-page-number='2'] .textLayer").inner_text()
    assert delegate.user.full_name in stamp  # the name is in the very bytes
    expect(page.locator("[data-reader-act=print]")).to_have_count(0)

    page.wait_for_timeout(1800)  # the page reached is told before the paper is gone
    services.withdraw_paper(paper=papers[0], by=office, why="Phát hành nhầm")
    page.evaluate("dispatchEvent(new Event('focus'))")

    expect(page.get_by_role("alert").filter(has_text="Lý do: Phát hành nhầm")).to_be_visible()
    expect(page.locator(".pdfViewer canvas")).to_have_count(0)
    page.goto(f"{live_server.url}{reverse('search')}?q=nong+nghiep")
    expect(page.get_by_role("heading", name="Không tìm thấy")).to_be_hidden()
    expect(page.get_by_text("Báo cáo giám sát")).to_have_count(0)

    # a guest's phone
    from datetime import timedelta

    from django.utils import timezone

    link = services.make_guest_link(
        sitting=papers[1].item.sitting, by=office, name="Sở Tài chính", papers=[papers[1].document],
        expires_at=timezone.now() + timedelta(hours=1),
    )  # fmt: skip
    secret = services.renew_guest_link(link=link, by=office)
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    phone = context.new_page()
    phone.goto(f"{live_server.url}{reverse('sessions:guest_enter', args=[secret])}")
    expect(phone).to_have_url(f"{live_server.url}{reverse('sessions:guest')}")
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    phone.get_by_role("link", name=re.compile("Báo cáo của ban khác")).click()
    phone.wait_for_selector("[data-reader][data-ready]")
    services.revoke_guest_link(link=link, by=office)
    phone.evaluate("dispatchEvent(new Event('focus'))")
    expect(phone.get_by_role("alert").filter(has_text="không còn quyền đọc")).to_be_visible()
    context.close()
