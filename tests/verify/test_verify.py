"""The independent verifier against records that the product wrote, whole and damaged (security 36, 98)."""

import ast
import copy
import subprocess
import sys
from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from council import audit, live, record_keys, regulations
from council.demo import people, votes
from council.demo import session as demo_session
from council.models import AuditChain, AuditEntry
from sessions import record
from sessions.models import CouncilSession, Sitting
from tests.sessions import hall
from tests.verify import held
from tests.verify.conftest import HERE
from tests.verify.held import as_bytes, exported
from voting import services

pytestmark = pytest.mark.django_db


@pytest.fixture
def show_votes(council, office):
    """Set what the public is shown of a named vote: "totals", "seats" or "names"."""

    def show(naming):
        regulations.set_value(
            council=council, key="naming_public", value=naming, valid_from=timezone.localdate(),
            legal_basis="Quy chế", by=office,
        )  # fmt: skip

    return show


@pytest.fixture
def session_held(sitting, chair, secretary, delegates, show_votes):
    show_votes("names")
    return held.whole_session(sitting, chair, secretary, delegates)


_held = {}  # the session of every kind of vote, held once for all tests: its export, and its chain with the key


@pytest.fixture
def export(request):
    """The export of a session with every kind of vote, to be damaged freely."""
    if not _held:
        session = request.getfixturevalue("session_held")
        _held["export"], _held["chain"] = exported(session), AuditChain.objects.get(key=session.chain_key)
    return copy.deepcopy(_held["export"])


@pytest.fixture
def one_vote(sitting, chair, secretary, delegates, show_votes):
    """A session with one named vote, and its export, for a naming setting."""

    def hold(naming):
        show_votes(naming)
        running = hall.run(sitting, secretary, present=delegates[:4])
        poll = held.named_vote(running, chair, secretary, delegates)
        return poll, exported(running.council_session)

    return hold


def entry_of(export, event, n=0):
    return [e for e in export["entries"] if isinstance(e["open"], dict) and e["open"]["event"] == event][n]


def resigned(export, chain=None):
    """The same record after its holder, with the key in hand, has written chain and signatures anew."""
    chain = chain or _held["chain"]
    previous = export["previous"]
    for entry in export["entries"]:
        opened = entry["open"] if isinstance(entry["open"], str) else audit.sha256(entry["open"])
        place = {"seq": entry["seq"], "previous": previous, "open": opened, "sealed": entry["sealed"]}
        previous = entry["hash"] = audit.sha256(place)
    head = export["head"] = {"seq": export["entries"][-1]["seq"], "hash": previous}
    signed = {"format": "nghi-truong/head/1", "chain": export["chain"], **head}
    head["signature"] = record_keys.sign(chain, audit.canonical(signed).encode())
    export.pop("signature")
    told = {"format": "nghi-truong/export/1", "digest": audit.sha256(export)}
    export["signature"] = record_keys.sign(chain, audit.canonical(told).encode())
    return export


# --- It agrees with the product ---


def test_36_every_vote_of_the_demonstration_is_recounted_and_agrees(verifier):
    """Security 36: the finished session of the demonstration, all its votes and an election."""
    house = people.make_house()
    finished = demo_session.make_finished(house)
    votes.hold_votes(house, finished)

    report = verifier.check(record.export(finished).encode(), head=record.head_of(finished).url)

    assert report.bad is None
    assert len(report.polls) == finished.council.polls.filter(chain=finished.chain_key).count() > 15
    for poll in report.polls:
        stored = finished.council.polls.get(public_id=poll.name)
        if not stored.is_secret:
            assert f"tán thành {stored.result.votes_for}, " in poll.said[0]
            assert poll.passed == [stored.result.passed]


