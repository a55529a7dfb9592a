"""Forms of the office's desk: a session, a sitting, an item, a paper, the import, the notice."""

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from council.models import Agency, Body
from documents.models import Document
from sessions.models import AgendaItem, CouncilSession


def _day(**attrs):
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "input--short input--num", **attrs})


def _time(**attrs):
    return forms.TimeInput(format="%H:%M", attrs={"type": "time", "class": "input--short input--num", **attrs})


def _number(**attrs):
    return forms.NumberInput(attrs={"class": "input--short input--num", "inputmode": "numeric", **attrs})


class AgencyField(forms.ModelChoiceField):
    """An agency of this council, by today's name."""

    def label_from_instance(self, obj):
        return obj.name


class BodyForm(forms.Form):
    """Which body is convened; hidden behind one choice when a person serves only one."""

    body = forms.ModelChoiceField(label=_("Cơ quan họp"), queryset=None, to_field_name="public_id", empty_label=None)

    def __init__(self, *args, bodies, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["body"].queryset = bodies
        if len(bodies) == 1:
            self.fields["body"].widget = forms.HiddenInput()
            self.fields["body"].initial = bodies[0].public_id


class SessionForm(forms.Form):
    number = forms.IntegerField(label=_("Kỳ họp thứ, hoặc cuộc họp số"), min_value=1, max_value=999, widget=_number())
    kind = forms.ChoiceField(label=_("Loại"), choices=CouncilSession.Kind.choices, initial="regular")
    title = forms.CharField(
        label=_("Tên"), max_length=200, help_text=_("Ví dụ: Kỳ họp thứ 5, thường lệ cuối năm 2026")
    )
    place = forms.CharField(label=_("Địa điểm"), max_length=200, required=False)
    starts_on = forms.DateField(label=_("Ngày khai mạc"), widget=_day())
    ends_on = forms.DateField(label=_("Ngày bế mạc"), widget=_day())

    def clean(self):
        data = super().clean()
        if data.get("starts_on") and data.get("ends_on") and data["ends_on"] < data["starts_on"]:
            self.add_error("ends_on", _("Ngày bế mạc đứng trước ngày khai mạc."))
        return data


class NewSessionForm(BodyForm, SessionForm):
    field_order = ["body", "number", "kind", "title", "place", "starts_on", "ends_on"]


class CopyForm(forms.Form):
    number = forms.IntegerField(label=_("Kỳ họp thứ"), min_value=1, max_value=999, widget=_number())
    title = forms.CharField(label=_("Tên"), max_length=200)
    starts_on = forms.DateField(label=_("Ngày khai mạc"), widget=_day())


class SittingForm(forms.Form):
    title = forms.CharField(label=_("Tên phiên"), max_length=300)
    date = forms.DateField(label=_("Ngày"), widget=_day())
    starts_at = forms.TimeField(label=_("Giờ bắt đầu"), widget=_time())
    is_closed_door = forms.BooleanField(
        label=_("Họp kín"),
        required=False,
        help_text=_("Trang của công dân chỉ có một dòng chương trình; tài liệu của phiên không công khai."),
    )


class ItemForm(forms.Form):
    sitting = forms.ModelChoiceField(
        label=_("Phiên"), queryset=None, to_field_name="public_id", empty_label=None
    )
    title = forms.CharField(label=_("Nội dung"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))
    short_title = forms.CharField(
        label=_("Tên ngắn"),
        max_length=60,
        required=False,
        help_text=_("Dùng trong danh sách và trên màn hình; nên dưới 45 ký tự."),
    )
    kind = forms.ChoiceField(label=_("Loại"), choices=AgendaItem.Kind.choices)
    presenter = forms.CharField(label=_("Trình bày"), max_length=200, required=False)
    agency = AgencyField(label=_("Cơ quan"), queryset=None, required=False, to_field_name="public_id")
    starts_at = forms.TimeField(label=_("Giờ"), required=False, widget=_time())
    minutes = forms.IntegerField(label=_("Số phút"), required=False, min_value=1, max_value=1440, widget=_number())

    def __init__(self, *args, council_session, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["sitting"].queryset = council_session.sittings.all()
        self.fields["sitting"].label_from_instance = lambda s: _("Phiên %(n)s: %(title)s") % {
            "n": s.number,
            "title": s.title,
        }
        self.fields["agency"].queryset = Agency.objects.filter(council=council_session.council).prefetch_related("names")


class NewItemForm(ItemForm):
    usual_papers = forms.BooleanField(
        label=_("Ghi sẵn các văn bản thường có"),
        required=False,
        initial=True,
        help_text=_("Dự thảo nghị quyết: tờ trình, dự thảo, báo cáo thẩm tra. Báo cáo: bản báo cáo."),
    )


class PaperForm(forms.Form):
    kind = forms.ChoiceField(label=_("Loại"), choices=Document.Kind.choices)
    title = forms.CharField(label=_("Tên tài liệu"), max_length=500)
    number = forms.CharField(
        label=_("Số, ký hiệu"), max_length=60, required=False, help_text=_("Ví dụ: 279/TTr-UBND")
    )
    issuer = forms.CharField(label=_("Cơ quan ban hành"), max_length=200, required=False)
    issued_on = forms.DateField(label=_("Ngày ban hành"), required=False, widget=_day())
    is_public = forms.BooleanField(label=_("Công dân được đọc"), required=False)


class BodiesField(forms.ModelMultipleChoiceField):
    """Boards and groups of this council, by name."""

    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, obj):
        return obj.name


class ReadersForm(forms.Form):
    """Who reads a paper, and whether every copy carries the reader's name."""

    visibility = forms.ChoiceField(
        label=_("Ai được đọc"), widget=forms.RadioSelect,
        choices=[
            ("public", _("Mọi người: công khai trên trang của kỳ họp")),
            ("members", _("Đại biểu của cơ quan được triệu tập")),
            ("named", _("Chỉ thành viên của ban, tổ chọn dưới đây")),
            ("office", _("Chỉ văn phòng")),
        ],
    )  # fmt: skip
    bodies = BodiesField(
        label=_("Ban, tổ được đọc"), queryset=None, required=False, to_field_name="public_id",
        help_text=_("Chỉ dùng khi chọn “ban, tổ” ở trên."),
    )  # fmt: skip
    is_restricted = forms.BooleanField(
        label=_("Tài liệu hạn chế"), required=False,
        help_text=_("Mỗi trang gửi đi mang tên người đọc và giờ đọc; không in, không chép chữ. Tài liệu mật của Nhà nước không được đưa lên đây."),
    )  # fmt: skip

    def __init__(self, *args, council_session, is_closed_door=False, **kwargs):
        super().__init__(*args, **kwargs)
        bodies = council_session.council.bodies.exclude(kind__in=(Body.Kind.PLENARY, Body.Kind.OFFICE))
        self.fields["bodies"].queryset = bodies.filter(Q(term=council_session.term) | Q(term=None))
        if is_closed_door:
            self.fields["visibility"].choices = self.fields["visibility"].choices[1:]
            self.fields["visibility"].help_text = _("Phiên họp kín: chỉ người dự họp đọc được, không công khai.")

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("visibility") == "named" and not cleaned.get("bodies"):
            self.add_error("bodies", _("Chọn ít nhất một ban hoặc tổ được đọc."))
        if cleaned.get("visibility") == "public" and cleaned.get("is_restricted"):
            self.add_error("is_restricted", _("Tài liệu hạn chế không công khai được."))
        return cleaned


class WithdrawForm(forms.Form):
    why = forms.CharField(
        label=_("Lý do"), max_length=200, required=False,
        help_text=_("Đại biểu thấy lý do này trên máy. Ví dụ: thay bằng bản khác, phát hành nhầm."),
    )  # fmt: skip


class ImportForm(BodyForm):
    file = forms.FileField(
        label=_("Tệp XLSX hoặc JSON"),
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".xlsx,.json"}),
        error_messages={"required": _("Chọn một tệp.")},
    )


class NoticeForm(forms.Form):
    number = forms.CharField(label=_("Số, ký hiệu"), max_length=40, help_text=_("Ví dụ: 118/TB-HĐND.TT"))
    body_text = forms.CharField(
        label=_("Nội dung"),
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("Đoạn mở đầu của thông báo. Chương trình được kèm theo tự động."),
    )
    signer_title = forms.CharField(label=_("Chức vụ người ký"), max_length=120)
    signed_by = forms.CharField(label=_("Người ký"), max_length=120)
