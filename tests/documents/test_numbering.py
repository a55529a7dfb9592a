"""The register: numbers without a gap, without a double, in the form of each kind."""

import json
import threading
from datetime import date
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError

from council import regulations
from council.errors import BadInput, NotAllowed, WrongState
from council.models import AuditEntry, Job, Term
from documents import rules
from documents.models import NumberSeries, Resolution
from documents.services import continue_series, draft_resolution, drop_draft, edit_resolution, issue_resolution
from tests import builders
from tests.documents.resolutions import TEXT, VOTE, draft

DAY = date(2026, 12, 11)
REAL = json.loads((Path(__file__).parent.parent / "data" / "resolution_numbers.json").read_text())


@pytest.mark.parametrize(
    ("kind", "number", "written"),
    [
        ("individual", 1, "01/NQ-HĐND"),
        ("individual", 62, "62/NQ-HĐND"),
        ("individual", 616, "616/NQ-HĐND"),
        ("normative", 5, "05/2026/NQ-HĐND"),
        ("normative", 31, "31/2026/NQ-HĐND"),
    ],
)
def test_a_number_has_at_least_two_digits_and_the_form_of_its_kind(kind, number, written):
    assert rules.symbol(kind, number, DAY) == written


@pytest.mark.parametrize("real", REAL, ids=lambda row: row["symbol"])
def test_numbers_that_councils_really_gave_are_written_the_same(real):
    number = int(real["symbol"].split("/")[0])

    assert rules.symbol(real["kind"], number, date.fromisoformat(real["adopted_on"])) == real["symbol"]


def test_the_address_has_no_marks():
    assert rules.slug("05/2025/NQ-HĐND") == "05-2025-nq-hdnd"
    assert rules.slug("62/NQ-HĐND") == "62-nq-hdnd"


@pytest.mark.parametrize(
    ("title", "subject", "kind"),
    [
        (
            "Dự thảo Nghị quyết về kế hoạch phát triển kinh tế - xã hội năm 2027",
            "Kế hoạch phát triển kinh tế - xã hội năm 2027",
            "individual",
        ),
        ("Nghị quyết quy định mức thu học phí", "Quy định mức thu học phí", "normative"),
        ("Biểu quyết thông qua Nghị quyết về việc sắp xếp thôn, xóm", "Sắp xếp thôn, xóm", "individual"),
        ("Kế hoạch giám sát năm 2027", "Kế hoạch giám sát năm 2027", "individual"),
    ],
)
def test_the_subject_is_taken_from_the_agendas_title(title, subject, kind):
    assert rules.subject_of(title) == subject
    assert rules.likely_kind(subject) == kind


def test_numbers_follow_each_other_and_each_kind_has_its_own(council, office):
    given = [
        issue_resolution(resolution=draft(council, office, kind=kind), by=office).symbol
        for kind in ("individual", "normative", "individual", "individual", "normative")
    ]

    assert given == ["01/NQ-HĐND", "01/2026/NQ-HĐND", "02/NQ-HĐND", "03/NQ-HĐND", "02/2026/NQ-HĐND"]


def test_numbers_start_anew_every_year(council, office):
    for day, due in (
        (date(2026, 12, 11), "01/NQ-HĐND"),
        (date(2027, 7, 9), "01/NQ-HĐND"),
        (date(2027, 7, 9), "02/NQ-HĐND"),
    ):
        made = draft(council, office, adopted_on=day, effective_on=day)

        assert issue_resolution(resolution=made, by=office).symbol == due


def test_individual_numbers_run_through_the_term_where_the_council_says_so(council, office):
    regulations.set_value(
        council=council, key="individual_number_reset", value="term", valid_from=date(2026, 3, 26), legal_basis="Quy chế",
        by=office,
    )  # fmt: skip
    later = Term.objects.create(council=council, number="XX", starts_on=date(2031, 3, 26))
    days = [date(2026, 12, 11), date(2027, 7, 9), date(2031, 4, 1)]
    given = []
    for day in days:
        term = later if day.year == 2031 else council.terms.get(number="XIX")
        made = draft_resolution(
            council=council, term=term, by=office, kind="individual", title="x", text=TEXT, adopted_on=day
        )
        given.append(issue_resolution(resolution=made, by=office).symbol)

    assert given == ["01/NQ-HĐND", "02/NQ-HĐND", "01/NQ-HĐND"]