@pytest.mark.parametrize("naming", ["totals", "seats", "names"])
def test_36_an_open_vote_is_recounted_under_every_naming_setting(verifier, one_vote, naming):
    poll, export = one_vote(naming)

    report = verifier.check(as_bytes(export))

    assert report.bad is None
    assert report.polls[0].said == [
        "tán thành 2, không tán thành 0, ý kiến khác 1, không biểu quyết 0, vắng 2; cần 3/5: không được thông qua",
        "Phản đối: 1, được chấp nhận: 0",
    ]
    assert (poll.result.votes_for, poll.result.by_secretary, poll.result.stepped_out) == (2, 1, 1)


def test_36_a_vote_that_was_closed_and_then_cancelled_counts_for_nothing_and_spoils_no_record(
    verifier, sitting, secretary, chair, delegates, show_votes
):
    show_votes("names")
    sitting = hall.run(sitting, secretary, present=delegates[:4])
    poll = hall.open_vote(sitting, chair)
    held.cast(poll, dict.fromkeys(delegates[:3], "for"))
    services.close_poll(poll=poll, by=chair)
    services.cancel_poll(poll=poll, reason="Ghi chưa đúng", by=chair)

    report = verifier.check(as_bytes(exported(sitting.council_session)))

    assert report.bad is None
    assert report.polls[0].said == ["Đã hủy: Ghi chưa đúng"]


def test_36_votes_of_every_kind_are_recounted(verifier, export):
    report = verifier.check(as_bytes(export))

    assert report.bad is None
    assert [poll.kind for poll in report.polls] == [
        "named", "named", "named", "named", "named", "named", "named",
        "election", "dismissal", "removal", "rating", "confidence",
    ]  # fmt: skip
    assert report.polls[2].said == ["Đã hủy: Mở nhầm nội dung"]
    assert report.polls[5].said == [
        "Một: tán thành 3, không tán thành 0, ý kiến khác 0, không biểu quyết 1, vắng 1; cần 3/5: được thông qua",
        "Hai: tán thành 1, không tán thành 1, ý kiến khác 0, không biểu quyết 2, vắng 1; cần 4/5: không được thông qua",
        "Ba: tán thành 2, không tán thành 1, ý kiến khác 0, không biểu quyết 1, vắng 1; cần 3/4: không được thông qua",
    ]
    assert report.polls[7].said[0] == "Người Thứ 1: bầu 3; trúng cử"


def test_the_same_record_is_the_same_bytes(session_held):
    first = record.export(session_held)
    record._built.clear()
    record._signatures.clear()

    assert record.export(session_held) == first


# --- What is not public stays in the house ---


def test_an_export_holds_no_choice_where_only_totals_are_public(verifier, one_vote):
    """A canary: neither a choice with its delegate, nor a salt that would open one."""
    poll, export = one_vote("totals")

    text = as_bytes(export).decode()
    assert export["polls"][str(poll.public_id)]["votes"] == []
    assert not [vote for vote in poll.votes.all() if vote.salt in text]
    assert not [entry for entry in poll.roll.all() if entry.salt in text or entry.name in text]


def test_an_export_by_seats_tells_no_name(one_vote):
    poll, export = one_vote("seats")

    text = as_bytes(export).decode()
    roll = export["polls"][str(poll.public_id)]["roll"]
    assert {row["seat"] for row in roll} == {entry.seat for entry in poll.roll.all()}
    assert not [entry for entry in poll.roll.all() if entry.name in text]


def test_no_export_tells_who_acted_or_what_stays_in_the_house(session_held, chair, delegates):
    text = record.export(session_held)

    for word in (f'"{chair.username}"', delegates[0].user.username, delegates[0].code, "Máy của đại biểu hỏng", "Tôi chọn", "Có lợi ích liên quan", "actor"):
        assert word not in text


def test_a_closed_door_sitting_shows_digests_only(session_held, verifier):
    Sitting.objects.update(is_closed_door=True)

    export = exported(session_held)
    report = verifier.check(as_bytes(export))
    assert (report.bad, report.polls, export["polls"]) == (None, [], {})
    assert [e["open"]["event"] for e in export["entries"] if isinstance(e["open"], dict)] == [audit.BEGUN]
    assert "Nghị quyết" not in as_bytes(export["entries"]).decode()


