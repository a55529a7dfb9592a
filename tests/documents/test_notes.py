"""A reader's notes: kept once, private to their author, shared on purpose, carried to a new version or laid before one."""

import base64
import json
import logging
import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from council.errors import BadInput, NotAllowed
from council.models import AuditEntry, Job, Membership
from documents import note_format, notes, pipeline
from documents.models import Annotation, AnnotationPlace
from documents.offline import mark_of
from documents.services import add_paper, replace_paper, withdraw_paper
from tests import builders
from tests.documents.papers import tiny, upload, with_pages

FIRST = "Điều 1. Mức hỗ trợ\nHỗ trợ một lần 50 triệu đồng cho mỗi hợp tác xã thành lập mới trong năm đầu hoạt động."
SECOND = "Điều 2. Nguồn kinh phí\nTừ ngân sách tỉnh và các nguồn hợp pháp khác theo quy định của pháp luật."
CANARY = "bimatcanary"
ID = "6f1d7a52-3b0e-4a57-9d64-1c7f1c0f8e11"


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def version(council, office):
    made = add_paper(
        council=council, by=office, upload=upload(tiny(pages=2)), title="Dự thảo nghị quyết", kind="draft_resolution",
        body=builders.plenary(council),
    )  # fmt: skip
    return with_pages(made, [FIRST, SECOND])


def highlight(words="50 triệu đồng", page=1, text=FIRST, note="", kind="highlighting"):
    at = text.index(words)
    annotation = {
        "type": "Annotation",
        "motivation": kind,
        "target": {
            "styleClass": "hong",
            "selector": [
                {"type": "FragmentSelector", "value": f"page={page}"},
                {"type": "TextQuoteSelector", "exact": words, "prefix": text[max(0, at - 32) : at],
                 "suffix": text[at + len(words) : at + len(words) + 32]},
                {"type": "FragmentSelector", "value": "xywh=percent:10,20.5,30,2"},
            ],
        },
    }  # fmt: skip
    if note:
        annotation["body"] = [{"type": "TextualBody", "value": note}]
    return annotation


def bookmark(page=1):
    return {"motivation": "bookmarking", "target": {"selector": [{"type": "FragmentSelector", "value": f"page={page}"}]}}


def drawing(page=2, path="M1 2L30 40"):
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 1000" preserveAspectRatio="none">'
        f'<path d="{path}"/></svg>'
    )
    selectors = [{"type": "FragmentSelector", "value": f"page={page}"}, {"type": "SvgSelector", "value": svg}]
    return {"motivation": "describing", "target": {"selector": selectors}}


def url_of(version):
    return reverse("documents:annotations", args=[version.document.public_id])


def send(client, version, annotation, *, note=None, revision=1, on=1):
    sent = {"id": str(note or uuid.uuid4()), "revision": revision, "version": on}
    sent |= {"removed": True} if annotation is None else {"annotation": annotation}
    return client.post(url_of(version), json.dumps(sent), content_type="application/json")


def keep(version, by, annotation=None, revision=1, note_id=None):
    return notes.save_note(
        document=version.document, by=by, note_id=note_id or uuid.uuid4(), revision=revision, version=version,
        annotation=annotation or highlight(note=f"Hỏi lại {CANARY}"),
    )  # fmt: skip


def replace(version, office, texts):
    newer = replace_paper(document=version.document, by=office, upload=upload(tiny("ban hai", pages=len(texts))))
    with_pages(newer, texts)
    notes.carry_notes(newer)
    return newer


# --- Kept once ----------------------------------------------------------------------------------------
def test_a_note_is_kept_and_read_back_as_a_w3c_annotation(client, version, delegate):
    client.force_login(delegate.user)

    assert send(client, version, highlight(note="Xem lại số tiền")).status_code == 200

    found = client.get(url_of(version)).json()["notes"]
    assert len(found) == 1
    assert found[0]["motivation"] == "highlighting"
    assert found[0]["body"][0]["value"] == "Xem lại số tiền"
    assert found[0]["target"]["styleClass"] == "hong"
    assert found[0]["target"]["nt:versionSha256"] == version.sha256
    assert [s["type"] for s in found[0]["target"]["selector"]] == [
        "FragmentSelector", "TextQuoteSelector", "FragmentSelector",
    ]  # fmt: skip


