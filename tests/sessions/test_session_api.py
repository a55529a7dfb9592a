"""Sessions in JSON: the same rules as on the screens."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from sessions import services
from sessions.import_template import as_json, example
from sessions.models import CouncilSession, Notice
from tests import builders
from tests.documents.papers import tiny, upload

WORDS = {"number": "118/TB-HĐND.TT", "body_text": "Kính mời.", "signer_title": "Chủ tịch", "signed_by": "Trần Văn Thử"}


def get(client, name, *args):
    return client.get(reverse(name, args=args))


def send_file(client, council, content: str, **more):
    file = SimpleUploadedFile("ky-hop.json", content.encode())
    values = {"body": str(builders.plenary(council).public_id), "file": file, **more}
    return client.post(reverse("api-import-session"), values)


def test_a_member_reads_a_convened_session_and_its_agenda(client, council_session, delegate):
    CouncilSession.objects.update(state="convened")
    client.force_login(delegate.user)

    assert [row["title"] for row in get(client, "api-sessions").json()["results"]] == [council_session.title]
    (sitting,) = get(client, "api-agenda", council_session.public_id).json()
    assert [item["number"] for item in sitting["items"]] == [1, 2, 3]


def test_a_session_that_is_prepared_is_hidden_from_its_members(client, council_session, delegate):
    client.force_login(delegate.user)

    assert get(client, "api-sessions").json()["results"] == []
    assert get(client, "api-session", council_session.public_id).status_code == 404


def test_a_non_member_and_another_council_find_nothing(client, council_session, agency_clerk, other_council):
    CouncilSession.objects.update(state="convened")
    for stranger in (agency_clerk, builders.person(other_council, "xa", role="office")):
        client.force_login(stranger)
        for name in ("api-session", "api-agenda", "api-papers", "api-notice"):
            assert get(client, name, council_session.public_id).status_code == 404


def test_a_stranger_is_told_to_sign_in(client, council_session):
    assert get(client, "api-session", council_session.public_id).status_code in (401, 403)


def test_the_desk_needs_the_second_factor(client, council_session, office):
    client.force_login(office, second_factor=False)

    assert get(client, "api-session", council_session.public_id).status_code == 403
    assert client.post(reverse("api-notice", args=[council_session.public_id]), WORDS).status_code == 403
    assert get(client, "api-sessions").json()["results"] == []


def test_a_file_is_imported_whole_or_its_faults_are_listed(client, council, office):
    client.force_login(office)

    tried = send_file(client, council, as_json(example()), dry_run="true")
    assert (tried.status_code, tried.json()["items"], CouncilSession.objects.count()) == (200, 3, 0)

    wrong = send_file(client, council, as_json(example()).replace("08:15", "25:00"))
    assert wrong.status_code == 422
    assert wrong.json()["faults"] == ["Mục thứ 2, trường starts_at: “25:00” không phải là giờ. Viết như 07:30."]

    made = send_file(client, council, as_json(example()))
    assert made.status_code == 201
    assert str(CouncilSession.objects.get().public_id) == made.json()["session"]


def test_an_unknown_field_is_refused(client, council, office):
    client.force_login(office)

    assert send_file(client, council, as_json(example()), secret="1").status_code == 400


def test_members_see_the_papers_that_are_there_and_the_desk_those_that_are_missing(client, council_session, office, delegate):
    item = council_session.items.get(number=2)
    for n in range(2):
        paper = services.save_paper(item=item, by=office, kind="report", title=f"Báo cáo {n}")
    services.file_paper(paper=paper, by=office, upload=upload(tiny(), "a.pdf"))
    CouncilSession.objects.update(state="convened")

    client.force_login(office)
    assert len(get(client, "api-papers", council_session.public_id).json()) == 2
    client.force_login(delegate.user)
    assert [row["title"] for row in get(client, "api-papers", council_session.public_id).json()] == ["Báo cáo 1"]


def test_a_paper_is_filed_or_refused_in_words(client, council_session, office):
    paper = services.save_paper(item=council_session.items.get(number=2), by=office, kind="report", title="Báo cáo")
    client.force_login(office)
    url = reverse("api-paper-file", args=[council_session.public_id, paper.public_id])

    bad = client.post(url, {"file": SimpleUploadedFile("a.pdf", b"no pdf")})
    good = client.post(url, {"file": SimpleUploadedFile("a.pdf", tiny())})

    assert bad.status_code == 422 and bad.json()["detail"]
    assert good.status_code == 200 and good.json()["document"]


def test_the_notice_is_sent_once(client, council_session, delegates, office):
    client.force_login(office)
    url = reverse("api-notice", args=[council_session.public_id])

    first, second = client.post(url, WORDS), client.post(url, WORDS)

    assert first.status_code == second.status_code == 200
    assert first.json()["id"] == second.json()["id"]
    assert Notice.objects.count() == 1
    assert [row["state"] for row in client.get(url).json()["deliveries"]] == ["queued"] * 5


def test_a_clerk_of_a_board_imports_for_that_board_only(client, council):
    clerk = builders.person(council, "ktns", role="office", body=builders.board(council))
    client.force_login(clerk)

    assert send_file(client, council, as_json(example())).status_code == 404


@pytest.mark.parametrize("who", ["delegate", "chair", "agency_clerk"])
def test_only_the_office_imports_and_convenes(request, client, council, council_session, who):
    CouncilSession.objects.update(state="convened")
    person = request.getfixturevalue(who)
    client.force_login(getattr(person, "user", person))

    assert send_file(client, council, as_json(example())).status_code == 404
    assert client.post(reverse("api-notice", args=[council_session.public_id]), WORDS).status_code == 404
