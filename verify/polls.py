"""Counting every vote of a record again, from nothing but what was published (docs/record.md, "Votes").

The rules of majorities, elections and ratings are written here a second time on purpose: an error in the
product's own must not be repeated by who checks it.
"""

import secret
from record import Bad, is_digest, is_number, sha256

# name of a rule -> share, whether it must be exceeded, what it is a share of (Luật 72/2025/QH15, Điều 35, 49)
RULES = {
    "majority_of_all": (1, 2, True, "all"),
    "two_thirds_of_all": (2, 3, False, "all"),
    "two_thirds_in_office": (2, 3, True, "in_office"),
    "majority_of_present": (1, 2, True, "present"),
    "two_thirds_of_present": (2, 3, False, "present"),
    "majority_of_collected": (1, 2, True, "collected"),
    "two_thirds_of_collected": (2, 3, False, "collected"),
    "majority_of_valid": (1, 2, True, "valid"),
    "two_thirds_of_valid": (2, 3, False, "valid"),
}
CHOICES = ("for", "against", "other")
SHEETS = {
    "election": {"for": "bầu"},
    "dismissal": {"for": "đồng ý", "against": "không đồng ý"},
    "removal": {"for": "đồng ý", "against": "không đồng ý"},
    "rating": {"high": "tín nhiệm cao", "middle": "tín nhiệm", "low": "tín nhiệm thấp"},
    "confidence": {"trust": "tín nhiệm", "distrust": "không tín nhiệm"},
}
WORDS = {
    "elected": "trúng cử",
    "not_elected": "không trúng cử",
    "tied": "bằng phiếu, chưa trúng cử",
    "passed": "được thông qua",
    "not_passed": "không được thông qua",
    "kept": "không thuộc trường hợp phải xem xét",
    "may_resign": "có thể xin từ chức",
    "dismissal_proposed": "trình miễn nhiệm",
    "distrusted": "không được tín nhiệm",
}


def needed(rule: str, base: int) -> int:
    """The fewest votes that reach a share of `base`: exactly reached, or exceeded; never fewer than one."""
    numerator, denominator, exceeded, _base = RULES[rule]
    least = base * numerator // denominator + 1 if exceeded else -(-base * numerator // denominator)
    return max(1, least)


def recount(export: dict, shown: list[dict]) -> list["Poll"]:
    """Every vote of the record, replayed and counted; one with a fault says so in `fault`."""
    polls: dict[str, Poll] = {}
    entries = [(_poll_of(entry), entry) for entry in shown if entry["event"].startswith("voting.")]
    cancelled = {name for name, entry in entries if entry["event"] == "voting.poll-cancelled"}
    for name, entry in entries:
        if name is None:
            continue
        poll = polls.setdefault(name, Poll(name, export["polls"].get(name), polls, name in cancelled))
        poll.take(entry)
    for poll in polls.values():
        poll.end()
    for name in export["polls"].keys() - polls.keys():
        stray = Poll(name, None, polls, False)
        stray.fault = Bad(f"có phiếu công bố của cuộc {name} nhưng không có mục nào trong sổ")
        polls[name] = stray
    return list(polls.values())


def _poll_of(entry: dict) -> str | None:
    return entry["public"].get("poll") if isinstance(entry["public"], dict) else None


