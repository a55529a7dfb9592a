"""What the office fills in for an opinion poll, and what a delegate sends back."""

import uuid
from datetime import datetime, time

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from council.models import Delegate
from voting.opinions.rules import CLOSING_HOUR, OPINION_RULES
from voting.opinions.services import EXPLANATION_LENGTH, MOST_PAPERS, TEXT_LENGTH
from voting.rules import CHOICES

HOURS = {"hours": 1, "days": 24}


def _day():
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "input--short input--num"})


def _time():
    return forms.TimeInput(format="%H:%M", attrs={"type": "time", "class": "input--short input--num"})


class Uploads(forms.ClearableFileInput):
    allow_multiple_selected = True


class UploadsField(forms.FileField):
    """Several files, or none."""

    widget = Uploads(attrs={"accept": "application/pdf"})

    def clean(self, data, initial=None):
        return [super(UploadsField, self).clean(one, initial) for one in data or []]


class DeadlineForm(forms.Form):
    """A day and a time of day, in council time, as one moment `closes_at`."""

    day = forms.DateField(label=_("Hạn trả lời: ngày"), widget=_day())
    at = forms.TimeField(label=_("Giờ"), widget=_time(), initial=time(CLOSING_HOUR))

    def clean(self):
        data = super().clean()
        if data.get("day") and data.get("at"):
            data["closes_at"] = timezone.make_aware(datetime.combine(data["day"], data["at"]))
            if data["closes_at"] <= timezone.now():
                self.add_error("day", _("Hạn trả lời phải ở phía trước."))
        return data


