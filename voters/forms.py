"""Forms of the office, the agency and the citizen's search."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from council import regulations
from council.models import Agency
from voters import privacy
from voters.models import Field, Petition, Reply


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self, **kwargs):
        super().__init__(format="%Y-%m-%d", **kwargs)


class AgencyChoice(forms.ModelChoiceField):
    def label_from_instance(self, agency):
        return agency.name


class AgencyChoices(forms.ModelMultipleChoiceField):
    def label_from_instance(self, agency):
        return agency.name


class PetitionForm(forms.ModelForm):
    """What the office records; the title may be left for the software to suggest."""

    class Meta:
        model = Petition
        fields = [
            "place",
            "former_place",
            "voters",
            "field",
            "authority_level",
            "session_number",
            "phase",
            "received_on",
            "text",
            "title",
            "internal_note",
        ]
        widgets = {
            "received_on": DateInput(),
            "text": forms.Textarea(attrs={"rows": 7}),
            "internal_note": forms.Textarea(attrs={"rows": 3}),
        }
        help_texts = {
            "place": _("Tên xã, phường hiện nay. Ví dụ: Xã Châu Sơn."),
            "former_place": _("Nếu cử tri gọi theo tên cũ. Ví dụ: Xã Châu Hội, huyện Quỳ Châu."),
            "voters": _("Ghi theo địa bàn, không ghi tên người. Ví dụ: Cử tri xã Châu Sơn."),
            "title": _("Để trống thì phần mềm gợi ý từ câu đầu của nội dung. Dòng này được công khai."),
            "internal_note": _("Chỉ văn phòng đọc."),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["title"].required = False
        self.fields["received_on"].initial = timezone.localdate
        self.fields["session_number"].widget.attrs["class"] = "input--short"

    def clean_voters(self):
        voters = self.cleaned_data["voters"]
        found = privacy.findings(voters)
        if found:
            raise forms.ValidationError(
                _("Ghi theo địa bàn, không ghi %(found)s.") % {"found": privacy.in_words(found)}
            )
        return voters

    def clean_received_on(self):
        day = self.cleaned_data["received_on"]
        if day > timezone.localdate():
            raise forms.ValidationError(_("Ngày nhận không được ở tương lai."))
        return day


class ImportForm(forms.Form):
    file = forms.FileField(label=_("Tệp Excel (.xlsx)"), help_text=_("Tối đa 1.000 dòng, 5 MB."))
    received_on = forms.DateField(
        label=_("Ngày nhận, khi bảng không ghi"), initial=timezone.localdate, widget=DateInput()
    )
    agency = AgencyChoice(
        queryset=Agency.objects.none(), required=False, label=_("Cơ quan trả lời, khi bảng không ghi")
    )
    publish = forms.BooleanField(
        required=False,
        label=_("Công khai ngay kiến nghị đã có trả lời"),
        help_text=_("Chỉ những dòng không có dấu hiệu dữ liệu cá nhân; các dòng khác chờ văn phòng xem."),
    )

    def __init__(self, *args, council, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["agency"].queryset = council.agencies.prefetch_related("names")


class ReferForm(forms.Form):
    agency = AgencyChoice(queryset=Agency.objects.none(), label=_("Cơ quan chủ trì"))
    supporting = AgencyChoices(
        queryset=Agency.objects.none(),
        required=False,
        label=_("Cơ quan phối hợp"),
        widget=forms.CheckboxSelectMultiple,
    )
    referred_on = forms.DateField(label=_("Ngày chuyển"), initial=timezone.localdate, widget=DateInput())
    working_days = forms.IntegerField(label=_("Thời hạn (ngày làm việc)"), min_value=1, max_value=250)
    note = forms.CharField(
        label=_("Yêu cầu với cơ quan"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args, council, suggested=None, **kwargs):
        super().__init__(*args, **kwargs)
        agencies = council.agencies.prefetch_related("names")
        self.fields["agency"].queryset = agencies
        self.fields["supporting"].queryset = agencies
        self.fields["working_days"].initial = regulations.value(council, "petition_reply_working_days")
        self.fields["working_days"].widget.attrs["class"] = "input--short"
        if suggested is not None:
            self.fields["agency"].initial = suggested
            self.fields["agency"].help_text = _("Gợi ý theo lĩnh vực: %(name)s.") % {"name": suggested.name}


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Lý do"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000)


class ReopenForm(ReasonForm):
    working_days = forms.IntegerField(label=_("Thời hạn mới (ngày làm việc)"), min_value=1, max_value=250)


class PublishForm(forms.Form):
    """The public text of a petition, and of its reply once there is one."""

    public_text = forms.CharField(
        label=_("Nội dung kiến nghị công khai"), widget=forms.Textarea(attrs={"rows": 6})
    )
    reply_text = forms.CharField(
        label=_("Nội dung trả lời công khai"), widget=forms.Textarea(attrs={"rows": 6}), required=False
    )
    reviewed = forms.BooleanField(
        required=False, label=_("Tôi đã xem các chỗ được đánh dấu; đó không phải dữ liệu cá nhân của cử tri")
    )


class AcceptForm(forms.Form):
    petition_text = forms.CharField(
        label=_("Nội dung kiến nghị công khai"), widget=forms.Textarea(attrs={"rows": 6})
    )
    public_text = forms.CharField(label=_("Nội dung trả lời công khai"), widget=forms.Textarea(attrs={"rows": 8}))
    file_is_public = forms.BooleanField(
        required=False,
        label=_("Công khai tệp kèm theo"),
        help_text=_("Mở tệp xem trước: tệp không được có tên, địa chỉ, số điện thoại của cử tri."),
    )
    reviewed = forms.BooleanField(
        required=False, label=_("Tôi đã xem các chỗ được đánh dấu; đó không phải dữ liệu cá nhân của cử tri")
    )


class ReplyForm(forms.Form):
    """An agency's reply; when it is only saved nothing has to be filled in."""

    text = forms.CharField(label=_("Nội dung trả lời"), widget=forms.Textarea(attrs={"rows": 12}), required=False)
    outcome = forms.ChoiceField(
        label=_("Kết quả giải quyết"), choices=Reply.Outcome.choices, widget=forms.RadioSelect, required=False
    )
    promised_on = forms.DateField(label=_("Hoàn thành trước ngày"), required=False, widget=DateInput())
    number = forms.CharField(label=_("Số văn bản"), max_length=60, required=False)
    file = forms.FileField(label=_("Tệp PDF"), required=False, widget=forms.FileInput(attrs={"accept": ".pdf"}))

    use_required_attribute = False  # a browser must not stop a half-made reply from being saved

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, words in (("text", _("Nhập nội dung trả lời.")), ("outcome", _("Chọn kết quả giải quyết."))):
            self.fields[name].required = not self.is_bound or self.data.get("act") == "send"
            self.fields[name].error_messages["required"] = words

    def clean(self):
        data = super().clean()
        if self.data.get("act") != "send":
            return data
        soon = (Reply.Outcome.IN_PROGRESS, Reply.Outcome.PLANNED)
        if data.get("outcome") in soon and not data.get("promised_on") and "promised_on" not in self.errors:
            self.add_error("promised_on", _("Nhập thời hạn thực hiện khi việc chưa xong."))
        return data


