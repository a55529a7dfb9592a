"""Forms of the office's page of guests."""

from datetime import datetime, time

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from documents.models import Document
from sessions.models import AgendaItem, Sitting
from sessions.services import papers_for_guests


class _Sittings(forms.ModelChoiceField):
    def label_from_instance(self, obj):
        return _("Phiên %(n)s: %(title)s") % {"n": obj.number, "title": obj.title}


class _Items(forms.ModelChoiceField):
    def label_from_instance(self, obj):
        return _("Mục %(n)s: %(title)s") % {"n": obj.number, "title": obj.name}


class _People(forms.ModelChoiceField):
    def label_from_instance(self, obj):
        return obj.full_name or obj.username


class _Papers(forms.ModelMultipleChoiceField):
    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, obj):
        return obj.title


class GuestLinkForm(forms.Form):
    """A card: for whom, for which sitting or item, which papers, until when."""

    name = forms.CharField(
        label=_("Khách hoặc bàn"), max_length=120, help_text=_("Ví dụ: Sở Tài chính. Tên này in trên thẻ và trên tài liệu hạn chế.")
    )  # fmt: skip
    sitting = _Sittings(label=_("Phiên"), queryset=None, to_field_name="public_id", empty_label=None)
    item = _Items(
        label=_("Chỉ cho một mục"), queryset=None, to_field_name="public_id", required=False,
        empty_label=_("Cả phiên"),
    )  # fmt: skip
    papers = _Papers(label=_("Tài liệu khách được xem"), queryset=None, to_field_name="public_id")
    until = forms.DateTimeField(
        label=_("Dùng đến"),
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local", "class": "input--short"}),
        input_formats=["%Y-%m-%dT%H:%M"], help_text=_("Sau lúc này thẻ không mở được gì nữa."),
    )  # fmt: skip

    def __init__(self, *args, council_session, by, **kwargs):
        super().__init__(*args, **kwargs)
        sittings = Sitting.objects.filter(council_session=council_session)
        self.fields["sitting"].queryset = sittings.select_related("council_session__council")
        self.fields["item"].queryset = AgendaItem.objects.filter(council_session=council_session)
        self.by, self.offered = by, []
        for sitting in self.fields["sitting"].queryset:
            self.offered += papers_for_guests(sitting, by)
        ids = [document.pk for document in self.offered]
        self.fields["papers"].queryset = Document.objects.filter(pk__in=ids).order_by("item_papers__item__number", "pk")
        last = max((sitting.date for sitting in sittings), default=timezone.localdate())
        self.fields["until"].initial = datetime.combine(max(last, timezone.localdate()), time(23, 59))

    def clean(self):
        cleaned = super().clean()
        sitting, item = cleaned.get("sitting"), cleaned.get("item")
        if item and sitting and item.sitting_id != sitting.pk:
            self.add_error("item", _("Mục này không thuộc phiên đã chọn."))
        elif sitting and cleaned.get("papers") is not None:
            allowed = {document.pk for document in papers_for_guests(sitting, self.by, item)}
            if not {document.pk for document in cleaned["papers"]} <= allowed:
                self.add_error("papers", _("Có tài liệu không thuộc mục hoặc phiên đã chọn."))
        until = cleaned.get("until")
        if until and until <= timezone.now():
            self.add_error("until", _("Lúc này đã qua."))
        return cleaned

    def cleaned(self) -> dict:
        """The values as the service takes them."""
        values = dict(self.cleaned_data)
        return values | {"expires_at": values.pop("until")}


class InvitationForm(forms.Form):
    item = _Items(label=_("Mục"), queryset=None, to_field_name="public_id", empty_label=None)
    user = _People(label=_("Người được mời"), queryset=None, to_field_name="username", empty_label=_("Chọn tài khoản"))

    def __init__(self, *args, council_session, people, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["item"].queryset = AgendaItem.objects.filter(council_session=council_session)
        self.fields["user"].queryset = people


class CopiesForm(forms.Form):
    copies = forms.IntegerField(min_value=1, max_value=40)