class OpinionForm(DeadlineForm):
    question = forms.CharField(
        label=_("Nội dung xin ý kiến"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Một câu hỏi, trả lời được bằng tán thành hoặc không tán thành."),
    )
    explanation = forms.CharField(
        label=_("Giải trình"), max_length=EXPLANATION_LENGTH, required=False, widget=forms.Textarea(attrs={"rows": 6})
    )
    papers = forms.MultipleChoiceField(
        label=_("Tài liệu kèm theo đã có trong phần mềm"), required=False, widget=forms.CheckboxSelectMultiple
    )
    uploads = UploadsField(label=_("Tải thêm tài liệu (PDF)"), required=False)
    rule = forms.ChoiceField(label=_("Đủ tán thành khi đạt"), choices=[(k, r.label) for k, r in OPINION_RULES.items()])
    remind = forms.IntegerField(
        label=_("Nhắc người chưa trả lời trước hạn"),
        min_value=0,
        max_value=720,
        help_text=_("0: không nhắc. Thư nhắc chỉ gửi cho người chưa trả lời."),
        widget=forms.NumberInput(attrs={"class": "input--short input--num", "inputmode": "numeric"}),
    )
    unit = forms.ChoiceField(
        label=_("Tính bằng"), choices=[("hours", _("giờ")), ("days", _("ngày"))], initial="hours"
    )
    secrecy = forms.ChoiceField(
        label=_("Cách trả lời"),
        required=False,
        widget=forms.RadioSelect,
        initial="",
    )
    tellers = forms.ModelMultipleChoiceField(
        label=_("Phiếu giấy: Tổ kiểm phiếu"),
        required=False,
        queryset=Delegate.objects.none(),
        to_field_name="public_id",
        widget=forms.CheckboxSelectMultiple,
    )
    head = forms.ModelChoiceField(
        label=_("Tổ trưởng Tổ kiểm phiếu"),
        required=False,
        queryset=Delegate.objects.none(),
        to_field_name="public_id",
    )
    cast_day = forms.DateField(
        label=_("Phiếu kín: bắt đầu bỏ phiếu từ ngày"),
        required=False,
        widget=_day(),
        help_text=_("Trước ngày này thành viên nhận phiếu, từ ngày này đến hạn mới bỏ: không ai ghép được hai việc."),
    )
    cast_at = forms.TimeField(label=_("Giờ"), required=False, widget=_time(), initial=time(8))
    is_rehearsal = forms.BooleanField(
        label=_("Xin ý kiến thử"), required=False, help_text=_("Mọi màn hình, thư và báo cáo đều ghi rõ là thử.")
    )
    field_order = [
        "question", "explanation", "papers", "uploads", "day", "at", "rule", "secrecy", "cast_day", "cast_at", "tellers", "head",
        "remind", "unit", "is_rehearsal",
    ]  # fmt: skip

    def __init__(self, *args, papers, members, secrecies, **kwargs):
        """`secrecies` are the ways to answer that may be chosen here, as (value, label)."""
        super().__init__(*args, **kwargs)
        self.offered = {str(paper.document): paper for paper in papers}
        self.fields["papers"].choices = [(key, paper.name) for key, paper in self.offered.items()]
        if not papers:
            del self.fields["papers"]
        ways = {value for value, _label in secrecies}
        self.fields["secrecy"].choices = secrecies
        for name in ("tellers", "head"):
            self.fields[name].queryset = Delegate.objects.filter(pk__in=[member.pk for member in members])
        if "server" not in ways:
            del self.fields["cast_day"], self.fields["cast_at"]
        if "paper" not in ways:
            del self.fields["tellers"], self.fields["head"]
        if len(ways) == 1:
            del self.fields["secrecy"]

    def clean(self):
        data = super().clean()
        if data.get("remind") is not None:
            data["remind_hours"] = data["remind"] * HOURS[data.get("unit") or "hours"]
            if data["remind_hours"] > 720:
                self.add_error("remind", _("Nhắc trước từ 0 giờ (không nhắc) đến 30 ngày."))
        data["casting_from"] = None
        if data.get("cast_day") and data.get("secrecy", "server") == "server":
            at = data.get("cast_at") or time(8)
            data["casting_from"] = timezone.make_aware(datetime.combine(data["cast_day"], at))
        if len(data.get("papers") or []) + len(data.get("uploads") or []) > MOST_PAPERS:
            self.add_error("uploads", _("Kèm tối đa %(n)s tài liệu.") % {"n": MOST_PAPERS})
        return data

    @property
    def chosen(self) -> list:
        return [self.offered[key] for key in self.cleaned_data.get("papers") or []]


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Lý do"), max_length=300, required=False, strip=True)


class ExtendForm(DeadlineForm):
    reason = forms.CharField(label=_("Lý do gia hạn"), max_length=300)
    field_order = ["day", "at", "reason"]


class EnterForm(forms.Form):
    """An answer that came on paper."""

    delegate = forms.ModelChoiceField(label=_("Đại biểu"), queryset=None, to_field_name="public_id")
    choice = forms.ChoiceField(label=_("Ý kiến ghi trên phiếu"), widget=forms.RadioSelect)
    text = forms.CharField(
        label=_("Phần viết thêm (khi là ý kiến khác)"),
        max_length=TEXT_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    reason = forms.CharField(
        label=_("Lý do ghi thay"), max_length=300, help_text=_("Ví dụ: nhận phiếu giấy có chữ ký ngày 25/11.")
    )

    def __init__(self, *args, delegates, options, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["delegate"].queryset = delegates
        self.fields["choice"].choices = [(option["key"], option["label"]) for option in options]


class AnswerForm(forms.Form):
    """A delegate's answer by a plain form."""

    choice = forms.ChoiceField(choices=[(key, key) for key in CHOICES])
    text = forms.CharField(max_length=TEXT_LENGTH, required=False)
    key = forms.UUIDField(required=False)
    replaces = forms.IntegerField(required=False, min_value=0, max_value=2**31 - 1)

    def clean_key(self):
        return self.cleaned_data["key"] or uuid.uuid4()

    def clean_replaces(self):
        return self.cleaned_data["replaces"] or 0