def test_a_vote_shows_digests_only_until_its_result_is_declared(sitting, chair, secretary, delegates, verifier):
    running = hall.run(sitting, secretary, present=delegates[:4])
    poll = hall.open_vote(running, chair)
    held.cast(poll, {delegates[0]: "for"})
    services.close_poll(poll=poll, by=chair)

    before = exported(running.council_session)
    services.declare_result(poll=poll, by=chair)
    after = exported(running.council_session)

    assert (before["polls"], len(after["polls"])) == ({}, 1)
    assert [e["hash"] for e in before["entries"]] == [e["hash"] for e in after["entries"][:-1]]
    assert verifier.check(as_bytes(before)).bad is None
    assert verifier.check(as_bytes(after), head=record.head_of(running.council_session).words).bad is None


def test_a_hall_goes_on_where_the_key_was_lost_with_the_secret_of_the_house(sitting, secretary, delegates, settings):
    running = hall.run(sitting, secretary, present=delegates)
    assert "sổ ghi" in live.render(running.room, "delegate").parts["record"].lower()
    record._signatures.clear()

    settings.SECRET_KEY = "another secret of this house"

    assert record.head_of(running.council_session) is None
    assert live.render(running.room, "delegate").parts["record"].strip() == ""


# --- It finds what is wrong ---


def test_98_a_deleted_changed_inserted_or_reordered_line_out_of_many_is_named(verifier, council, office, council_session):
    """Security 98: of a record of 1,000 lines, the very line."""
    CouncilSession.objects.filter(pk=council_session.pk).update(state="convened")
    council_session.refresh_from_db()
    for n in range(1000):
        audit.record(office, "sessions.tested", council_session, chain=council_session.chain_key, data={"n": n})
    export = exported(council_session)
    assert verifier.check(as_bytes(export)).bad is None

    def first_bad(change):
        copied = copy.deepcopy(export)
        change(copied["entries"])
        return verifier.check(as_bytes(copied)).bad.seq

    assert first_bad(lambda lines: lines.pop(700)) == 701
    assert first_bad(lambda lines: lines[700].update(sealed="0" * 64)) == 701
    assert first_bad(lambda lines: lines.insert(700, dict(lines[3]))) == 701
    assert first_bad(lambda lines: lines.insert(700, lines.pop(701))) == 701
    assert first_bad(lambda lines: lines.pop()) == 1000
    assert first_bad(lambda lines: lines.pop(0)) == 2  # nothing says what came before


def test_a_record_written_anew_without_the_key_is_refused(verifier, export):
    other = AuditChain(key="session:another")
    record_keys.make(other)
    forged = copy.deepcopy(export)
    entry_of(forged, "voting.poll-closed")["sealed"] = "0" * 64

    report = verifier.check(as_bytes(resigned(forged, other)))

    assert "chữ ký của đầu sổ không đúng" in report.bad.words


def planted(export, event, change, n=0):
    """A wrong line, everything after it and the signatures written anew by who holds the key."""
    copied = copy.deepcopy(export)
    entry = entry_of(copied, event, n)
    change(entry["open"]["public"])
    return entry["seq"], as_bytes(resigned(copied))


def more_for(said):
    said["result"]["for"] += 1
    said["result"]["absent"] -= 1
    said["result"]["present"] += 1
    said["present"] += 1


