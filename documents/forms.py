"""What the office fills in for a resolution."""

from django import forms
from django.utils.translation import gettext_lazy as _

from documents.models import Resolution
from documents.resolution_text import split_text


class Lines(forms.CharField):
    """Several short texts, one on each line; cleaned to a list."""

    def __init__(self, *, rows=4, **kwargs):
        super().__init__(widget=forms.Textarea(attrs={"rows": rows}), required=False, **kwargs)

    def prepare_value(self, value):
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value):
        return [line.strip() for line in super().to_python(value).splitlines() if line.strip()]


class Day(forms.DateField):
    def __init__(self, **kwargs):
        widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
        super().__init__(widget=widget, required=False, **kwargs)


class ResolutionForm(forms.Form):
    kind = forms.ChoiceField(label=_("Loại nghị quyết"), choices=Resolution.Kind.choices, widget=forms.RadioSelect)
    title = forms.CharField(
        label=_("Trích yếu"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Ví dụ: Kế hoạch phát triển kinh tế - xã hội năm 2027"),
    )  # fmt: skip
    session_name = forms.CharField(
        label=_("Kỳ họp"), max_length=200, required=False, help_text=_("In dưới tên Hội đồng, ví dụ: Kỳ họp thứ 5")
    )
    adopted_on = Day(label=_("Ngày thông qua"))
    effective_on = Day(label=_("Ngày có hiệu lực"))
    bases = Lines(
        label=_("Căn cứ pháp lý"),
        rows=6,
        help_text=_("Mỗi căn cứ một dòng. Không cần gõ chữ “Căn cứ” và dấu chấm phẩy."),
    )
    considering = Lines(
        label=_("Nội dung xét"), rows=3,
        help_text=_("Mỗi ý một dòng, ví dụ: Xét Tờ trình số …; Báo cáo thẩm tra số …; ý kiến thảo luận của đại biểu tại kỳ họp"),
    )  # fmt: skip
    regulation_title = forms.CharField(
        label=_("Tên văn bản ban hành kèm theo"), max_length=500, required=False,
        help_text=_("Chỉ với nghị quyết quy phạm ban hành kèm một quy định, ví dụ: Quy định chính sách hỗ trợ học nghề. Thường để trống."),
    )  # fmt: skip
    regulation = forms.CharField(
        label=_("Toàn văn ban hành kèm theo"), max_length=500_000, required=False,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text=_("Mỗi chương, điều, khoản, điểm một dòng: “Chương I”, “Điều 1. Phạm vi”, “1.”, “a)”."),
    )  # fmt: skip
    recipients = Lines(
        label=_("Nơi nhận"), rows=6, help_text=_("Mỗi nơi một dòng. Dòng cuối thường là: Lưu: VT, CTHĐND.")
    )
    signer = forms.CharField(label=_("Họ tên người ký"), max_length=120, required=False)
    signer_title = forms.CharField(label=_("Chức vụ người ký"), max_length=120, required=False, initial="Chủ tịch")
    signer_for = forms.CharField(
        label=_("Ký thay"), max_length=120, required=False, help_text=_("Ví dụ: KT. Chủ tịch. Thường để trống.")
    )

    def text(self, articles: list[dict]) -> dict:
        """The text as the services take it."""
        names = ("bases", "considering", "recipients", "signer", "signer_title", "signer_for")
        names += ("regulation_title", "regulation")
        return {name: self.cleaned_data[name] for name in names} | {"articles": articles}

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("kind") == Resolution.Kind.INDIVIDUAL and cleaned.get("regulation"):
            self.add_error("regulation", _("Chỉ nghị quyết quy phạm pháp luật ban hành kèm theo một quy định."))
        return cleaned


class VoteForm(forms.Form):
    """The vote as written in the minutes, when it was not held in this system."""

    votes_for = forms.IntegerField(label=_("Tán thành"), min_value=0, max_value=1000, required=False)
    votes_against = forms.IntegerField(label=_("Không tán thành"), min_value=0, max_value=1000, required=False)
    votes_other = forms.IntegerField(label=_("Ý kiến khác"), min_value=0, max_value=1000, required=False)
    silent = forms.IntegerField(label=_("Không biểu quyết"), min_value=0, max_value=1000, required=False)
    absent = forms.IntegerField(label=_("Vắng mặt"), min_value=0, max_value=1000, required=False)

    def adoption(self) -> dict:
        """The five numbers and their sum; empty when none was given."""
        given = self.cleaned_data
        if all(value is None for value in given.values()):
            return {}
        names = {
            "votes_for": "for",
            "votes_against": "against",
            "votes_other": "other",
            "silent": "silent",
            "absent": "absent",
        }
        counts = {key: given[name] or 0 for name, key in names.items()}
        total = sum(counts.values())
        return counts | {
            "total": total,
            "present": total - counts["absent"],
            "needed": total // 2 + 1,
            "by_hand": True,
        }

    def clean(self):
        cleaned = super().clean()
        votes = {name: cleaned.get(name) for name in self.fields}
        if not self.errors and any(value is not None for value in votes.values()):
            total = sum(value or 0 for value in votes.values())
            if (votes["votes_for"] or 0) * 2 <= total:
                self.add_error(
                    "votes_for",
                    _("Số tán thành chưa quá nửa tổng số đại biểu nên nghị quyết không được thông qua."),
                )
        return cleaned


class ArticleForm(forms.Form):
    heading = forms.CharField(label=_("Tên điều"), max_length=500, required=False)
    body = forms.CharField(
        label=_("Nội dung"), required=False, widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("Khoản bắt đầu bằng “1.”, điểm bắt đầu bằng “a)”, mỗi khoản, mỗi điểm một dòng."),
    )  # fmt: skip


class PasteForm(forms.Form):
    whole = forms.CharField(label=_("Dán toàn văn"), required=False, widget=forms.Textarea(attrs={"rows": 10}))

    def text(self) -> dict:
        return split_text(self.cleaned_data["whole"])


class SeriesForm(forms.Form):
    key = forms.CharField(max_length=60, widget=forms.HiddenInput)
    last = forms.IntegerField(label=_("Số cuối đã cấp"), min_value=0, max_value=100_000)


ArticleFormSet = forms.formset_factory(ArticleForm, extra=0, max_num=300)
