"""The demonstration council holds what it promises, so that a person can try every room at once."""

import json
import re

import pytest

pytestmark = pytest.mark.e2e

FACTS = """
import json
from collections import Counter
from council.models import Agency, Body, Council, Delegate, RoleGrant
from documents.models import Annotation, Resolution, Version
from sessions.models import CouncilSession, GuestLink, ItemPaper, PaperRequest
from voters.models import Petition, Reply

council = Council.objects.get(is_demo=True, level="province")
today, finished = (CouncilSession.objects.get(council=council, slug=f"ky-hop-thu-{n}") for n in (5, 4))
papers = ItemPaper.objects.filter(item__council_session=today)
versions = Version.objects.filter(document__item_papers__in=papers, uploaded_at__lte=FURNISHED)
print(json.dumps({
    "delegates": Delegate.objects.filter(council=council).exclude(seat_row="").count(),
    "bodies": Counter(Body.objects.filter(council=council).values_list("kind", flat=True)),
    "agencies": Agency.objects.filter(council=council).count(),
    "sittings": today.sittings.count(),
    "items": today.items.count(),
    "drafts": today.items.filter(kind="draft_resolution").count(),
    "reports": papers.filter(kind="report").exclude(document__created_at__gt=FURNISHED).count(),
    "filed": papers.exclude(document=None).count(),
    "longest": sorted(versions.values_list("pages", flat=True))[-2:],
    "scanned": versions.filter(has_text=False).count(),
    "replaced": sorted(versions.filter(number=2).values_list("document__title", flat=True)),
    "notes": sorted(Annotation.objects.filter(document__item_papers__in=papers, created_at__lte=FURNISHED)
        .values_list("kind", flat=True)),
    "asked": list(PaperRequest.objects.filter(paper__in=papers, asked_at__lte=FURNISHED)
        .values_list("agency__code", flat=True)),
    "cards": GuestLink.objects.filter(sitting__council_session=today).count(),
    "state": [today.state, finished.state],
    "results": finished.items.filter(item_polls__poll__state="declared").count(),
    "resolutions": Resolution.objects.filter(council=council, state="published").count(),
    "record": ItemPaper.objects.filter(item__council_session=finished, title__startswith="Biên bản",
        document__visibility="public").count(),
    "petitions": Petition.objects.filter(council=council).count(),
    "states": sorted(Petition.objects.filter(council=council).order_by().values_list("state", flat=True).distinct()),
    "roles": sorted(RoleGrant.objects.filter(council=council).order_by().values_list("role", flat=True).distinct()),
}))
"""


@pytest.fixture(scope="module")
def facts(house):
    furnished = f"from datetime import UTC, datetime\nFURNISHED = datetime.fromtimestamp({house.furnished_at}, UTC)\n"
    return json.loads(house.python(furnished + FACTS).strip().splitlines()[-1])


def test_the_council_has_its_delegates_bodies_agencies_and_roles(facts):
    assert facts["delegates"] == 85
    assert (facts["bodies"]["plenary"], facts["bodies"]["standing_committee"], facts["bodies"]["board"]) == (1, 1, 3)
    assert facts["bodies"]["delegate_group"] == 10
    assert facts["agencies"] >= 14
    assert {"administrator", "office", "session_chair", "session_secretary", "agency_clerk"} <= set(facts["roles"])


def test_one_session_is_going_on_with_its_papers(facts):
    assert facts["state"][0] == "running"
    assert (facts["sittings"], facts["drafts"], facts["reports"]) == (6, 19, 27)
    assert facts["items"] >= 40
    assert facts["filed"] >= 60
    assert facts["longest"] == [60, 60]
    assert facts["scanned"] == 1


def test_the_reading_desk_has_something_to_work_with(facts):
    assert len(facts["replaced"]) == 1 and "ngân sách" in facts["replaced"][0]
    assert facts["notes"] == ["highlight", "highlight", "text"]
    assert facts["asked"] == ["SNNMT"]
    assert facts["cards"] >= 1


def test_one_session_is_over_with_results_resolutions_and_record(facts):
    assert facts["state"][1] == "closed"
    assert facts["results"] >= 19
    assert facts["resolutions"] >= 15
    assert facts["record"] == 1


def test_two_hundred_petitions_stand_in_all_states(facts):
    assert facts["petitions"] >= 200  # other tests of the same run may have recorded more
    assert facts["states"] == ["closed", "published", "recorded", "referred", "replied"]


def test_each_role_is_one_tap_and_leads_to_a_page_of_its_own(screen, house, accounts):
    page = screen("desk")
    page.goto("/tai-khoan/dang-nhap")
    buttons = [b.get_attribute("value") for b in page.locator("button[name=username]").all()]
    assert len(buttons) == len({accounts[name]["role"] for name in buttons}) >= 7

    for name in buttons:
        visitor = screen("desk")
        visitor.goto("/tai-khoan/dang-nhap")
        visitor.locator(f"button[value='{name}']").click()
        visitor.wait_for_url(re.compile(r"^(?!.*dang-nhap)"))
        assert visitor.url.rstrip("/") != house.address, name
        assert visitor.get_by_text(re.compile("Bản trình diễn|bản trình diễn")).first.is_visible(), name
        visitor.context.close()
