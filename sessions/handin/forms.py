"""Forms of the collecting: a day, a reason, a note, whom to ask."""

from django import forms
from django.utils.translation import gettext_lazy as _

from sessions.forms import _day as day_input


class DayForm(forms.Form):
    due_on = forms.DateField(
        label=_("Hạn nộp"), required=False, widget=day_input(), help_text=_("Bỏ trống: theo quy định của hội đồng.")
    )


class AskForm(DayForm):
    """What goes with a request; the papers and whom they are asked of are lines of the table."""

    note = forms.CharField(
        label=_("Yêu cầu kèm theo"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


class AskBackForm(forms.Form):
    reason = forms.CharField(
        label=_("Lý do, cần sửa gì"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Gửi nguyên văn qua thư điện tử."),
    )
    due_on = forms.DateField(
        label=_("Hạn nộp mới"), required=False, widget=day_input(), help_text=_("Bỏ trống: giữ hạn cũ.")
    )


class HandInForm(forms.Form):
    note = forms.CharField(
        label=_("Ghi chú cho văn phòng"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
