"""Dated settings of a council: every number that the law leaves to its Working Regulations.

Law 72/2025/QH15 no longer fixes notice days, document deadlines, a meeting quorum or minutes; each
council does (model for communes: Resolution 104/2025/UBTVQH15). A value holds from a day on, with
its legal basis, and the screen can explain any result from it.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from council import audit
from council.errors import BadInput, NotAllowed
from council.models import Council, RegulationValue, User


@dataclass(frozen=True)
class Rule:
    """A setting: its kind ("int", "fraction" as "2/3", "choice", "text", "bool"), default and basis."""

    key: str
    kind: str
    default: Any
    label: str
    help: str = ""
    choices: tuple = ()
    basis: str = _("Giá trị mặc định của phần mềm; hội đồng xem lại theo Quy chế làm việc")
    group: str = ""


NAMING = (
    ("totals", _("Chỉ tổng số")),
    ("seats", _("Theo ghế, không nêu tên")),
    ("names", _("Nêu tên từng đại biểu")),
)

# The keys are those of voting.rules.RULES (a test holds them together).
MAJORITIES = (
    ("majority_of_all", _("Quá nửa tổng số đại biểu")),
    ("two_thirds_of_all", _("Ít nhất hai phần ba tổng số đại biểu")),
    ("two_thirds_in_office", _("Quá hai phần ba tổng số đại biểu đương nhiệm")),
    ("majority_of_present", _("Quá nửa số đại biểu có mặt")),
    ("two_thirds_of_present", _("Ít nhất hai phần ba số đại biểu có mặt")),
    ("majority_of_collected", _("Quá nửa số phiếu thu về")),
    ("two_thirds_of_collected", _("Ít nhất hai phần ba số phiếu thu về")),
    ("majority_of_valid", _("Quá nửa số phiếu hợp lệ")),
    ("two_thirds_of_valid", _("Ít nhất hai phần ba số phiếu hợp lệ")),
)
# Nobody is present at an opinion poll, and no answer is invalid.
OPINION_MAJORITIES = tuple(
    (key, label) for key, label in MAJORITIES if key.endswith(("_of_all", "_in_office", "_of_collected"))
)
SECRET_WAYS = (
    ("paper", _("Chỉ bằng phiếu giấy")),
    ("server", _("Giấy, hoặc trên máy: tin cậy máy chủ")),
    ("tellers", _("Giấy, hoặc trên máy: khóa của Ban kiểm phiếu")),
    ("both", _("Giấy, hoặc trên máy theo một trong hai cách")),
)
_LAW = _("Luật Tổ chức chính quyền địa phương số 72/2025/QH15")

_RULES = [
    Rule(
        "notice_days_regular",
        "int",
        20,
        _("Gửi thông báo triệu tập kỳ họp thường lệ trước (ngày)"),
        group="session",
    ),
    Rule(
        "notice_days_thematic",
        "int",
        7,
        _("Gửi thông báo triệu tập kỳ họp chuyên đề trước (ngày)"),
        group="session",
    ),
    Rule(
        "notice_days_urgent", "int", 3, _("Gửi thông báo triệu tập kỳ họp đột xuất trước (ngày)"), group="session"
    ),
    Rule(
        "notice_days_meeting",
        "int",
        3,
        _("Gửi giấy mời họp của các cơ quan Hội đồng trước (ngày)"),
        group="session",
    ),
    Rule("paper_working_days", "int", 5, _("Gửi tài liệu cho đại biểu trước (ngày làm việc)"), group="session"),
    Rule(
        "hand_in_working_days",
        "int",
        3,
        _("Cơ quan nộp văn bản cho Văn phòng trước hạn gửi đại biểu (ngày làm việc)"),
        group="session",
    ),
    Rule("hand_in_reminder_days", "int", 2, _("Nhắc nộp văn bản trước hạn (ngày, 0: không)"), group="session"),
    Rule("quorum_fraction", "fraction", "2/3", _("Tỷ lệ đại biểu có mặt để tiến hành phiên họp"), group="session"),
    Rule("vote_label_for", "text", "Tán thành", _("Nhãn nút tán thành"), group="vote"),
    Rule("vote_label_against", "text", "Không tán thành", _("Nhãn nút không tán thành"), group="vote"),
    Rule("vote_label_other", "text", "Ý kiến khác", _("Nhãn nút ý kiến khác"), group="vote"),
    Rule(
        "naming_wall",
        "choice",
        "seats",
        _("Màn hình hội trường hiện kết quả biểu quyết ghi tên"),
        choices=NAMING,
        group="vote",
    ),
    Rule(
        "naming_delegates",
        "choice",
        "names",
        _("Đại biểu khác xem kết quả biểu quyết ghi tên"),
        choices=NAMING,
        group="vote",
    ),
    Rule(
        "naming_public",
        "choice",
        "totals",
        _("Công dân xem kết quả biểu quyết ghi tên"),
        choices=NAMING,
        group="vote",
    ),
    Rule(
        "objection_seconds",
        "int",
        60,
        _("Đại biểu được báo “Ghi chưa đúng” sau khi kết thúc biểu quyết (giây, 0: không)"),
        group="vote",
    ),
    Rule(
        "delegates_elected",
        "int",
        0,
        _("Tổng số đại biểu để tính đa số (0: theo số đại biểu đương nhiệm)"),
        basis=_("Khoản 2 Điều 35 Luật số 72/2025/QH15"),
        group="vote",
    ),
    Rule("election_rule", "choice", "majority_of_all", _("Trúng cử khi đạt"), choices=MAJORITIES, group="secret"),
    Rule(
        "dismissal_rule", "choice", "majority_of_all", _("Miễn nhiệm khi đạt"), choices=MAJORITIES, group="secret"
    ),
    Rule(
        "removal_rule",
        "choice",
        "two_thirds_of_all",
        _("Bãi nhiệm khi đạt"),
        choices=MAJORITIES,
        basis=_LAW,
        group="secret",
    ),
    Rule(
        "confidence_rule",
        "choice",
        "majority_of_all",
        _("Không được tín nhiệm khi phiếu “không tín nhiệm” đạt"),
        choices=MAJORITIES,
        group="secret",
    ),
    Rule(
        "rating_rule",
        "choice",
        "majority_of_valid",
        _("Có thể xin từ chức khi phiếu “tín nhiệm thấp” đạt"),
        choices=MAJORITIES,
        group="secret",
    ),
    Rule(
        "rating_second_rule",
        "choice",
        "two_thirds_of_valid",
        _("Đề nghị miễn nhiệm khi phiếu “tín nhiệm thấp” đạt"),
        choices=MAJORITIES,
        group="secret",
    ),
    Rule("tellers_least", "int", 3, _("Ban kiểm phiếu có ít nhất (người)"), group="secret"),
    Rule(
        "secret_on_tablets",
        "choice",
        "both",
        _("Bỏ phiếu kín (phiếu giấy luôn dùng được)"),
        choices=SECRET_WAYS,
        group="secret",
    ),
    Rule("few_ballots", "int", 5, _("Nhắc chủ tọa khi phiếu kín có ít hơn (người bỏ phiếu)"), group="secret"),
    Rule(
        "opinion_working_days",
        "int",
        5,
        _("Thời hạn trả lời phiếu xin ý kiến (ngày làm việc)"),
        group="opinion",
    ),
    Rule(
        "opinion_reminder_hours",
        "int",
        24,
        _("Nhắc người chưa trả lời phiếu xin ý kiến trước hạn (giờ, 0: không nhắc)"),
        group="opinion",
    ),
    Rule(
        "opinion_rule",
        "choice",
        "majority_of_all",
        _("Phiếu xin ý kiến đủ tán thành khi đạt"),
        choices=OPINION_MAJORITIES,
        group="opinion",
    ),
    Rule(
        "individual_number_reset",
        "choice",
        "year",
        _("Số nghị quyết cá biệt đánh lại từ 01"),
        choices=(("year", _("mỗi năm")), ("term", _("mỗi khóa"))),
        group="resolution",
    ),
    Rule(
        "petition_reply_working_days",
        "int",
        22,
        _("Hạn trả lời kiến nghị cử tri (ngày làm việc)"),
        group="petition",
    ),
    Rule(
        "sitting_idle_pin_minutes",
        "int",
        0,
        _("Nhập lại mã PIN trước khi biểu quyết sau (phút không dùng máy, 0: không)"),
        group="device",
    ),
    Rule(
        "offline_pack_days",
        "int",
        7,
        _("Tài liệu mang theo tự xóa khỏi máy sau (ngày không liên lạc với máy chủ, ít nhất 1)"),
        group="device",
    ),
]
RULES: dict[str, Rule] = {rule.key: rule for rule in _RULES}


@dataclass(frozen=True)
class Setting:
    """A value in force, and where it comes from."""

    key: str
    value: Any
    valid_from: date | None
    legal_basis: str


def setting(council: Council, key: str, on: date | None = None) -> Setting:
    """The setting in force on a day (default today), with its legal basis. KeyError for an unknown key."""
    rule = RULES[key]
    on = on or timezone.localdate()
    row = council.regulation_values.filter(key=key, valid_from__lte=on).order_by("-valid_from", "-pk").first()
    if row is None:
        return Setting(key, rule.default, None, str(rule.basis))
    return Setting(key, row.value, row.valid_from, row.legal_basis)


def value(council: Council, key: str, on: date | None = None) -> Any:
    """The value in force on a day (default today)."""
    return setting(council, key, on).value


@transaction.atomic
def set_value(
    *, council: Council, key: str, value: Any, valid_from: date, legal_basis: str, by: User
) -> RegulationValue:
    """Set a value from a day on; the earlier ones stay, so that old results still explain themselves."""
    from council.permissions import can_edit_regulations

    if not can_edit_regulations(by, council):
        raise NotAllowed(_("Chỉ văn phòng được đổi quy định của hội đồng."))
    fault = fault_in(key, value, council)
    if fault:
        raise BadInput(fault)
    row = RegulationValue.objects.create(
        council=council, key=key, value=value, valid_from=valid_from, legal_basis=legal_basis, set_by=by
    )
    audit.record(by, "council.regulation-set", row, data={"key": key, "value": value, "from": str(valid_from)})
    return row


SILENCE = "Có mặt, không biểu quyết"  # the name of silence in a result; no button may read like it


def fault_in(key: str, value: Any, council: Council | None = None) -> str:
    """Why a value cannot be taken, in words, or an empty string."""
    from council.text import fold

    rule = RULES[key]
    if rule.kind == "int" and (not isinstance(value, int) or not 0 <= value <= 1000):
        return str(_("Nhập một số từ 0 đến 1000."))
    if rule.kind == "choice" and value not in dict(rule.choices):
        return str(_("Chọn một giá trị trong danh sách."))
    if rule.kind == "fraction":
        parts = str(value).split("/")
        if len(parts) != 2 or not all(p.isdigit() for p in parts) or not 0 < int(parts[0]) <= int(parts[1]):
            return str(_("Nhập một phân số, ví dụ 2/3."))
    if rule.kind == "text" and not str(value).strip():
        return str(_("Không được để trống."))
    if key.startswith("vote_label_"):
        if not str(value).strip() or len(str(value)) > 40:
            return str(_("Nhãn từ 1 đến 40 ký tự."))
        words = fold(str(value))
        if words in fold(SILENCE) or "khong bieu quyet" in words or "co mat" in words:
            return str(_("Nhãn này dễ nhầm với “Có mặt, không biểu quyết” trong kết quả."))
        if council is not None:
            others = {"vote_label_for", "vote_label_against", "vote_label_other"} - {key}
            if words in {fold(value_of) for value_of in (globals()["value"](council, k) for k in others)}:
                return str(_("Hai nút biểu quyết không được trùng nhãn."))
    return ""
