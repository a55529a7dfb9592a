"""An opinion poll in secret: taken until one day, cast from that day till the deadline, counted from its ballots."""

import uuid
from datetime import timedelta

import pytest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from council.errors import BadInput, WrongState
from council.models import AuditEntry, RegulationValue
from tests import builders
from tests.voting import secret_client as tablets
from tests.voting.opinions import answer, at, do_jobs, prepared
from voting.models import Poll, PublishedBallot, SealedBallot, SecretKeys, SpareIssuer, Vote
from voting.opinions import selectors, services
from voting.secret import box, crypto, keys, life
from voting.secret import services as secret

pytestmark = pytest.mark.django_db
LETTERS = "voting.opinion_letters"
YES, NO, OTHER = ({"1": choice} for choice in ("for", "against", "other"))


@pytest.fixture(scope="module")
def spare_key():
    """An issuer key is slow to make: one serves all tests."""
    return crypto.new_issuer()


@pytest.fixture(autouse=True)
def pool(db, spare_key):
    SpareIssuer.objects.create(wrapped=keys.wrap(spare_key))


@pytest.fixture
def draft(council, office, delegates):
    return prepared(council, office, secrecy="server", casting_from=timezone.now() + timedelta(hours=48), hours=96)


@pytest.fixture
def poll(draft, office):
    """Sent: ballots are being handed out."""
    return fresh(services.send_opinion(poll=draft, by=office))


def fresh(poll) -> Poll:
    return Poll.objects.get(pk=poll.pk)


def take(poll, delegate) -> tablets.Tablet:
    """The delegate's device takes its ballot."""
    tablet = tablets.Tablet(fresh(poll).secret_box.manifest)
    tablet.take(secret.hand_out(poll=fresh(poll), delegate=delegate, blinded=tablet.blinded, manifest=tablet.digest))
    return tablet


def put_in(poll, bodies) -> list[str]:
    """Sealed ballots come in as nobody's; what the box decides, in the running transaction."""
    from voting.secret import ballots

    manifest = ballots.Manifest.read(fresh(poll).secret_box.manifest)
    checked = [ballots.check(body, manifest) for body in bodies]
    return [said.code or "in" for said in box._decide(fresh(poll), checked)]


def go_on(poll):
    """The day from which ballots are cast."""
    with at(poll.opinion.casting_from + timedelta(minutes=1)):
        do_jobs("voting.opinion_cast", LETTERS)


def end(poll):
    with at(fresh(poll).closes_at + timedelta(minutes=1)):
        do_jobs("voting.opinion_close")
    return fresh(poll)


def test_it_goes_from_the_question_to_the_outcome_by_its_two_days(poll, office, delegates):
    devices = [take(poll, d) for d in delegates[:4]]
    go_on(poll)
    assert put_in(poll, [t.ballot(c) for t, c in zip(devices, [YES, YES, YES, OTHER], strict=True)]) == ["in"] * 4

    closed = end(poll)

    found = selectors.outcome(closed, delegates[0].user)
    assert [(line["mark"], line["n"]) for line in found["counts"]] == [
        ("for", 3), ("against", 0), ("other", 1), ("silent", 0), ("silent", 0), ("absent", 1),
    ]  # fmt: skip
    assert (found["passed"], found["needed"], found["answered"], found["names"]) == (True, 3, 4, [])
    assert found["verdict"] == "Đủ ý kiến tán thành"
    assert found["article"] == "Quy chế làm việc của Hội đồng nhân dân"


def test_nobody_casts_before_the_day_and_nobody_takes_a_ballot_after_it(poll, delegates):
    device = take(poll, delegates[0])
    assert put_in(poll, [device.ballot(YES)]) == ["not_open"]
    go_on(poll)

    with pytest.raises(secret.Refused) as late:
        take(poll, delegates[1])

    assert late.value.code == "late"


def test_37_a_ballot_after_the_deadline_is_refused_though_nobody_has_closed_the_poll(poll, delegates):
    """Security 37: and who sends the same one again is told that it is in."""
    first, second = take(poll, delegates[0]), take(poll, delegates[1])
    go_on(poll)
    body = first.ballot(YES)
    put_in(poll, [body])

    with at(poll.closes_at):
        assert put_in(poll, [body, second.ballot(YES)]) == ["in", "closed"]

    assert SealedBallot.objects.count() == 1


def test_where_nobody_took_a_ballot_it_is_called_off_in_words(poll, delegates):
    go_on(poll)

    poll = fresh(poll)
    assert (poll.state, poll.cancel_reason) == ("cancelled", "Không thành viên nào nhận phiếu trước ngày bỏ phiếu.")
    assert selectors.mails_of(poll).filter(job__key__contains=":cancelled:").count() == 5