PLANTED = [
    ("voting.poll-closed", 0, more_for),
    ("voting.poll-closed", 0, lambda said: said["result"].update(passed=True)),
    ("voting.poll-closed", 0, lambda said: said["result"].update(needed=2)),
    ("voting.poll-closed", 0, lambda said: said["result"].update({"for": 1, "other": 2})),
    ("voting.poll-closed", 0, lambda said: said["result"].update(by_secretary=0)),
    ("voting.poll-closed", 0, lambda said: said["result"].update(silent=1, absent=1)),
    ("voting.poll-opened", 0, lambda said: said["frozen"]["terms"]["rule"].update(numerator=1, denominator=3)),
    ("voting.poll-opened", 0, lambda said: said.update(entitled=6)),
    ("voting.result-declared", 0, lambda said: said.update(passed=True)),
    ("voting.poll-closed", 4, lambda said: said["results"].pop()),
    ("voting.poll-closed", 4, lambda said: said["results"][1].update({"for": 2, "silent": 1})),
    ("voting.result-declared", 4, lambda said: said["passed"].reverse()),
    ("voting.votes-cast", 0, lambda said: said["votes"].append([1, 1, "0" * 64])),
    ("voting.votes-cast", 0, lambda said: said["votes"].clear()),
    ("voting.count-confirmed", 0, lambda said: said["count"]["figures"].update({"for": 3, "against": 0})),
    ("voting.count-confirmed", 2, lambda said: said["outcomes"][0].update(verdict="not_elected")),
    ("voting.count-confirmed", 2, lambda said: said["count"].update(valid=4)),
    ("voting.count-confirmed", 5, lambda said: said["outcomes"][0].update(needed=1)),
    ("voting.result-declared", 7, lambda said: said["verdicts"].update({"Người Thứ 1": "not_passed"})),
]


def test_36_a_planted_wrong_result_is_found_though_it_is_signed(verifier, export):
    """Whoever runs the server holds the key: the recount finds what signatures cannot."""
    for case, (event, n, change) in enumerate(PLANTED):
        seq, forged = planted(export, event, change, n)

        report = verifier.check(forged)

        assert report.bad is not None and report.bad.seq >= seq, f"case {case} of {event}"


def test_a_vote_published_otherwise_than_cast_is_found_by_the_name_of_its_delegate(verifier, export, delegates):
    forged = copy.deepcopy(export)
    poll = next(p for p in forged["polls"].values() if p["votes"])
    line, number, choice, salt = poll["votes"][0]
    poll["votes"][0] = [line, number, "against" if choice != "against" else "for", salt]

    report = verifier.check(as_bytes(resigned(forged)))

    assert f"dòng {line} (Đại biểu Số" in report.bad.words


def test_a_published_part_that_is_left_out_is_missed(verifier, export):
    for part in ("votes", "presence", "roll"):
        forged = copy.deepcopy(export)
        poll = next(p for p in forged["polls"].values() if p["votes"])
        poll[part] = None if part == "presence" else poll[part][:-1]

        assert verifier.check(as_bytes(resigned(forged))).bad is not None, part


def test_a_history_written_anew_is_found_by_a_head_seen_before(verifier, export):
    """What a wall, a paper or a tablet has shown cannot be taken back, even with the key."""
    seen = entry_of(export, "voting.result-declared")
    forged = copy.deepcopy(export)
    entry_of(forged, "voting.poll-prepared")["sealed"] = "0" * 64
    forged = resigned(forged)

    head = f"{seen['seq']}.{seen['hash']}"
    assert verifier.check(as_bytes(export), head=head).bad is None
    assert verifier.check(as_bytes(forged)).bad is None
    assert verifier.check(as_bytes(forged), head=head).bad.seq == seen["seq"]


def test_an_older_history_is_refused_with_the_head_that_is_missing(verifier, export):
    older = copy.deepcopy(export)
    del older["entries"][-30:]
    older["polls"] = {}
    for entry in older["entries"][1:]:
        if isinstance(entry["open"], dict):
            entry["open"] = audit.sha256(entry["open"])
    older = resigned(older)

    last = export["head"]
    report = verifier.check(as_bytes(older), head=f"{last['seq']}.{last['hash']}")
    assert "cũ hơn" in report.bad.words


