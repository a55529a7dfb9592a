"""Compares what people were told with what the database and the record hold. Imports nothing of the product.

    python -m tests.faults.checker HISTORIES DATABASE

HISTORIES is the folder with the tablets' and the desk's lines (tests/faults/tablets.py), DATABASE the URL of
a PostgreSQL or the path of a SQLite file. Every sentence that it prints is a broken promise.
"""

import hashlib
import json
import sqlite3
import sys
import uuid
from collections import Counter, defaultdict
from datetime import UTC, datetime
from pathlib import Path

QUERIES = {
    "polls": "SELECT id, public_id, room, chain, state, entitled, present, rule, asks FROM voting_poll",
    "roll": (
        "SELECT r.poll_id, u.username, d.code, r.delegate_id, r.is_present FROM voting_rollentry r"
        " JOIN council_delegate d ON d.id = r.delegate_id JOIN council_user u ON u.id = d.user_id"
    ),
    "votes": (
        "SELECT v.poll_id, u.username, v.choice, v.number, v.channel FROM voting_vote v"
        " JOIN council_delegate d ON d.id = v.delegate_id JOIN council_user u ON u.id = d.user_id"
    ),
    "acts": (
        "SELECT a.poll_id, u.username, a.key, a.choice, a.replaces, a.number, a.answer FROM voting_voteact a"
        " JOIN council_delegate d ON d.id = a.delegate_id JOIN council_user u ON u.id = d.user_id"
    ),
    "questions": "SELECT poll_id, place, rule FROM voting_question",
    "results": (
        "SELECT poll_id, place, votes_for, votes_against, votes_other, silent, absent, total, present, base, needed, passed"
        " FROM voting_result"
    ),
    "chains": "SELECT id, key, seq, head FROM council_auditchain",
    "entries": (
        "SELECT chain_id, seq, at, actor_id, actor, event, target, data, public, seed, previous, hash"
        " FROM council_auditentry"
        " ORDER BY chain_id, seq"
    ),
    "rooms": "SELECT key, seq FROM council_room",
}
SAID_NO = {"closed", "cancelled", "absent", "not_entitled", "key_reused", "stepped_out", "not_open"}


class Books:
    """The rows of one database, as plain dictionaries."""

    def __init__(self, place: str):
        self.place = place
        rows = read(place, QUERIES)
        for name, found in rows.items():
            setattr(self, name, found)
        for poll in self.polls:
            poll["public_id"] = str(uuid.UUID(str(poll["public_id"])))
        for act in self.acts:
            act["key"] = str(uuid.UUID(str(act["key"])))
        for entry in self.entries:
            for half in ("data", "public"):
                if isinstance(entry[half], str):
                    entry[half] = json.loads(entry[half])
        self.poll_of = {poll["id"]: poll["public_id"] for poll in self.polls}
        for row in [*self.roll, *self.votes, *self.acts, *self.results]:
            row["poll"] = self.poll_of[row["poll_id"]]


def read(place: str, queries: dict[str, str]) -> dict[str, list[dict]]:
    """Run the queries at one moment of the database."""
    if "://" in place:
        import psycopg

        with psycopg.connect(place, connect_timeout=10) as connection:
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            return {name: _dicts(connection.execute(query)) for name, query in queries.items()}
    connection = sqlite3.connect(f"file:{place}?mode=ro", uri=True, timeout=10)
    try:
        connection.execute("BEGIN")
        return {name: _dicts(connection.execute(query)) for name, query in queries.items()}
    finally:
        connection.close()


def _dicts(cursor) -> list[dict]:
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def histories(folder: Path) -> list[dict]:
    """Every line of everybody, in the order of sending."""
    lines = [json.loads(line) for file in sorted(folder.glob("*.jsonl")) for line in file.read_text().splitlines()]
    return sorted(lines, key=lambda line: line["sent"])


def check(lines: list[dict], books: Books) -> list[str]:
    """Every promise that was broken, one sentence each; an empty list when all hold."""
    casts = [line for line in lines if line["act"] == "cast"]
    desk = [line for line in lines if line["act"] in ("open", "close", "declare", "cancel")]
    return [
        *one_vote_each(books),
        *acknowledged_is_counted(casts, books),
        *nothing_from_nobody(casts, books),
        *changes_follow_each_other(books),
        *same_key_same_answer(casts),
        *none_after_the_close(casts, desk),
        *five_numbers(books),
        *desk_is_of_one_mind(desk, books),
        *record_is_whole(books),
        *record_tells_every_act(books),
        *record_keeps_the_order(books),
    ]