def test_each_council_has_its_own_register(council, other_council, office):
    other_office = builders.person(other_council, "office2", role="office")
    issue_resolution(resolution=draft(council, office), by=office)

    made = issue_resolution(resolution=draft(other_council, other_office), by=other_office)

    assert made.symbol == "01/NQ-HĐND"


def test_a_register_goes_on_from_paper(council, office):
    continue_series(council=council, by=office, key="individual:2026", last=61)

    assert issue_resolution(resolution=draft(council, office), by=office).symbol == "62/NQ-HĐND"
    with pytest.raises(WrongState):
        continue_series(council=council, by=office, key="individual:2026", last=0)


def test_issuing_twice_gives_one_number_and_one_job(council, office):
    made = draft(council, office)

    first = issue_resolution(resolution=made, by=office)
    second = issue_resolution(resolution=made, by=office)

    assert (first.symbol, second.symbol) == ("01/NQ-HĐND", "01/NQ-HĐND")
    assert Job.objects.filter(kind="documents.render_resolution").count() == 1
    assert AuditEntry.objects.filter(event="documents.resolution-numbered").count() == 1


def test_what_lacks_a_part_gets_no_number_and_leaves_no_gap(council, office):
    poor = draft(council, office, text={"articles": TEXT["articles"]}, adopted_on=None, effective_on=None)

    with pytest.raises(BadInput) as fault:
        issue_resolution(resolution=poor, by=office)

    assert fault.value.faults == [
        "Chưa có ngày thông qua.", "Chưa có căn cứ pháp lý nào.", "Chưa có nơi nhận.", "Chưa có họ tên người ký.",
    ]  # fmt: skip
    assert issue_resolution(resolution=draft(council, office), by=office).number == 1


def test_only_the_office_numbers(council, office, delegate, chair, administrator):
    made = draft(council, office)

    for user in (delegate.user, chair, administrator):
        with pytest.raises(NotAllowed):
            issue_resolution(resolution=made, by=user)

    assert not NumberSeries.objects.exists()


def test_a_numbered_text_is_not_changed_by_anybody(council, office):
    made = issue_resolution(resolution=draft(council, office), by=office)

    with pytest.raises(WrongState):
        edit_resolution(
            resolution=made, by=office, kind="individual", title="khác", text=TEXT, adopted_on=DAY, effective_on=DAY,
            session_name="",
        )  # fmt: skip
    with pytest.raises(WrongState):
        drop_draft(resolution=made, by=office)


@pytest.mark.parametrize("change", [{"title": "khác"}, {"text": {}}, {"symbol": "99/NQ-HĐND"}, {"number": 99}])
def test_the_database_itself_refuses_to_change_a_numbered_text(council, office, change):
    made = issue_resolution(resolution=draft(council, office), by=office)

    with pytest.raises(DatabaseError), transaction.atomic():
        Resolution.objects.filter(pk=made.pk).update(**change)

    assert Resolution.objects.filter(pk=made.pk, symbol="01/NQ-HĐND", title=made.title).exists()


def test_one_vote_gives_one_resolution(council, office):
    draft(council, office, adoption=VOTE)

    with pytest.raises(WrongState):
        draft(council, office, adoption=VOTE)


def test_what_was_not_passed_gives_no_resolution(council, office):
    with pytest.raises(WrongState):
        draft(council, office, adoption=VOTE | {"passed": False})


def test_a_day_of_effect_is_not_before_the_adoption(council, office):
    with pytest.raises(BadInput):
        draft(council, office, effective_on=date(2026, 12, 10))


@pytest.mark.django_db(transaction=True)
def test_clerks_who_number_at_the_same_moment_get_different_numbers(council, office):
    """Sixteen at once, in threads of their own, eight of them twice over: 01 … 16 and nothing else."""
    made = [draft(council, office, title=f"Nghị quyết {n}") for n in range(16)]
    gate = threading.Barrier(24)
    faults = []

    def number(resolution):
        gate.wait()
        try:
            issue_resolution(resolution=resolution, by=office)
        except Exception as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=number, args=[resolution]) for resolution in [*made, *made[:8]]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert faults == []
    assert sorted(Resolution.objects.values_list("number", flat=True)) == list(range(1, 17))
    assert NumberSeries.objects.get().last == 16