class SearchForm(forms.Form):
    """Filters of a list; anything it does not know filters nothing."""

    words = forms.CharField(label=_("Từ khóa"), required=False, max_length=100)
    place = forms.CharField(label=_("Xã, phường"), required=False, max_length=100)
    topic = forms.ChoiceField(label=_("Lĩnh vực"), required=False)
    agency = forms.ChoiceField(label=_("Cơ quan"), required=False)
    state = forms.ChoiceField(label=_("Trạng thái"), required=False)
    session = forms.ChoiceField(label=_("Kỳ họp"), required=False)

    def __init__(self, *args, council, petitions, states, **kwargs):
        super().__init__(*args, **kwargs)
        some = [("", _("Tất cả"))]
        self.fields["topic"].choices = [*some, *Field.choices]
        self.fields["state"].choices = [*some, *states]
        self.fields["agency"].choices = [
            *some,
            *((a.code, a.name) for a in council.agencies.prefetch_related("names")),
        ]
        numbers = petitions.exclude(session_number=None).order_by("-session_number")
        self.fields["session"].choices = [
            *some,
            *(
                (n, _("Kỳ họp thứ %(n)s") % {"n": n})
                for n in numbers.values_list("session_number", flat=True).distinct()
            ),
        ]

    def chosen(self) -> dict:
        """The values that can be used; an unknown choice is left out."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


PUBLIC_STATES = [
    ("waiting", _("Đang giải quyết")),
    ("overdue", _("Quá hạn, chưa trả lời")),
    ("answered", _("Đã trả lời")),
    *Reply.Outcome.choices,
]
DESK_STATES = [*Petition.State.choices, ("overdue", _("Quá hạn, chưa trả lời")), *Reply.Outcome.choices]
AGENCY_STATES = [
    (Petition.State.REFERRED, _("Chưa trả lời")),
    ("overdue", _("Quá hạn, chưa trả lời")),
    (Petition.State.REPLIED, _("Chờ văn phòng duyệt")),
    (Petition.State.PUBLISHED, _("Đã trả lời")),
]