def over_two_pages(*boxes_of_second, pages=(1, 2), words="năm đầu hoạt động. Điều 2"):
    """Words that begin on the first page and end on the second; each box lies on the page named last before it."""
    annotation = highlight("năm đầu hoạt động", page=pages[0])
    selectors = annotation["target"]["selector"]
    selectors[1] |= {"exact": words, "suffix": ". Nguồn kinh phí"}
    selectors += [{"type": "FragmentSelector", "value": f"page={page}"} for page in pages[1:]]
    selectors += [{"type": "FragmentSelector", "value": f"xywh=percent:{box}"} for box in boxes_of_second]
    return annotation


def test_a_selection_over_two_pages_is_one_note_with_boxes_on_both_and_follows_as_one(client, version, delegate, office):
    client.force_login(delegate.user)

    assert send(client, version, over_two_pages("10,5,20,2", "1,1,2,2")).status_code == 200

    [kept] = client.get(url_of(version)).json()["notes"]
    assert note_format.boxes_in(kept["target"]) == {1: [(10, 20.5, 30, 2)], 2: [(10, 5, 20, 2), (1, 1, 2, 2)]}
    newer = replace(version, office, ["Trang bìa mới.", FIRST, SECOND])
    place = AnnotationPlace.objects.get(version=newer)
    assert (place.state, place.page, note_format.until_in(place.target)) == ("placed", 2, 3)
    replace(version, office, ["Trang bìa mới.", FIRST, "Trang chen vào giữa.", SECOND])
    assert AnnotationPlace.objects.get(version__number=3).state == "doubt"


@pytest.mark.parametrize("annotation", [
    over_two_pages(pages=(1, 3)), over_two_pages(pages=(2, 1)), over_two_pages(words=""), over_two_pages(pages=(1, 2, 3, 4, 5, 6)),
])  # fmt: skip
def test_pages_that_do_not_follow_each_other_or_are_not_there_are_refused(version, delegate, annotation):
    with pytest.raises(BadInput):
        keep(version, delegate.user, annotation)