def test_where_the_jobs_slept_over_the_whole_casting_nothing_is_counted_as_if_nobody_had_wanted_to(poll, delegates):
    take(poll, delegates[0])

    with at(poll.closes_at + timedelta(minutes=1)):
        do_jobs("voting.opinion_cast", "voting.opinion_close")

    about = fresh(poll)
    assert (about.state, about.cancel_reason) == ("cancelled", "Hết hạn khi chưa bỏ phiếu.")
    assert not about.outcomes.exists()


def test_whether_a_member_has_cast_is_known_to_nobody(poll, office, delegates):
    devices = [take(poll, d) for d in delegates[:3]]
    go_on(poll)
    put_in(poll, [devices[0].ballot(NO)])

    assert not Vote.objects.exists()
    assert selectors.answered(fresh(poll)) == []
    assert {entry.delegate_id for entry in selectors.to_remind(fresh(poll))} == {d.pk for d in delegates[:3]}
    assert not AuditEntry.objects.filter(event="voting.votes-cast").exists()
    assert "against" not in SealedBallot.objects.get().body


def test_reminders_go_to_those_without_a_ballot_and_later_to_all_who_hold_one(poll, office, delegates):
    take(poll, delegates[0])
    with at(poll.opinion.casting_from - timedelta(hours=23)):
        do_jobs("voting.opinion_remind")
    without = set(selectors.mails_of(poll).filter(job__key__contains=":remind:").values_list("to_name", flat=True))
    go_on(poll)
    with at(poll.closes_at - timedelta(hours=23)):
        do_jobs("voting.opinion_remind")

    assert without == {d.full_name for d in delegates[1:]}
    later = selectors.mails_of(poll).filter(job__key__contains=f":remind:{poll.closes_at:%Y%m%d%H%M%S}")
    assert [mail.to_name for mail in later] == [delegates[0].full_name]
    told = selectors.mails_of(poll).filter(job__key__contains=":casting:")
    assert [mail.to_name for mail in told] == [delegates[0].full_name]


def test_an_extension_moves_the_deadline_and_not_the_day_of_casting(poll, office, delegates):
    take(poll, delegates[0])
    services.extend_deadline(poll=poll, until=poll.closes_at + timedelta(days=1), reason="Chờ", by=office)

    go_on(poll)

    assert fresh(poll).secret_box.phase == "casting"


def test_closing_early_needs_a_reason_until_every_ballot_is_in(poll, office, delegates):
    devices = [take(poll, d) for d in delegates[:2]]
    with pytest.raises(BadInput):
        services.close_early(poll=poll, by=office)
    with pytest.raises(WrongState):  # nobody could cast yet
        services.close_early(poll=poll, by=office, reason="Đã rõ")
    go_on(poll)
    put_in(poll, [device.ballot(YES) for device in devices])

    services.close_early(poll=fresh(poll), by=office)

    assert fresh(poll).state == "closed"
    assert not SecretKeys.objects.filter(poll=poll).exists()
    assert PublishedBallot.objects.count() == 2


def test_a_cancelled_ones_ballots_are_never_opened(poll, office, delegates):
    device = take(poll, delegates[0])
    go_on(poll)
    put_in(poll, [device.ballot(YES)])

    services.cancel_opinion(poll=poll, reason="Không còn cần", by=office)

    assert fresh(poll).secret_box.phase == "cancelled"
    with pytest.raises(WrongState):
        keys.server_key_of(poll)


def test_nobody_answers_it_by_name_nor_on_paper(poll, office, delegates):
    with pytest.raises(WrongState):
        answer(poll, delegates[0])
    with pytest.raises(WrongState):
        services.enter_answer(poll=poll, delegate=delegates[0], choice="for", reason="Phiếu giấy", by=office)

    assert not Vote.objects.exists()


@pytest.mark.parametrize("hours", [None, -1, 0, 95.5])
def test_the_day_of_casting_lies_between_the_sending_and_the_deadline(council, office, delegates, hours):
    day = None if hours is None else timezone.now() + timedelta(hours=hours)

    with pytest.raises(BadInput):
        prepared(council, office, secrecy="server", casting_from=day, hours=96)


def test_a_council_that_allows_paper_alone_is_told_why(council, office, delegates):
    RegulationValue.objects.create(
        council=council, key="secret_on_tablets", value="paper", valid_from=builders.TERM_START, legal_basis="NQ"
    )

    with pytest.raises(BadInput, match="không cho bỏ phiếu kín trên máy"):
        prepared(council, office, secrecy="server", casting_from=timezone.now() + timedelta(hours=48), hours=96)


def test_tellers_keys_need_a_hall(council, office, delegates):
    with pytest.raises(BadInput):
        prepared(council, office, secrecy="tellers", casting_from=timezone.now() + timedelta(hours=48), hours=96)


def test_45_the_office_is_warned_where_few_ballots_may_tell_who_chose_what(council, office):
    """Security 45."""
    for n in range(1, 4):
        builders.delegate(council, n)
    poll = prepared(council, office, secrecy="server", casting_from=timezone.now() + timedelta(hours=48), hours=96)

    assert "few_ballots" in {issue.code for issue in selectors.issues_of(poll)}