def test_a_delegate_finds_the_own_vote_and_no_other_passes_for_it(verifier, session_held, delegates):
    text = record.export(session_held).encode()
    mine = record.own_votes(session_held, delegates[0])

    assert len(mine) > 2
    for vote in mine:
        assert vote.answers[0].label in ("Tán thành", "Không tán thành", "Ý kiến khác")
        assert "được tính đúng" in verifier.check(text, mine=vote.code).said[0]
    name, line, number, _choice, salt = mine[0].code.split(".")
    assert verifier.check(text, mine=f"{name}.{line}.{number}.other.{salt}").bad is not None


@pytest.fixture
def small(one_vote):
    return as_bytes(one_vote("names")[1])


def test_no_byte_of_an_export_can_be_changed_unseen(verifier, small):
    """Every byte is written in the one way that the format allows, and stands under a signature."""

    @settings(max_examples=150, database=None)
    @given(st.integers(0, len(small) - 1), st.integers(1, 255), st.sampled_from(["change", "drop", "double"]))
    def changed(place, by, how):
        damaged = bytearray(small)
        if how == "change":
            damaged[place] ^= by
        elif how == "drop":
            del damaged[place]
        else:
            damaged.insert(place, damaged[place])
        if damaged != small:
            assert verifier.check(bytes(damaged)).bad is not None

    changed()


# --- It is independent, and anybody can run it ---


def test_36_the_verifier_shares_no_module_with_the_product_and_needs_only_the_standard_library():
    own = {path.stem for path in HERE.glob("*.py")}
    for path in HERE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                assert node.level == 0, path
                names = [node.module]
            for name in names:
                top = name.partition(".")[0]
                assert top in own or top in sys.stdlib_module_names, f"{path.name} imports {name}"


def run(*words):
    command = [sys.executable, "-S", str(HERE / "verify.py"), *words]  # -S: no installed package is in reach
    return subprocess.run(command, capture_output=True, text=True, timeout=60, cwd="/", env={"PYTHONUTF8": "1"})


def test_the_program_runs_by_itself_and_says_in_words_what_it_found(tmp_path, export):
    good, bad = tmp_path / "so-ghi.json", tmp_path / "sua.json"
    good.write_bytes(as_bytes(export))
    wrong = copy.deepcopy(export)
    entry = entry_of(wrong, "voting.poll-closed")
    entry["open"]["public"]["result"]["for"] = 5
    bad.write_bytes(as_bytes(wrong))

    told = run(str(good))
    assert (told.returncode, told.stderr) == (0, "")
    assert "SỔ GHI ĐÚNG" in told.stdout and "[ĐÚNG] Thông qua Nghị quyết" in told.stdout
    assert "Khóa ký lấy từ chính tệp này" in told.stdout
    head = told.stdout.rsplit("Đầu sổ: ", 1)[1].split()[0]
    assert "Khóa ký lấy từ chính tệp này" not in run(str(good), "--head", head).stdout
    told = run(str(bad))
    assert told.returncode == 1
    assert f"Chỗ sai đầu tiên. Mục {entry['seq']}: " in told.stdout
    assert run(str(tmp_path / "none.json")).returncode == 2


def test_an_entry_of_before_the_record_was_published_is_left_out(verifier, council, office, council_session):
    """A session that was begun with the first format is checked from its own opening of the record on."""
    CouncilSession.objects.filter(pk=council_session.pk).update(state="convened")
    council_session.refresh_from_db()
    chain = AuditChain.objects.create(key=council_session.chain_key, council=council, seq=1)
    old = AuditEntry(chain=chain, seq=1, at=timezone.now() - timedelta(days=1), actor="x", event="sessions.made")
    old.hash = audit.digest(old)
    old.save()
    AuditChain.objects.filter(pk=chain.pk).update(head=old.hash)
    audit.record(office, "sessions.tested", council_session, chain=council_session.chain_key)

    export = exported(council_session)

    assert (export["previous"], export["entries"][0]["seq"]) == (old.hash, 2)
    assert verifier.check(as_bytes(export)).bad is None
