"""Lists of petitions as CSV and XLSX, for the office and for an agency's own desk."""

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from voters import sheets
from voters.selectors import Case, Days
from voters.timeline import day, late_words, occasion

_WIDTHS = [16, 26, 24, 24, 60, 18, 14, 30, 14, 14, 22, 26, 24, 60]


def head() -> list[str]:
    return [
        _("Mã"),
        _("Kỳ họp"),
        _("Cử tri"),
        _("Địa bàn"),
        _("Nội dung ý kiến, kiến nghị"),
        _("Lĩnh vực"),
        _("Thẩm quyền"),
        _("Cơ quan"),
        _("Ngày nhận"),
        _("Hạn trả lời"),
        _("Trạng thái"),
        _("Đúng hạn"),
        _("Kết quả"),
        _("Nội dung trả lời"),
    ]


def line(case: Case) -> list:
    petition, referral, reply = case.petition, case.referral, case.reply
    return [
        petition.code,
        occasion(petition).removeprefix(f"{petition.place}, ") if petition.session_number else "",
        petition.voters,
        petition.place,
        petition.text,
        petition.get_field_display(),
        petition.get_authority_level_display(),
        referral.agency.name if referral else "",
        day(petition.received_on),
        day(referral.due_on) if referral else "",
        petition.get_state_display(),
        late_words(case.standing),
        reply.get_outcome_display() if reply else "",
        reply.text if reply else "",
    ]


def download(petitions, days: Days, kind: str) -> HttpResponse:
    """The petitions of a queryset (fetched `with_referrals`) as a file; `kind` is "csv" or "xlsx"."""
    rows = [line(days.case(petition)) for petition in petitions]
    name = f"kien-nghi-cu-tri-{timezone.localdate():%Y%m%d}.{kind}"
    if kind == "csv":
        response = HttpResponse(sheets.as_csv(head(), rows), content_type="text/csv; charset=utf-8")
    else:
        content = sheets.as_xlsx(_("Kiến nghị cử tri"), head(), rows, widths=_WIDTHS)
        response = HttpResponse(content, content_type=sheets.XLSX)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