def one_vote_each(books) -> list[str]:
    votes = Counter((vote["poll"], vote["username"]) for vote in books.votes)
    said = [f"{who} has {n} votes in {poll}" for (poll, who), n in votes.items() if n > 1]
    roll = {(row["poll"], row["username"]) for row in books.roll}
    said += [
        f"{who} votes in {poll} without standing on its roll" for poll, who in votes if (poll, who) not in roll
    ]
    open_polls = Counter(poll["room"] for poll in books.polls if poll["state"] == "open")
    return said + [f"{n} polls are open in {room}" for room, n in open_polls.items() if n > 1]


def acknowledged_is_counted(casts, books) -> list[str]:
    """What a tablet was told is there: the act with its number, and the vote, unless a later act replaced it."""
    acts = {(act["poll"], act["username"], act["key"]): act for act in books.acts}
    votes = {(vote["poll"], vote["username"]): vote for vote in books.votes}
    said, newest = [], {}
    for line in casts:
        if line["answer"] != "ok":
            continue
        act = acts.get((line["poll"], line["who"], line["key"]))
        if act is None:
            said.append(f"lost: {line['who']} was told {line['choice']} counts in {line['poll']}, no act is there")
        elif (act["choice"], act["number"], act["answer"]) != (line["choice"], line["number"], "recorded"):
            said.append(f"{line['who']} was told {line['choice']} no. {line['number']}, the act says {act}")
        place = (line["poll"], line["who"])
        if place not in newest or line["number"] > newest[place]["number"]:
            newest[place] = line
    for place, line in newest.items():
        vote = votes.get(place)
        if vote is None:
            said.append(f"lost: {line['who']} has no vote in {line['poll']}, {line['choice']} was acknowledged")
        elif vote["number"] < line["number"]:
            said.append(f"lost: {line['who']} was told no. {line['number']}, no. {vote['number']} counts")
        elif vote["number"] == line["number"] and vote["choice"] != line["choice"]:
            said.append(f"{line['who']} was told {line['choice']}, {vote['choice']} counts")
    return said


def nothing_from_nobody(casts, books) -> list[str]:
    """Every act was sent by its delegate, and every vote comes from an act."""
    sent = {(c["poll"], c["who"], c["key"], c["choice"], c["replaces"]) for c in casts}
    polls = {line["poll"] for line in casts}
    said, made = [], set()
    for act in books.acts:
        made.add((act["poll"], act["username"], act["number"], act["choice"]))
        whole = (act["poll"], act["username"], act["key"], act["choice"], act["replaces"])
        if act["poll"] in polls and whole not in sent:
            said.append(f"nobody sent {act['choice']} of {act['username']} in {act['poll']} (key {act['key']})")
    for vote in books.votes:
        whole = (vote["poll"], vote["username"], vote["number"], vote["choice"])
        if vote["channel"] in ("socket", "http") and whole not in made:
            said.append(f"{vote['choice']} no. {vote['number']} of {vote['username']} comes from no act")
    return said


def changes_follow_each_other(books) -> list[str]:
    """A vote is replaced only by who knew of it: the acts of a delegate count 1, 2, 3 without gap or fork."""
    said, acts = [], defaultdict(list)
    for act in books.acts:
        if act["answer"] == "recorded":
            acts[act["poll"], act["username"]].append(act)
    for (poll, who), own in acts.items():
        choices: dict[int, set] = defaultdict(set)
        for act in own:
            choices[act["number"]].add(act["choice"])
            if act["replaces"] not in (act["number"], act["number"] - 1):
                said.append(
                    f"{who} in {poll}: an act that replaces no. {act['replaces']} became no. {act['number']}"
                )
        said += [f"{who} in {poll}: no. {n} is {sorted(c)}" for n, c in choices.items() if len(c) > 1]
        by_tablet = sorted(choices)
        others = any(v["channel"] not in ("socket", "http") for v in books.votes if v["username"] == who)
        if by_tablet != list(range(1, len(by_tablet) + 1)) and not others:
            said.append(f"{who} in {poll}: the numbers are {by_tablet}")
    return said


def same_key_same_answer(casts) -> list[str]:
    said, answers, first = [], defaultdict(set), {}
    for line in casts:
        place = (line["poll"], line["who"], line["key"])
        if line["answer"] in ("ok", "stale"):
            answers[place].add((line["answer"], line["number"]))
            if line["answer"] == "ok" and (place not in first or line["answered"] < first[place]):
                first[place] = line["answered"]
    said += [f"{who} got {sorted(a)} for one key" for (_p, who, _k), a in answers.items() if len(a) > 1]
    for line in casts:
        told = first.get((line["poll"], line["who"], line["key"]))
        if (
            told
            and line["answer"] == "refused"
            and line["code"] in SAID_NO - {"key_reused"}
            and line["sent"] > told
        ):
            said.append(f"{line['who']} was told ok, then {line['code']}, for one key")
    return said


