"""Search as every role: a word of a paper that one may not read is in no hit, count, filter or suggestion (security 21)."""

import json
import re

import pytest
from django.test import override_settings
from django.urls import reverse

from documents import finding
from documents.models import Document
from tests.council.test_matrix import MATRIX
from tests.documents.papers import with_pages
from tests.matrix import cells, world

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

# What the papers of the world are marked with; a withdrawn one is told by name and found by nobody.
PAPERS = ("sessionpaper", "sessionstaged", "boardpaper", "boardstaged", "named", "closed", "withdrawn")


@pytest.fixture(scope="module")
def asker(django_db_setup, django_db_blocker, tmp_path_factory):
    """The matrix's world, every paper with a page that says its mark once more."""
    with django_db_blocker.unblock(), override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("files")), cells.taken_back():
        made = world.build()
        for document in Document.objects.all():
            if word := re.search(r"chim\w+", document.title):
                with_pages(document.versions.get(), [f"Trang chữ{word[0]} và {word[0]} nữa"])
            finding.index_paper(document.pk)
        yield cells.Asker(made)


@pytest.mark.parametrize("role", world.ROLES)
def test_21_search_tells_each_role_of_its_own_papers_only(asker, role):
    browser = cells.Browser()
    if role != "anonymous":
        browser.cookies["sessionid"] = asker.cookies[role]
    addresses = [reverse("search"), reverse("documents:suggest"), reverse("api-search")]
    wrong = []
    for words in ("tài liệu", "trang"):  # what a question that all papers answer tells
        for address in addresses:
            content = browser.get(address, {"q": words}).content.decode()
            for kind in PAPERS:
                may = kind != "withdrawn" and role in MATRIX["canary"][kind]
                if (world.canary(kind) in content and not may) or world.canary(kind, "foreign") in content:
                    wrong.append(f"{address}?q={words}: {kind}")
    for kind in PAPERS:  # and one that only this paper answers
        for side in ("own", "foreign"):
            may = side == "own" and kind != "withdrawn" and role in MATRIX["canary"][kind]
            found = json.loads(browser.get(addresses[2], {"q": f"chữ{world.canary(kind, side)}"}).content)
            if (found["count"] == 1) != may or (not may and any(found["facets"].values())):
                wrong.append(f"count of {kind} of {side}: {found['count']}")
    assert wrong == []