class Poll:
    """One vote as the record tells it, entry by entry.

    One that is cancelled in the end counts for nothing, also where it was closed before: its votes are never
    published, so there is nothing to count again.
    """

    def __init__(self, name: str, published: dict | None, all_polls: dict, is_cancelled: bool):
        self.name, self.published, self.all, self.is_cancelled = name, published, all_polls, is_cancelled
        self.state = "new"
        self.question, self.kind, self.method, self.rule = "", "", "", ""
        self.is_rehearsal = False
        self.lines = 0
        self.sealed: dict[int, tuple[int, str, str]] = {}  # line -> (number, commitment, channel) that counts
        self.stepped_out: set[int] = set()
        self.objections: dict[str, str] = {}  # name -> "" or how it was answered
        self.said: list[str] = []  # the result in words
        self.opened_names = False
        self.box: secret.Box | None = None  # of a secret vote on tablets
        self.fault: Bad | None = None
        self.last = 0

    def take(self, entry: dict) -> None:
        """The next entry of this vote; after the first fault nothing more is read."""
        if self.fault:
            return
        self.last = entry["seq"]
        act = getattr(self, "on_" + entry["event"].removeprefix("voting.").replace("-", "_"), None)
        if act is None:
            return  # an entry of a kind that this program does not count with
        try:
            act(entry["public"])
        except Bad as bad:
            self.fault = Bad(bad.words, entry["seq"] if bad.seq is None else bad.seq)
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            self.fault = Bad(f"mục không đúng mẫu ({type(error).__name__})", entry["seq"])

    def end(self) -> None:
        if self.objections:
            upheld = sum(state == "upheld" for state in self.objections.values())
            self.said.append(f"Phản đối: {len(self.objections)}, được chấp nhận: {upheld}")
        if not self.fault and self.state not in ("declared", "cancelled"):
            self.fault = Bad("cuộc biểu quyết được công bố nhưng sổ không có mục công bố kết quả", self.last)

    # --- Entry by entry ---

    def on_poll_prepared(self, said: dict) -> None:
        self._move("prepared", "new")
        self.question = said["question"]
        before = self.all.get(said["corrects"])
        if before is not None and before.state != "declared":
            raise Bad("cuộc biểu quyết lại sửa một cuộc chưa công bố")

    def on_tellers_named(self, said: dict) -> None:
        self._be("prepared")

    def on_poll_opened(self, said: dict) -> None:
        self._move("open", "prepared")
        frozen = said["frozen"]
        if sha256(frozen) != said["hash"] or frozen["poll"] != self.name:
            raise Bad("mã của những gì đã chốt khi mở không khớp với nội dung")
        self.frozen, self.terms = frozen, frozen["terms"]
        self.question = frozen["question"]
        self.kind, self.method, self.is_rehearsal = frozen["kind"]
        self.secrecy, self.frozen_hash = frozen.get("secrecy", ""), said["hash"]
        if bool(self.secrecy) != (self.box is not None):
            raise Bad("hòm phiếu kín không được ghi lúc chuẩn bị")
        self.asked = [(one["question"], one["rule"]["key"], one["rule"]) for one in self.terms.get("questions", [])]
        self.is_joint = bool(self.asked)
        self.asked = self.asked or [(self.question, frozen["rule"], self.terms["rule"])]
        self.rule = frozen["rule"]
        self.lines, present = said["entitled"], said["present"]
        parts = {"roll", "votes", "presence"} | ({"ballots"} if self.secrecy else set())
        if self.published is None or set(self.published) != parts:
            raise Bad("tệp thiếu danh sách biểu quyết của cuộc này")
        if self.is_cancelled and any(self.published[part] for part in parts - {"roll"}):
            raise Bad("tệp công bố phiếu của một cuộc đã hủy")
        self._check_roll()
        self._check_terms(present)

    def on_box_prepared(self, said: dict) -> None:
        self._be("prepared")
        self.box = secret.Box(said)

    def on_key_registered(self, said: dict) -> None:
        self._be("prepared")
        self.box.register(said)

    def on_box_opened(self, said: dict) -> None:
        self._be("open")
        self.box.open(said["manifest"], said["digest"], self)

    def on_casting_started(self, said: dict) -> None:
        self._be("open")
        if said["handed_out"] > self.lines:
            raise Bad("số phiếu đã phát nhiều hơn số đại biểu")

    def on_key_published(self, said: dict) -> None:
        if self.state not in ("closed", "counted", "declared"):
            raise Bad("khóa mở phiếu được công bố trước khi kết thúc")
        self.box.publish(said["slot"], said["secret"])

    def on_votes_cast(self, said: dict) -> None:
        self._be("open")
        self._cast(said["votes"], said["channel"])

    on_vote_entered = on_votes_cast

    def on_stepped_out(self, said: dict) -> None:
        self._be("open")
        if said["line"] in self.sealed:
            raise Bad("đại biểu đã biểu quyết lại được ghi là không tham gia")
        self.stepped_out.add(self._line(said["line"]))

    def on_stepped_in(self, said: dict) -> None:
        self._be("open")
        self.stepped_out.discard(self._line(said["line"]))

    def on_poll_closed(self, said: dict) -> None:
        self._move("closed", "open")
        if said["total"] != self.lines:
            raise Bad(f"danh sách có {self.lines} đại biểu, mục kết thúc ghi {said['total']}")
        self.present, self.presence = said["present"], said["presence"]
        at_once = self.kind == "named" and self.method == "tablet"
        if at_once != ("result" in said or "results" in said):
            raise Bad("kết quả phải có ngay khi kết thúc một cuộc công khai trên máy, và chỉ khi đó")
        if self.is_cancelled:
            return
        if self.box:
            self.box.close(said, self.published["ballots"])
        if at_once:
            self._count_tablets(said["results"] if self.is_joint else [said["result"]])

    def on_count_entered(self, said: dict) -> None:
        self._be("closed")

    on_count_returned = on_count_entered

    def on_count_confirmed(self, said: dict) -> None:
        self._move("counted", "closed")
        if self.kind == "named" and self.method == "tablet":
            raise Bad("cuộc trên máy không do Ban kiểm phiếu đếm")
        if self.is_cancelled:
            return
        count = said["count"]
        if self.kind == "named":
            self._cast(said["votes"], said["channel"])
            self._count_hands(count, said["result"])
        else:
            if self.box:
                self.box.count(count, said["keys"], self)
            self._count_sheets(count, said["outcomes"])

    def on_result_declared(self, said: dict) -> None:
        self._move("declared", "counted")
        if self.kind == "named":
            if said["passed"] != (self.passed if self.is_joint else self.passed[0]):
                raise Bad("kết quả công bố trái với số phiếu")
        elif said["verdicts"] != self.verdicts:
            raise Bad("kết quả công bố trái với số phiếu của từng người")

    def on_objection_made(self, said: dict) -> None:
        if self.state not in ("closed", "counted", "declared") or said["objection"] in self.objections:
            raise Bad("ý kiến phản đối chỉ có sau khi kết thúc, mỗi ý kiến một lần")
        self._line(said["line"])
        self.objections[said["objection"]] = ""

    def on_objection_answered(self, said: dict) -> None:
        if self.objections[said["objection"]]:
            raise Bad("ý kiến phản đối được trả lời hai lần")
        self.objections[said["objection"]] = said["state"]

    def on_poll_cancelled(self, said: dict) -> None:
        if self.state not in ("prepared", "open", "closed", "counted"):
            raise Bad("không hủy được cuộc biểu quyết đã công bố")
        self.state = "cancelled"
        self.said = [f"Đã hủy: {said['reason']}"]

    # --- What was frozen ---

    def _check_roll(self) -> None:
        roll = self.published["roll"]
        if not is_number(self.lines) or len(roll) != self.lines:
            raise Bad(f"danh sách có {len(roll)} dòng, mục mở biểu quyết ghi {self.lines}")
        self.people = {}
        digests = []
        for line, row in enumerate(roll, 1):
            if not is_digest(row):
                who = row["who"]
                if not is_digest(who):
                    self.people[line] = who["name"]
                    who = sha256({"poll": self.name} | who)
                row = sha256({"poll": self.name, "line": line, "seat": row["seat"], "who": who, "salt": row["salt"]})
            digests.append(row)
        if sha256(digests) != self.frozen["roll"]:
            raise Bad("danh sách biểu quyết không phải là danh sách đã chốt khi mở")

    def _check_terms(self, present: int) -> None:
        for _question, name, rule in self.asked:
            self._check_rule(name, rule)
        enough = self.terms["quorum"]
        numerator, denominator = map(int, enough["value"].split("/"))
        least = max(1, -(-self.lines * numerator // denominator))
        if enough["needed"] != least or enough["was_met"] is not (present >= least):
            raise Bad("số đại biểu cần có mặt đã chốt không đúng")
        if self.kind == "named":
            if self.published["presence"] is not None and self._naming() == "totals":
                raise Bad("tệp công bố nhiều hơn quy chế cho phép")
        elif self.kind not in SHEETS or self.published["votes"] or self.published["presence"] is not None:
            raise Bad("phiếu kín không được công bố theo tên")

    def _check_rule(self, name: str, rule: dict) -> None:
        written = (rule["numerator"], rule["denominator"], rule["exceeded"], rule["base"])
        if name not in RULES or written != RULES[name]:
            raise Bad("cách tính kết quả đã chốt không đúng với tên của nó")
        if not is_number(rule["whole"]) or rule["whole"] < self.lines:
            raise Bad("tổng số đại biểu nhỏ hơn danh sách")
        fixed = {"all": rule["whole"], "in_office": self.lines}.get(rule["base"])
        if rule["needed"] != (None if fixed is None else needed(name, fixed)):
            raise Bad("số phiếu cần có đã chốt không đúng")

    def _naming(self) -> str:
        return self.terms["naming"]["public"]["value"]

    # --- Votes ---

    def _cast(self, votes: list, channel: str) -> None:
        for line, number, commitment in votes:
            line = self._line(line)
            before = self.sealed.get(line, (0, "", ""))[0]
            if number != before + 1 or not is_digest(commitment):
                raise Bad(f"phiếu của dòng {line} không nối tiếp phiếu trước của dòng đó")
            if line in self.stepped_out:
                raise Bad(f"dòng {line} được ghi là không tham gia mà có phiếu")
            self.sealed[line] = (number, commitment, channel)

    def _line(self, line) -> int:
        if not is_number(line) or not 1 <= line <= self.lines:
            raise Bad(f"dòng {line} không có trong danh sách biểu quyết")
        return line

    def _opened(self) -> list[dict[str, int]] | None:
        """For each question the votes by choice, each opened against its commitment; None where only totals are public."""
        votes = self.published["votes"]
        if self._naming() == "totals":
            if votes:
                raise Bad("tệp công bố nhiều hơn quy chế cho phép")
            return None
        numbers, lines = [dict.fromkeys(CHOICES, 0) for _one in self.asked], set()
        for line, number, choice, salt in votes:
            opening = {"choice": choice, "line": line, "number": number, "poll": self.name, "salt": salt}
            if self.sealed.get(line, (0, ""))[:2] != (number, sha256(opening)):
                raise Bad(f"phiếu công bố của dòng {line}{self._who(line)} không khớp với phiếu đã ghi lúc bỏ")
            answers = choice.split(",") if self.is_joint else [choice]
            unknown = set(answers) - {*CHOICES, *([""] if self.is_joint else [])}
            if len(answers) != len(self.asked) or not any(answers) or unknown:
                raise Bad(f"dòng {line} có lựa chọn lạ")
            lines.add(line)
            for place, answer in enumerate(answers):
                if answer:  # a question of several may be left open
                    numbers[place][answer] += 1
        if lines != set(self.sealed):
            missing = min(set(self.sealed) - lines)
            raise Bad(f"thiếu phiếu công bố của dòng {missing}{self._who(missing)}")
        if len(votes) != len(lines):
            raise Bad("có phiếu được công bố hai lần")
        return numbers

    def _who(self, line: int) -> str:
        return f" ({self.people[line]})" if line in self.people else ""

    # --- Results of open votes ---

    def _count_tablets(self, results: list[dict]) -> None:
        numbers = self._opened()
        if len(results) != len(self.asked):
            raise Bad("số kết quả không bằng số nội dung")
        for place, result in enumerate(results):
            self._count_question(result, numbers[place] if numbers is not None else None)
        self._check_results(results)

    def _count_question(self, result: dict, numbers: dict | None) -> None:
        if numbers is not None and any(result[choice] != n for choice, n in numbers.items()):
            raise Bad(f"đếm lại được {_listed(numbers)}, sổ ghi {_listed(result)}")
        cast = sum(result[choice] for choice in CHOICES)
        if cast > len(self.sealed) or (not self.is_joint and cast != len(self.sealed)):
            raise Bad(f"có {len(self.sealed)} đại biểu bỏ phiếu, cộng các ý kiến trong kết quả không bằng số đó")
        if result["by_secretary"] != sum(seal[2] == "secretary" for seal in self.sealed.values()):
            raise Bad("số phiếu ghi qua thư ký không đúng")

    def _count_hands(self, count: dict, result: dict) -> None:
        figures = count["figures"]
        numbers = self._opened()
        if self.sealed and numbers is not None and numbers != [figures]:
            raise Bad(f"đếm lại theo tên được {_listed(numbers[0])}, Ban kiểm phiếu ghi {_listed(figures)}")
        if self.sealed and len(self.sealed) != sum(figures.values()):
            raise Bad("số tên được ghi không bằng số phiếu")
        if set(figures) != set(CHOICES) or not all(map(is_number, figures.values())):
            raise Bad("số phiếu do Ban kiểm phiếu ghi không đúng mẫu")
        if any(result[choice] != figures[choice] for choice in CHOICES):
            raise Bad("kết quả trái với số phiếu do Ban kiểm phiếu ghi")
        self._check_results([result])

    def _check_results(self, results: list[dict]) -> None:
        self.passed, self.said = [], []
        for (question, name, rule), result in zip(self.asked, results, strict=True):
            self._check_presence(result)
            self._check_result(result, name, rule, f"{question}: " if self.is_joint else "")
        self.state = "counted"

    def _check_presence(self, result: dict) -> None:
        """Who was there and did not vote, who was absent: by line where that is public, else by number."""
        kept, voted = self.published["presence"], set(self.sealed)
        if result["stepped_out"] != len(self.stepped_out):
            raise Bad("số đại biểu không tham gia không đúng")
        if result["present"] != self.present:
            raise Bad("số đại biểu có mặt trong kết quả khác với lúc kết thúc")
        if kept is None:
            if self._naming() != "totals" and (self.method == "tablet" or self.sealed):
                raise Bad("tệp thiếu danh sách có mặt lúc kết thúc")
            return
        if sha256(kept) != self.presence or kept["poll"] != self.name:
            raise Bad("danh sách có mặt công bố không phải là danh sách đã ghi lúc kết thúc")
        here = set(kept["present"]) | voted
        if set(kept["stepped_out"]) != self.stepped_out or len(here) != result["present"]:
            raise Bad("số có mặt không khớp với danh sách có mặt")

    def _check_result(self, result: dict, name: str, rule: dict, about: str) -> None:
        five = [result[choice] for choice in (*CHOICES, "silent", "absent")]
        if not all(map(is_number, five)) or sum(five) != self.lines or result["total"] != self.lines:
            raise Bad(f"năm con số cộng lại không bằng {self.lines} đại biểu trong danh sách")
        if sum(five[:4]) != result["present"]:
            raise Bad("số có mặt không bằng số bỏ phiếu cộng số không biểu quyết")
        base = self._base(name, rule, result["present"])
        least = needed(name, base)
        if result["base"] != base or result["needed"] != least:
            raise Bad(f"cần {least}/{base} phiếu, sổ ghi {result['needed']}/{result['base']}")
        if result["passed"] is not (result["for"] >= least):
            raise Bad("thông qua hay không trái với số phiếu")
        self.passed.append(result["passed"])
        verdict = "được thông qua" if result["passed"] else "không được thông qua"
        self.said.append(
            f"{about}tán thành {five[0]}, không tán thành {five[1]}, ý kiến khác {five[2]}, "
            f"không biểu quyết {five[3]}, vắng {five[4]}; cần {least}/{base}: {verdict}"
        )

    def _base(self, name: str, rule: dict, present: int, count: dict | None = None) -> int:
        return {
            "all": rule["whole"],
            "in_office": self.lines,
            "present": present,
            "collected": count["collected"] if count else 0,
            "valid": count["valid"] if count else 0,
        }[RULES[name][3]]

    # --- Results on sheets ---

    def _count_sheets(self, count: dict, outcomes: list) -> None:
        names = ("handed_out", "collected", "valid", "blank", "invalid")
        out, back, valid, blank, invalid = (count[name] for name in names)
        if not all(map(is_number, (out, back, valid, blank, invalid))):
            raise Bad("số phiếu do Ban kiểm phiếu ghi không đúng mẫu")
        if back != valid + blank + invalid or not back <= out <= self.present:
            raise Bad("số phiếu phát ra, thu về, hợp lệ, trắng và không hợp lệ không khớp nhau")
        self._check_outcomes(count, outcomes)

    def _check_outcomes(self, count: dict, outcomes: list) -> None:
        sheet, figures, valid = self.terms["sheet"], count["figures"], count["valid"]
        people = {str(order): name for order, name, _note in sheet["nominees"]}
        seats = sheet["seats"]
        if set(figures) != set(people):
            raise Bad("người trên phiếu khác với danh sách đã chốt")
        for row in figures.values():
            if set(row) != set(SHEETS[self.kind]) or not all(map(is_number, row.values())):
                raise Bad("số phiếu của một người không đúng mẫu")
            if sum(row.values()) > valid:
                raise Bad("một người có nhiều phiếu hơn số phiếu hợp lệ")
        if self.kind == "election" and not valid <= sum(row["for"] for row in figures.values()) <= valid * seats:
            raise Bad("tổng số lượt bầu không khớp với số phiếu hợp lệ")
        base = self._base(self.rule, self.terms["rule"], self.present, count)
        found = self._verdicts(figures, base, seats)
        expected = [
            {
                "nominee": key,
                "figures": figures[key],
                "base": base,
                "needed": needed(self.rule, base),
                "verdict": found[key],
            }
            for key in people
        ]
        if outcomes != expected:
            wrong = next((row["nominee"] for row in expected if row not in outcomes), "")
            if not wrong:
                raise Bad("kết quả có người thừa")
            raise Bad(f"kết quả của {people[wrong]} trái với số phiếu: đúng ra {WORDS[found[wrong]]}")
        self.verdicts = {people[key]: verdict for key, verdict in found.items()}
        self.state = "counted"
        self.said = [f"{people[key]}: {self._figures(figures[key])}; {WORDS[found[key]]}" for key in people]

    def _verdicts(self, figures: dict, base: int, seats: int) -> dict[str, str]:
        least = needed(self.rule, base)
        if self.kind == "election":
            return _elected({key: row["for"] for key, row in figures.items()}, least, seats)
        if self.kind == "rating":
            second = needed(self.terms["second_rule"]["value"], base)
            return {key: _rated(row["low"], least, second) for key, row in figures.items()}
        if self.kind == "confidence":
            return {key: "distrusted" if row["distrust"] >= least else "kept" for key, row in figures.items()}
        return {key: "passed" if row["for"] >= least else "not_passed" for key, row in figures.items()}

    def _figures(self, row: dict) -> str:
        return ", ".join(f"{label} {row[choice]}" for choice, label in SHEETS[self.kind].items())

    # --- Steps ---

    def _be(self, state: str) -> None:
        if self.state != state:
            raise Bad(f"việc này không thể xảy ra khi cuộc biểu quyết đang ở bước “{self.state}”")

    def _move(self, state: str, before: str) -> None:
        self._be(before)
        self.state = state


def _elected(votes: dict[str, int], least: int, seats: int) -> dict[str, str]:
    """Who has the majority is elected, most votes first, as far as seats reach; equal at the last seat: none."""
    verdicts = {}
    for key, n in votes.items():
        ahead = [m for m in votes.values() if m > n and m >= least]
        level = [m for m in votes.values() if m == n]
        if n < least or len(ahead) >= seats:
            verdicts[key] = "not_elected"
        else:
            verdicts[key] = "tied" if len(ahead) + len(level) > seats else "elected"
    return verdicts


def _rated(low: int, may_resign: int, proposed: int) -> str:
    if low >= proposed:
        return "dismissal_proposed"
    return "may_resign" if low >= may_resign else "kept"


def _listed(numbers: dict) -> str:
    names = ("tán thành", "không tán thành", "ý kiến khác")
    return ", ".join(f"{name} {numbers[key]}" for key, name in zip(CHOICES, names, strict=True))
