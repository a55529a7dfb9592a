"""The reader's own text size, and the page that shows every part of the interface."""

from types import SimpleNamespace

from django import forms
from django.core.paginator import Paginator
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

TEXT_SIZES = ("thuong", "lon", "rat-lon")
TEXT_SIZE_COOKIE = "text_size"


def text_size_of(request) -> str:
    """The text size that this browser asked for: thuong, lon or rat-lon."""
    size = request.COOKIES.get(TEXT_SIZE_COOKIE, "")
    return size if size in TEXT_SIZES else TEXT_SIZES[0]


@require_http_methods(["GET", "HEAD", "POST"])
def text_size(request):
    """Show the three sizes, or keep the chosen one (`size`, or `step` up or down) for a year."""
    now = text_size_of(request)
    if request.method != "POST":
        sizes = [
            {"value": value, "label": label, "current": value == now}
            for value, label in zip(TEXT_SIZES, (_("Thường"), _("Lớn"), _("Rất lớn")), strict=True)
        ]
        return render(
            request,
            "council/text_size.html",
            {"sizes": sizes, "next": request.GET.get("next", "/")},
        )

    size = request.POST.get("size", "")
    if size not in TEXT_SIZES:
        step = {"up": 1, "down": -1}.get(request.POST.get("step", ""), 0)
        size = TEXT_SIZES[min(max(TEXT_SIZES.index(now) + step, 0), len(TEXT_SIZES) - 1)]
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure()):
        back = "/"
    response = HttpResponseRedirect(back)
    response.set_cookie(
        TEXT_SIZE_COOKIE, size, max_age=365 * 24 * 3600, samesite="Lax", secure=request.is_secure()
    )
    return response


class SampleForm(forms.Form):
    """One of each field, for the page that shows the parts."""

    name = forms.CharField(label=gettext_lazy("Tên kỳ họp"))
    day = forms.DateField(
        label=gettext_lazy("Ngày khai mạc"),
        help_text=gettext_lazy("Ngày, tháng, năm"),
        error_messages={"invalid": gettext_lazy("Tháng 11 chỉ có 30 ngày. Nhập ví dụ 09/12/2026.")},
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("Loại kỳ họp"),
        choices=[("r", gettext_lazy("Thường lệ")), ("s", gettext_lazy("Chuyên đề"))],
    )
    place = forms.ChoiceField(
        label=gettext_lazy("Hình thức họp"),
        widget=forms.RadioSelect,
        choices=[("hall", gettext_lazy("Tại hội trường")), ("line", gettext_lazy("Trực tuyến"))],
        initial="hall",
        required=False,
    )
    note = forms.CharField(label=gettext_lazy("Ghi chú"), widget=forms.Textarea(attrs={"rows": 3}), required=False)
    open_door = forms.BooleanField(
        label=gettext_lazy("Họp công khai, truyền hình trực tiếp"), initial=True, required=False
    )


def _sample_seats() -> list[dict]:
    """A hall of 85 seats in five rows after an invented vote."""
    marks = {"A07": "absent", "A10": "other", "B05": "against", "B09": "absent", "C04": "other",
             "C09": "absent", "C14": "silent", "D03": "against", "D06": "other", "D11": "absent",
             "E05": "excused", "E12": "other", "E19": "absent", "E22": "against"}  # fmt: skip
    rows = {"A": 11, "B": 14, "C": 17, "D": 20, "E": 23}
    labels = [f"{row}{n:02d}" for row, size in rows.items() for n in range(1, size + 1)]
    return [{"seat": label, "mark": marks.get(label, "for"), "mine": label == "B12"} for label in labels]


@require_GET
def ui_guide(request):
    """Show every part of the interface with sample words."""
    form = SampleForm({"name": _("Kỳ họp thứ 5, thường lệ cuối năm 2026"), "day": "31/11/2026",
                       "kind": "r", "place": "hall", "open_door": "on"})  # fmt: skip
    form.is_valid()
    counts = [
        {"mark": "for", "label": _("Tán thành"), "n": 71},
        {"mark": "against", "label": _("Không tán thành"), "n": 3},
        {"mark": "other", "label": _("Ý kiến khác"), "n": 4},
        {"mark": "silent", "label": _("Có mặt, không biểu quyết"), "n": 1},
        {"mark": "absent", "label": _("Vắng mặt"), "n": 6},
    ]
    tabs = [
        {"label": _("Tất cả"), "url": "#", "count": 42},
        {"label": _("Phiên 5"), "url": "#", "count": 19, "current": True},
        {"label": _("Còn thiếu"), "url": "#", "count": 2},
    ]
    steps = [
        {"label": _("Chương trình"), "note": _("42 mục"), "state": "done"},
        {"label": _("Tài liệu"), "note": "112/114", "state": "current"},
        {"label": _("Triệu tập"), "note": _("chưa gửi")},
        {"label": _("Khai mạc"), "note": "09/12"},
    ]
    events = [
        {"title": _("Văn phòng ghi nhận và chuyển"), "when": "02/11/2026", "state": "done"},
        {
            "title": _("Sở đang soạn văn bản trả lời"),
            "when": _("hạn 15/12/2026"),
            "state": "current",
        },
        {"title": _("Ban Kinh tế - Ngân sách thẩm tra"), "when": _("sau khi có trả lời")},
    ]
    facts = [
        {"label": _("Ghế"), "value": "B12"},
        {"label": _("Tổ"), "value": _("Tổ 7")},
        {"label": _("Ban"), "value": _("Kinh tế - Ngân sách")},
    ]
    return render(
        request,
        "council/ui_guide.html",
        {
            "form": form, "counts": counts, "tabs": tabs, "steps": steps, "events": events, "facts": facts,
            "seat_rows": _sample_seats(), "icons": ICONS,
            "page": Paginator(range(170), 10).get_page(request.GET.get("page", 2)),
            "file_errors": [_("Bao cao 71.pdf: tệp có mật khẩu, không mở được.")],
            "faults": [SimpleNamespace(row=7, column="D", message=_("Ngày 31/11/2026 không có thật."))],
        },
    )  # fmt: skip


# Every drawing of static/img/icons.svg that a page may name; a test keeps both in step.
ICONS = """
    archive arrow-down arrow-up attach back ballot bell book building cal card chart chat check
    check-circle clip clock copy cross cross-circle dots down download drag erase eye eye-off filter
    fit flag folder forward full gear globe hand help history home in inbox info key law left light
    link list lock mail map menu merge mic minus moon net net-off note open out panel paper papers
    pause pen people percent phone pin play plus podium print qr refresh reply right rotate save
    search seat send shield sign sort sound split stamp star stop swap table tablet tag text trash
    undo up user vibrate wall warn zoom-in zoom-out
    """.split()