def none_after_the_close(casts, desk) -> list[str]:
    """Nothing that set out after the acknowledged close is recorded; nothing is refused before the close began."""
    closed, began = {}, {}
    for line in desk:
        if line["act"] in ("close", "cancel"):
            began[line["poll"]] = min(line["sent"], began.get(line["poll"], line["sent"]))
            if line["answer"] == "ok":
                closed[line["poll"]] = min(line["answered"], closed.get(line["poll"], line["answered"]))
    first, said = {}, []
    for line in casts:
        first.setdefault((line["poll"], line["who"], line["key"]), line["sent"])
        if line["code"] in ("closed", "cancelled") and line["answered"] < began.get(line["poll"], float("inf")):
            said.append(f"{line['who']} was refused ({line['code']}) before anybody closed {line['poll']}")
    for line in casts:
        set_out = first[line["poll"], line["who"], line["key"]]
        if line["answer"] == "ok" and set_out > closed.get(line["poll"], float("inf")):
            said.append(f"{line['who']} set out after the close of {line['poll']} and was recorded")
    return said


def five_numbers(books) -> list[str]:
    """The stored results are the count of the stored rows, add up to the roll, and follow from their own rules."""
    said = []
    results = {(row["poll"], row["place"]): row for row in books.results}
    rules = {(row["poll_id"], row["place"]): row["rule"] for row in books.questions}
    for poll in books.polls:
        roll = [row for row in books.roll if row["poll_id"] == poll["id"]]
        choices = [vote["choice"] for vote in books.votes if vote["poll_id"] == poll["id"]]
        voted = {vote["username"] for vote in books.votes if vote["poll_id"] == poll["id"]}
        name = poll["public_id"]
        if poll["state"] != "draft" and poll["present"] != sum(bool(row["is_present"]) for row in roll):
            said.append(f"{name} counts {poll['present']} present, its roll says otherwise")
        silent = sum(bool(row["is_present"]) and row["username"] not in voted for row in roll)
        if any(choice.count(",") != poll["asks"] - 1 for choice in choices):
            said.append(f"{name} holds votes that do not answer its {poll['asks']} questions")
            continue
        for place in range(1, poll["asks"] + 1):
            result = results.get((name, place))
            if result is None:
                if poll["state"] in ("closed", "declared"):
                    said.append(f"{name} is {poll['state']} without a result (question {place})")
                continue
            answers = [choice.split(",")[place - 1] if poll["asks"] > 1 else choice for choice in choices]
            rule = rules.get((poll["id"], place), poll["rule"])
            said += _five_numbers(name, rule, result, Counter(answers), silent, len(roll))
    return said


def _five_numbers(name, rule, result, votes, silent, total) -> list[str]:
    said = []
    silent += votes[""]  # voted, and left this question open
    absent = total - silent - sum(votes[choice] for choice in ("for", "against", "other"))
    counted = {
        "votes_for": votes["for"], "votes_against": votes["against"], "votes_other": votes["other"],
        "silent": silent, "absent": absent, "total": total,
    }  # fmt: skip
    wrong = {key: (result[key], value) for key, value in counted.items() if result[key] != value}
    said += [f"{name}: {key} is {was}, the rows say {rows}" for key, (was, rows) in wrong.items()]
    five = ("votes_for", "votes_against", "votes_other", "silent", "absent")
    if sum(result[key] for key in five) != result["total"]:
        said.append(f"{name}: the five numbers do not add up to the roll")
    if bool(result["passed"]) != (result["votes_for"] >= result["needed"]):
        said.append(
            f"{name}: passed is {result['passed']} with {result['votes_for']} of {result['needed']} needed"
        )
    if rule == "majority_of_all" and result["needed"] != result["base"] // 2 + 1:
        said.append(f"{name}: {result['needed']} is not more than half of {result['base']}")
    return said


def desk_is_of_one_mind(desk, books) -> list[str]:
    """What several chairs were told fits together, and fits the database."""
    said, told = [], defaultdict(list)
    states = {poll["public_id"]: poll["state"] for poll in books.polls}
    for line in desk:
        if line["answer"] == "ok":
            told[line["poll"]].append(line)
    results = {row["poll"]: row for row in books.results if row["place"] == 1}  # what a close answers with
    for poll, lines in told.items():
        done = {line["act"] for line in lines}
        if {"cancel", "declare"} <= done:
            said.append(f"{poll} was declared and cancelled")
        if "cancel" in done and states.get(poll) != "cancelled":
            said.append(f"{poll} was cancelled and is {states.get(poll)}")
        if "declare" in done and states.get(poll) != "declared":
            said.append(f"{poll} was declared and is {states.get(poll)}")
        if "close" in done and states.get(poll) not in ("closed", "declared", "cancelled"):
            said.append(f"{poll} was closed and is {states.get(poll)}")
        for line in lines:
            if line["act"] == "close" and line["result"]:
                wrong = [k for k, v in results.get(poll, {}).items() if line["result"].get(k, v) != v]
                said += [f"{poll}: the desk was told another {key}" for key in wrong]
    opened = sorted(
        (line for line in desk if line["act"] == "open" and line["answer"] == "ok"), key=lambda x: x["sent"]
    )
    ends = {p: min(x["sent"] for x in ls) for p, ls in _by_poll(desk, ("close", "cancel")).items()}
    for before, after in zip(opened, opened[1:], strict=False):
        if before["poll"] != after["poll"] and after["answered"] < ends.get(before["poll"], float("inf")):
            said.append(f"{after['poll']} was opened while {before['poll']} was open")
    return said