def test_the_manifest_shows_the_question_and_its_three_choices(poll):
    sheet = poll.secret_box.manifest["sheet"]

    assert poll.secret_box.manifest["question"] == poll.question
    assert [choice["key"] for choice in sheet["choices"]] == ["for", "against", "other"]
    assert len(sheet["nominees"]) == 1
    assert uuid.UUID(poll.secret_box.manifest["poll"]) == poll.public_id


def test_members_are_told_the_result_by_totals(poll, office, delegates):
    device = take(poll, delegates[0])
    go_on(poll)
    put_in(poll, [device.ballot(YES)])
    closed = end(poll)
    services.publish_result(poll=closed, by=office)
    do_jobs(LETTERS)

    letter = selectors.mails_of(poll).filter(job__key__contains=":result:").first()
    assert "Không đủ ý kiến tán thành" in letter.text
    assert life.sealed(poll).count() <= 1  # the box is emptied after the commit


# --- pages ------------------------------------------------------------------------------------------


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


def test_the_office_asks_in_secret_by_the_same_form(client, council, office, delegates):
    client.force_login(office)
    day = timezone.localdate()
    said = {
        "question": "Cho ý kiến về nhân sự dự kiến", "explanation": "", "day": (day + timedelta(days=8)).isoformat(),
        "at": "17:00", "rule": "majority_of_all", "remind": "24", "unit": "hours", "secrecy": "server",
        "cast_day": (day + timedelta(days=4)).isoformat(), "cast_at": "08:00",
    }  # fmt: skip

    client.post(reverse("voting:opinion_create"), said)

    poll = Poll.objects.get()
    assert (poll.secrecy, poll.kind) == ("server", "opinion")
    assert timezone.localtime(poll.opinion.casting_from).date() == day + timedelta(days=4)
    edited = reverse("voting:opinion_edit", args=[poll.public_id])
    assert client.get(edited).status_code == 200
    client.post(edited, said | {"question": "Câu hỏi khác"})
    assert fresh(poll).question == "Câu hỏi khác" and fresh(poll).opinion.casting_from == poll.opinion.casting_from


def test_without_a_way_to_seal_ballots_the_form_says_why_and_offers_paper(client, council, office, settings):
    settings.HTTPS, settings.BASE_URL = False, "http://hdnd.example"
    builders.delegate(council, 1)
    client.force_login(office)

    shown = text_of(client.get(reverse("voting:opinion_create")))

    assert "Phiếu kín chỉ làm trên giấy được." in shown and "https" in shown
    assert 'value="paper"' in shown and 'value="server"' not in shown


def test_the_desk_sees_who_holds_no_ballot_and_later_nothing_but_totals(client, poll, office, delegates):
    take(poll, delegates[0])
    client.force_login(office)
    page = reverse("voting:opinion_desk_page", args=[poll.public_id])
    before = text_of(client.get(page))
    go_on(poll)

    after = text_of(client.get(page))

    assert "1/5" in before and delegates[1].full_name in before
    assert "Không ai biết phiếu nào của ai" in after
    assert not any(d.full_name in after for d in delegates)


def test_the_members_page_tells_the_two_days_and_offers_no_named_answer(client, poll, delegates):
    client.force_login(delegates[0].user)

    shown = text_of(client.get(reverse("voting:opinion", args=[poll.public_id])))
    refused = client.post(reverse("voting:answer_opinion", args=[poll.public_id]), {"choice": "for"})

    assert "js/secret/opinion.js" in shown and "Nhận phiếu trước" in shown
    assert reverse("voting:answer_opinion", args=[poll.public_id]) not in shown
    assert refused.status_code == 409


def test_todays_page_says_what_to_do_next(client, poll, delegates):
    client.force_login(delegates[0].user)
    today = reverse("sessions:today")
    first = text_of(client.get(today))
    take(poll, delegates[0])
    second = text_of(client.get(today))
    go_on(poll)

    assert "Đọc và nhận phiếu" in first and "Đã nhận phiếu kín" in second
    assert "Bỏ phiếu kín" in text_of(client.get(today))


def test_the_report_of_a_secret_one_holds_totals_and_nobodys_name(poll, office, delegates):
    device = take(poll, delegates[0])
    go_on(poll)
    put_in(poll, [device.ballot(YES)])
    closed = end(poll)
    outcome = selectors.outcome(closed, office)

    sheet = render_to_string(
        "pdf/opinion_report.html",
        {"poll": closed, "opinion": closed.opinion, "council": closed.council, "outcome": outcome, "papers": []},
    )

    assert "Số phiếu kín phát ra" in sheet and "Không đủ ý kiến tán thành" in sheet
    assert not any(d.full_name in sheet for d in delegates)