def test_the_same_note_sent_again_is_kept_once(client, version, delegate):
    client.force_login(delegate.user)
    note = uuid.uuid4()

    answers = [send(client, version, highlight(), note=note) for _time in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert Annotation.objects.count() == AnnotationPlace.objects.count() == 1


def test_another_revision_than_expected_is_a_conflict_that_shows_what_is_stored(client, version, delegate):
    client.force_login(delegate.user)
    note = uuid.uuid4()
    send(client, version, highlight(note="một"), note=note)
    send(client, version, highlight(note="hai"), note=note, revision=2)

    answer = send(client, version, highlight(note="ba, từ máy khác"), note=note, revision=2)

    assert answer.status_code == 409
    assert answer.json()["note"]["body"][0]["value"] == "hai"
    assert answer.json()["note"]["nt:revision"] == 2
    assert Annotation.objects.get().text == "hai"


def test_a_removed_note_keeps_nothing_of_what_it_said_and_can_come_back(client, version, delegate):
    client.force_login(delegate.user)
    note = uuid.uuid4()
    send(client, version, highlight(note=CANARY), note=note)

    assert send(client, version, None, note=note, revision=2).status_code == 200

    assert client.get(url_of(version)).json()["notes"] == []
    assert Annotation.objects.get().text == ""
    assert not AnnotationPlace.objects.exists()
    assert send(client, version, highlight(note="trở lại"), note=note, revision=3).status_code == 200
    assert len(client.get(url_of(version)).json()["notes"]) == 1


def test_a_tablet_whose_clock_is_wrong_by_a_day_does_no_harm(client, version, delegate):
    client.force_login(delegate.user)
    wrong = highlight() | {"created": "2020-01-01T00:00:00Z", "modified": (timezone.now() + timedelta(days=1)).isoformat()}

    send(client, version, wrong)

    note = Annotation.objects.get()
    assert abs(timezone.now() - note.created_at) < timedelta(minutes=1)
    assert abs(timezone.now() - note.changed_at) < timedelta(minutes=1)


@pytest.mark.parametrize(
    "sent",
    [
        "", "[]", "nói", '{"id": 1}', "[" * 3000, '{"id":"x","revision":1,"version":1,"annotation":{}}',
        '{"id":"' + ID + '","revision":1.5,"version":1,"annotation":{}}',
        '{"id":"' + ID + '","revision":true,"version":1,"annotation":{}}',
        '{"id":"' + ID + '","revision":1,"version":1,"annotation":[]}',
        '{"id":"' + ID + '","revision":1,"version":1,"annotation":{"motivation":[],"target":3}}',
    ],
)  # fmt: skip
def test_what_is_no_note_is_refused_in_words(client, version, delegate, sent):
    client.force_login(delegate.user)

    answer = client.post(url_of(version), sent, content_type="application/json")

    assert (answer.status_code, answer.json()["code"]) == (422, "unfit")
    assert not Annotation.objects.exists()


@pytest.mark.parametrize(
    "annotation",
    [
        highlight(note="x" * 10_001),
        highlight(page=3),
        bookmark(page=0),
        drawing(path='M1 2"/><script>alert(1)</script><path d="M1 2'),
        drawing(path="M1 2" + "L3 4" * 60_000),
        highlight() | {"motivation": "bookmark"},
        {"motivation": "highlighting", "target": bookmark()["target"]},
    ],
)
def test_what_is_too_much_or_odd_is_refused_and_nothing_kept(version, delegate, annotation):
    with pytest.raises(BadInput) as refusal:
        keep(version, delegate.user, annotation)

    assert refusal.value.message
    assert not Annotation.objects.exists()


def test_too_many_notes_are_refused_in_words(version, delegate, monkeypatch):
    monkeypatch.setattr(notes, "MOST", 2)
    keep(version, delegate.user)
    keep(version, delegate.user)

    with pytest.raises(BadInput, match="ghi chú"):
        keep(version, delegate.user)


def test_who_may_not_read_the_paper_keeps_no_notes_on_it(client, version, delegate, office):
    client.force_login(builders.user("nguoi-la"))
    assert send(client, version, highlight()).status_code == 404
    withdraw_paper(document=version.document, by=office)

    with pytest.raises(NotAllowed):
        keep(version, delegate.user)


def test_a_notes_number_taken_by_another_person_is_no_way_to_it(client, version, delegates):
    note = keep(version, delegates[0].user)
    client.force_login(delegates[1].user)

    answer = send(client, version, highlight(note="x"), note=note.public_id, revision=2)

    assert answer.status_code == 422
    assert CANARY not in answer.content.decode()
    assert Annotation.objects.get().author == delegates[0].user


def test_a_note_that_waited_on_a_tablet_is_kept_for_nobody_but_who_wrote_it(client, version, delegates):
    """A tablet may pass to a neighbour while notes wait on it."""
    client.force_login(delegates[0].user)
    sent = {"id": ID, "revision": 1, "version": 1, "annotation": highlight(), "by": mark_of(delegates[1].user)}

    answer = client.post(url_of(version), json.dumps(sent), content_type="application/json")

    assert (answer.status_code, answer.json()["code"]) == (403, "other")
    assert not Annotation.objects.exists()


def test_13_the_key_for_unsent_notes_is_each_persons_own_and_goes_to_nobody_else(client, version, delegates):
    seals = []
    for one in delegates[:2]:
        client.force_login(one.user)
        answer = client.get(url_of(version))
        assert "no-store" in answer["Cache-Control"]
        seals.append(answer.json()["seal"])

    assert len(base64.b64decode(seals[0])) == 32
    assert seals[0] != seals[1]
    assert client.get(url_of(version)).json()["seal"] == seals[1], "the same at the next sign-in"
    client.logout()
    assert "seal" not in client.get(url_of(version)).content.decode()


def test_78_what_is_refused_as_secret_is_quoted_by_no_note(client, version, delegate, office):
    """Notes on a paper that turns out to be marked MẬT lose its words, in every version's place."""
    client.force_login(delegate.user)
    alone, moved, followed = keep(version, delegate.user), keep(version, delegate.user), uuid.uuid4()
    keep(version, delegate.user, highlight("ngân sách tỉnh", 2, SECOND, "Theo sang bản mới"), note_id=followed)
    newer = replace(version, office, [FIRST.replace("50", "70"), SECOND])
    AnnotationPlace.objects.filter(annotation=alone, version=newer).delete()
    assert "50 triệu" in json.dumps(list(AnnotationPlace.objects.values_list("target", flat=True)), ensure_ascii=False)

    pipeline.refuse_marked(version)

    places = AnnotationPlace.objects.values_list("target", "snippet", "came_from")
    assert "50 triệu" not in json.dumps(list(places), ensure_ascii=False)
    alone.refresh_from_db()
    assert (alone.text, alone.places.count()) == ("", 0)
    [kept] = AnnotationPlace.objects.filter(annotation__public_id=followed)
    assert note_format.quote_in(kept.target)[0] == "ngân sách tỉnh", "these words stand in the newer, accepted text"
    assert "Bản cũ đã bị gỡ" in client.get(reverse("documents:note_tray")).content.decode()
    with pytest.raises(NotAllowed):  # one that waited on a tablet comes too late
        keep(version, delegate.user)
    assert send(client, version, highlight()).status_code == 404
    notes.resolve(note=moved, by=delegate.user, how="drop")


def test_notes_on_a_withdrawn_paper_are_shown_to_nobody(client, version, delegate, office):
    client.force_login(delegate.user)
    keep(version, delegate.user)
    withdraw_paper(document=version.document, by=office)

    assert client.get(url_of(version)).status_code == 404
    assert not notes.own_notes(delegate.user, version.document.council).exists()


# --- Private ------------------------------------------------------------------------------------------
def test_notes_are_read_by_their_author_alone_in_screens_records_and_logs(
    client, council, council_session, version, delegates, office, administrator, caplog
):
    """No other role, the administrator included, has a way to them: not in pages, JSON, API, exports, jobs or logs."""
    from sessions.models import ItemPaper

    council_session.state = "convened"
    council_session.save(update_fields=["state"])
    ItemPaper.objects.create(item=council_session.items.first(), document=version.document, kind="draft_resolution")
    author = delegates[0].user
    client.force_login(author)
    with caplog.at_level(logging.DEBUG):
        assert send(client, version, highlight(note=f"Hỏi lại {CANARY}")).status_code == 200
        newer = replace(version, office, [FIRST.replace("50", "70"), SECOND])
    assert Annotation.objects.get().places.get(version=newer).state == "doubt"
    pages = [
        url_of(version), url_of(version) + "?ban=1", reverse("documents:read", args=[version.document.public_id]),
        reverse("documents:compare", args=[version.document.public_id]), reverse("documents:note_tray"),
        reverse("sessions:my_notes", args=[council_session.public_id]),
        reverse("sessions:my_notes", args=[council_session.public_id]) + "?tai=jsonld",
        reverse("sessions:my_notes", args=[council_session.public_id]) + "?tai=txt",
        reverse("documents:share_note", args=[Annotation.objects.get().public_id]), f"/tim?q={CANARY}",
        f"/api/v1/documents/{version.document.public_id}",
    ]  # fmt: skip
    seen_by_author = sum(CANARY in client.get(page).content.decode() for page in pages)
    assert seen_by_author >= 5  # so that the silence below means something

    for other in (delegates[1].user, office, administrator):  # every role on every page: tests/council/test_matrix.py
        client.force_login(other)
        with caplog.at_level(logging.DEBUG):
            for page in pages:
                response = client.get(page)
                text = response.content.decode() if not response.streaming else ""
                assert CANARY not in text.replace(f"q={CANARY}", "").replace(f'value="{CANARY}"', "") or "/tim" in page

    assert CANARY not in caplog.text
    for entry in AuditEntry.objects.all():
        assert CANARY not in json.dumps(entry.data, ensure_ascii=False)
    for job in Job.objects.all():
        assert CANARY not in json.dumps([job.title, job.key, job.args], ensure_ascii=False)
    assert CANARY not in repr(Annotation.objects.get())


def test_a_note_is_seen_by_those_it_is_shared_with_and_marked_with_its_author(client, council, version, delegates):
    author, fellow, third = (one.user for one in delegates[:3])
    note = keep(version, author)
    notes.share_note(note=note, by=author, users=[fellow])

    client.force_login(fellow)
    found = client.get(url_of(version)).json()["notes"]
    assert [(one["creator"]["name"], one["nt:mine"]) for one in found] == [(author.full_name, False)]
    assert send(client, version, highlight(note="sửa hộ"), note=note.public_id, revision=2).status_code == 422
    client.force_login(third)
    assert client.get(url_of(version)).json()["notes"] == []

    notes.take_back(note=note, by=author)
    client.force_login(fellow)
    assert client.get(url_of(version)).json()["notes"] == []


def test_a_note_is_shared_with_the_own_group_and_nobody_elses(council, version, delegates):
    from council.models import Body

    author, fellow, third = (one.user for one in delegates[:3])
    own, other = (
        Body.objects.create(council=council, term=council.terms.get(), kind="delegate_group", code=code, name=code)
        for code in ("TO1", "TO2")
    )
    for person, body in ((author, own), (fellow, own), (third, other)):
        Membership.objects.create(body=body, user=person, starts_on=builders.TERM_START)
    note = keep(version, author)

    with pytest.raises(NotAllowed):
        notes.share_note(note=note, by=author, bodies=[other])
    with pytest.raises(NotAllowed):
        notes.share_note(note=note, by=fellow, users=[third])
    notes.share_note(note=note, by=author, bodies=[own])

    assert [one["nt:mine"] for one in notes.notes_on(version, fellow)] == [False]
    assert notes.notes_on(version, third) == []


def test_a_note_is_shared_and_taken_back_with_plain_forms(client, version, delegates):
    note = keep(version, delegates[0].user)
    url = reverse("documents:share_note", args=[note.public_id])
    client.force_login(delegates[0].user)

    assert client.post(url, {"dai-bieu": [str(delegates[1].public_id)]}).status_code == 302
    share = note.shares.get()
    assert delegates[1].full_name in client.get(url).content.decode()
    client.post(url, {"thoi": str(share.pk)})

    assert not note.shares.exists()
    client.force_login(delegates[1].user)
    assert client.get(url).status_code == 404


def test_office_staff_cannot_be_named(version, delegate, office):
    with pytest.raises(NotAllowed):
        notes.share_note(note=keep(version, delegate.user), by=delegate.user, users=[office])


# --- A new version ------------------------------------------------------------------------------------
def test_50_notes_follow_their_words_into_a_new_version_and_stay_at_the_old_one(version, delegate, office):
    keep(version, delegate.user)
    keep(version, delegate.user, bookmark(page=2))

    newer = replace(version, office, ["Trang bìa của bản hai, chưa có nội dung nào.", FIRST, SECOND])

    found = {one["nt:kind"]: one for one in notes.notes_on(newer, delegate.user)}
    assert note_format.page_in(found["highlight"]["target"]) == 2
    assert note_format.quote_in(found["highlight"]["target"])[0] == "50 triệu đồng"
    assert found["highlight"]["target"]["nt:versionSha256"] == newer.sha256
    assert note_format.page_in(found["bookmark"]["target"]) == 3
    assert [note_format.page_in(one["target"]) for one in notes.notes_on(version, delegate.user)] == [1, 2]


def test_a_note_at_changed_words_goes_to_the_tray_and_is_not_moved(client, version, delegate, office):
    keep(version, delegate.user)
    newer = replace(version, office, [FIRST.replace("50", "70"), SECOND])

    assert [one["nt:state"] for one in notes.notes_on(newer, delegate.user)] == ["doubt"]
    client.force_login(delegate.user)
    page = client.get(reverse("documents:note_tray")).content.decode()
    assert "50 triệu đồng" in page
    assert "70 triệu đồng" in page


@pytest.mark.parametrize(("how", "states", "pages"), [("place", ["placed"], [1]), ("keep", ["kept"], [1]), ("drop", [], [])])
def test_the_author_says_what_becomes_of_a_note_in_doubt(client, version, delegate, office, how, states, pages):
    note = keep(version, delegate.user)
    newer = replace(version, office, [FIRST.replace("50", "70"), SECOND])
    client.force_login(delegate.user)

    client.post(reverse("documents:resolve_note", args=[note.public_id]), {"cach": how})

    assert [one["nt:state"] for one in notes.notes_on(newer, delegate.user)] == states
    assert notes.tray(delegate.user, version.document.council) == []
    assert [note_format.page_in(one["target"]) for one in notes.notes_on(version, delegate.user)] == pages


def test_the_author_marks_other_words_for_a_note_in_doubt(client, version, delegate, office):
    client.force_login(delegate.user)
    note = keep(version, delegate.user)
    text = FIRST.replace("50", "70")
    newer = replace(version, office, [text, SECOND])
    assert f"gan={note.public_id}" in client.get(reverse("documents:note_tray")).content.decode()

    answer = send(client, version, highlight("70 triệu đồng", text=text), note=note.public_id, revision=2, on=2)

    assert answer.status_code == 200
    assert notes.tray(delegate.user, version.document.council) == []
    place = note.places.get(version=newer)
    assert (place.state, place.reason, note_format.quote_in(place.target)[0]) == ("placed", "", "70 triệu đồng")
    assert note_format.quote_in(note.places.get(version=version).target)[0] == "50 triệu đồng", "the old place stays as it was"


def test_nobody_else_resolves_a_note(client, version, delegates, office):
    note = keep(version, delegates[0].user)
    replace(version, office, [SECOND])
    client.force_login(delegates[1].user)

    assert client.post(reverse("documents:resolve_note", args=[note.public_id]), {"cach": "drop"}).status_code == 404
    with pytest.raises(NotAllowed):
        notes.resolve(note=note, by=office, how="drop")


def test_a_note_for_a_page_that_is_gone_waits_in_the_tray_with_its_old_place(client, version, delegate, office):
    keep(version, delegate.user, bookmark(page=2))

    replace(version, office, [FIRST])

    row = notes.tray(delegate.user, version.document.council)[0]
    assert (row.state, row.reason, row.page, row.came_from) == ("doubt", "page", 0, version)


def test_a_doubt_that_was_not_resolved_is_asked_of_the_next_version(version, delegate, office):
    keep(version, delegate.user)
    replace(version, office, [FIRST.replace("50", "70"), SECOND])

    third = replace(version, office, [FIRST, SECOND])

    assert [one["nt:state"] for one in notes.notes_on(third, delegate.user)] == ["placed"]
    assert notes.tray(delegate.user, version.document.council) == []


def test_what_was_kept_at_the_old_version_is_not_asked_again(version, delegate, office):
    note = keep(version, delegate.user)
    replace(version, office, [FIRST.replace("50", "70"), SECOND])
    notes.resolve(note=note, by=delegate.user, how="keep")

    replace(version, office, [FIRST.replace("50", "80"), SECOND])

    assert notes.tray(delegate.user, version.document.council) == []


def test_a_note_made_offline_on_the_old_version_follows_when_it_arrives(version, delegate, office):
    newer = replace(version, office, ["Trang bìa của bản hai.", FIRST, SECOND])
    keep(version, delegate.user)

    job = Job.objects.filter(kind=notes.JOB).latest("pk")
    assert job.args == {"version_id": newer.pk}
    notes.carry_notes(newer)

    assert [one["nt:state"] for one in notes.notes_on(newer, delegate.user)] == ["placed"]


def test_carrying_twice_is_carrying_once_and_never_undoes_what_the_author_did(version, delegate, office):
    note = keep(version, delegate.user)
    newer = replace(version, office, [FIRST.replace("50", "70"), SECOND])
    notes.resolve(note=note, by=delegate.user, how="keep")

    notes.carry_notes(newer)
    notes.carry_notes(newer)

    assert [place.state for place in note.places.filter(version=newer)] == ["kept"]


def test_the_text_of_a_new_version_being_complete_asks_for_carrying(version, office):
    newer = replace_paper(document=version.document, by=office, upload=upload(tiny("hai")))

    with_pages(newer, [FIRST])

    assert Job.objects.filter(kind=notes.JOB, args={"version_id": newer.pk}).count() == 1


def test_a_paper_read_before_bears_bản_mới_until_the_new_version_is_opened(council_session, version, delegate, office):
    from documents.services import note_opened
    from sessions.models import ItemPaper
    from sessions.views_room import _reads_of

    paper = str(version.document.public_id)
    ItemPaper.objects.create(item=council_session.items.first(), document=version.document, kind="draft_resolution")
    note_opened(version=version, user=delegate.user, page=2)
    assert _reads_of(delegate.user, council_session) == {paper: ["đã đọc", 1]}

    newer = replace_paper(document=version.document, by=office, upload=upload(tiny("hai", pages=2)))
    assert _reads_of(delegate.user, council_session) == {paper: ["bản mới, lần 2", 1]}

    note_opened(version=newer, user=delegate.user, page=1)
    assert _reads_of(delegate.user, council_session) == {paper: ["trang 1/2", 2]}


def test_the_reader_is_told_of_a_new_version_with_its_changes_until_it_was_opened(client, version, delegate, office):
    from documents import jobs
    from documents.services import note_opened

    note_opened(version=version, user=delegate.user)
    newer = replace_paper(document=version.document, by=office, upload=upload(tiny("hai", pages=2)))
    with_pages(newer, [FIRST.replace("50", "70"), SECOND])
    jobs.carry_notes(newer.pk)
    client.force_login(delegate.user)
    url = reverse("documents:read", args=[version.document.public_id])

    page = client.get(url).content.decode()
    assert "Bản mới: lần 2." in page
    assert "1 chỗ thay đổi" in page
    compared = client.get(reverse("documents:compare", args=[version.document.public_id])).content.decode()
    assert "70 triệu đồng" in compared
    assert newer.sha256[:12] in compared

    note_opened(version=newer, user=delegate.user)
    assert "Bản mới: lần 2." not in client.get(url).content.decode()


def test_a_stranger_compares_nothing_and_one_version_has_nothing_to_compare(client, version, delegate, office):
    url = reverse("documents:compare", args=[version.document.public_id])
    client.force_login(delegate.user)
    assert client.get(url).status_code == 404
    replace_paper(document=version.document, by=office, upload=upload(tiny("hai")))
    assert client.get(url).status_code == 200
    client.force_login(builders.user("nguoi-la"))

    assert client.get(url).status_code == 404