def _by_poll(desk, acts) -> dict[str, list[dict]]:
    found = defaultdict(list)
    for line in desk:
        if line["act"] in acts:
            found[line["poll"]].append(line)
    return found


def record_is_whole(books) -> list[str]:
    """Every chain counts 1, 2, 3, each entry names the hash before it, and the head names the last."""
    said = []
    for chain in books.chains:
        expected, previous = 1, ""
        for entry in (entry for entry in books.entries if entry["chain_id"] == chain["id"]):
            place = f"{chain['key']} entry {entry['seq']}"
            if entry["seq"] != expected:
                said.append(f"{place}: {expected} was expected")
            if entry["previous"] != previous:
                said.append(f"{place} does not follow from the one before it")
            if entry["hash"] != digest(entry):
                said.append(f"{place}: its content does not match its hash")
            expected, previous = entry["seq"] + 1, entry["hash"]
        if (chain["seq"], chain["head"]) != (expected - 1, previous):
            said.append(f"{chain['key']}: the head names entry {chain['seq']}, the last is {expected - 1}")
    return said


def digest(entry) -> str:
    """SHA-256 over the digests of an entry's two halves, its place and the hash before it (docs/record.md)."""
    at = entry["at"] if isinstance(entry["at"], datetime) else datetime.fromisoformat(entry["at"])
    at = at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC).isoformat(timespec="microseconds")
    salts = {half: hashlib.sha256(f"{half}:{entry['seed']}".encode()).hexdigest()[:32] for half in ("open", "sealed")}
    opened = {"salt": salts["open"], "at": at} | {key: entry[key] for key in ("event", "public")}
    sealed = {"salt": salts["sealed"]} | {key: entry[key] for key in ("actor_id", "actor", "target", "data")}
    place = {key: entry[key] for key in ("seq", "previous")}
    return sha256(place | {"open": sha256(opened), "sealed": sha256(sealed)})


def sha256(value) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def record_tells_every_act(books) -> list[str]:
    """Each act of casting stands in the record once, and the record tells of no other."""
    listed = Counter(
        act["key"] for e in books.entries if e["event"] == "voting.votes-cast" for act in e["data"].get("acts", ())
    )
    acts = {act["key"] for act in books.acts}
    said = [f"the record does not tell of key {key}" for key in acts - set(listed)]
    said += [f"the record tells of key {key}, no act is there" for key in set(listed) - acts]
    return said + [f"the record tells of key {key} {n} times" for key, n in listed.items() if n > 1]


def record_keeps_the_order(books) -> list[str]:
    """In the order of the record: no vote before the opening, after the close, or of who was marked absent."""
    said, state, absent = [], {}, set()
    code_of = {row["delegate_id"]: row["code"] for row in books.roll}
    keys = {act["key"]: act for act in books.acts}
    for entry in books.entries:
        poll = entry["target"].rpartition(":")[2]
        match entry["event"]:
            case "voting.poll-opened" | "voting.poll-closed" | "voting.poll-cancelled":
                state[poll] = entry["event"].rpartition("-")[2]
            case "sessions.attendance-set" | "sessions.checked-in":
                code = entry["data"]["delegate"]
                absent.discard(code) if entry["data"].get("state", "present") == "present" else absent.add(code)
            case "voting.votes-cast":
                if state.get(poll) != "opened":
                    said.append(f"entry {entry['seq']} tells of votes in {poll} that is {state.get(poll)}")
                for act in entry["data"].get("acts", ()):
                    recorded = keys.get(act["key"], {}).get("answer") == "recorded"
                    if recorded and code_of.get(act.get("delegate")) in absent:
                        said.append(f"entry {entry['seq']} takes a vote of a delegate who was marked absent")
    return said


def main() -> int:
    folder, place = sys.argv[1:]
    broken = check(histories(Path(folder)), Books(place))
    sys.stdout.write("".join(f"{sentence}\n" for sentence in broken) or "All promises hold.\n")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
