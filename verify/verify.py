"""Checks the public record of a session and counts every vote again. See README.md.

    python verify/verify.py so-ghi.json
    python verify/verify.py so-ghi.json --head 57.9f2c… --mine "<mã phiếu của tôi>"

Exit 0: all holds. 1: something does not, and the first bad entry is named. 2: the file cannot be read.
Shares no module with the product and needs nothing but Python's own library (3.10 or newer).
"""

import argparse
import json
import sys
from dataclasses import dataclass, field
from pathlib import Path

import polls
import record
from record import Bad


@dataclass
class Report:
    """What was found. `bad` is the first fault, None when all holds."""

    entries: int = 0
    hidden: int = 0
    polls: list = field(default_factory=list)
    head: dict = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    bad: Bad | None = None


def check(data: bytes, *, head: str = "", mine: str = "") -> Report:
    """Everything that can be checked of an export, in this order: text, chain, key, votes, signatures."""
    report = Report()
    try:
        export = record.read(data)
        report.entries = len(export["entries"])
        shown = record.walk(export)
        report.hidden = report.entries - len(shown)
        report.head = export["head"]
        key = record.key_of(export, shown)
        report.polls = polls.recount(export, shown)
        faults = [poll.fault for poll in report.polls if poll.fault]
        if faults:
            raise min(faults, key=lambda bad: bad.seq if bad.seq is not None else 0)
        record.check_signatures(export, key)
        if head:
            seq = record.check_known_head(export, key, head)
            report.said.append(f"Đầu sổ đã biết (mục {seq}) có trong lịch sử này.")
        if mine:
            report.said.append(check_mine(report.polls, mine))
    except Bad as bad:
        report.bad = bad
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        report.bad = Bad(f"Tệp không đúng mẫu ({type(error).__name__}: {error}).")
    return report


def check_mine(found: list, words: str) -> str:
    """That a delegate's own vote is in the record as it was cast: "poll.line.number.choice.salt"."""
    parts = words.rpartition("phieu=")[2].strip().split(".")
    if len(parts) != 5 or not parts[1].isdigit() or not parts[2].isdigit():
        raise Bad("Mã phiếu của tôi không đúng mẫu.")
    name, line, number, choice, salt = parts[0], int(parts[1]), int(parts[2]), parts[3], parts[4]
    poll = next((poll for poll in found if poll.name == name), None)
    if poll is None:
        raise Bad("Cuộc biểu quyết của phiếu này chưa được công bố trong sổ.")
    opening = {"choice": choice, "line": line, "number": number, "poll": name, "salt": salt}
    if poll.sealed.get(line, (0, ""))[:2] != (number, record.sha256(opening)):
        raise Bad(f"Phiếu này không phải là phiếu được tính ở dòng {line} của cuộc “{poll.question}”.")
    labels = poll.terms["labels"]
    said = "; ".join(labels[one]["value"] if one in labels else "không chọn" for one in choice.split(","))
    return f"Phiếu của tôi (dòng {line}: {said}) được tính đúng trong cuộc “{poll.question}”."


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Kiểm tra sổ ghi công khai của một kỳ họp.")
    parser.add_argument("file", type=Path, help="tệp so-ghi.json tải từ trang công khai")
    parser.add_argument("--head", default="", help="đầu sổ đã biết: số.mã-băm, hoặc địa chỉ trong mã QR trên màn hình")
    parser.add_argument("--mine", default="", help="mã phiếu của tôi, lấy trên máy của đại biểu")
    parser.add_argument("--json", action="store_true", help="in kết quả dạng JSON")
    options = parser.parse_args(arguments)
    try:
        data = options.file.read_bytes()
    except OSError as error:
        print(f"Không đọc được tệp: {error}", file=sys.stderr)
        return 2
    report = check(data, head=options.head, mine=options.mine)
    tell_json(report) if options.json else tell(report, is_compared=bool(options.head))
    return 1 if report.bad else 0


def tell(report: Report, *, is_compared: bool) -> None:
    for poll in report.polls:
        mark = "SAI" if poll.fault else "ĐÚNG"
        print(f"[{mark}] {poll.question}")
        for line in [str(poll.fault)] if poll.fault else poll.said:
            print(f"       {line}")
    for line in report.said:
        print(line)
    if report.bad:
        print(f"\nSỔ GHI KHÔNG ĐÚNG. Chỗ sai đầu tiên. {report.bad}")
        return
    print(
        f"\nSỔ GHI ĐÚNG: {report.entries} mục nối tiếp nhau, {len(report.polls)} cuộc biểu quyết đếm lại đều khớp, "
        f"{report.hidden} mục không công bố (chỉ có mã băm)."
    )
    print(f"Đầu sổ: {report.head['seq']}.{report.head['hash']}")
    if not is_compared:  # the key of the signature came with the file
        print("Khóa ký lấy từ chính tệp này. Hãy so đầu sổ trên với đầu sổ đã chụp hoặc in: --head.")


def tell_json(report: Report) -> None:
    said = {
        "holds": report.bad is None,
        "bad": {"seq": report.bad.seq, "words": report.bad.words} if report.bad else None,
        "entries": report.entries,
        "hidden": report.hidden,
        "head": report.head,
        "polls": [
            {
                "poll": poll.name,
                "question": poll.question,
                "holds": poll.fault is None,
                "said": [str(poll.fault)] if poll.fault else poll.said,
            }
            for poll in report.polls
        ],
        "said": report.said,
    }
    print(json.dumps(said, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    sys.exit(main())
