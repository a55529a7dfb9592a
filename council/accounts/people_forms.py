"""Forms of the desks for delegates, accounts and roles."""

from django import forms
from django.contrib.auth.validators import ASCIIUsernameValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from council.models import Agency, Body, Delegate, Post, RoleGrant, User


def _day(**kwargs):
    return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **kwargs)


class PlaceForm(forms.Form):
    """Where a delegate sits and gets letters."""

    seat_row = forms.CharField(label=_("Hàng ghế"), max_length=3, required=False)
    seat_number = forms.IntegerField(label=_("Số ghế"), min_value=1, max_value=999, required=False)
    email = forms.EmailField(label=_("Thư điện tử"), required=False)

    def __init__(self, *args, instance=None, **kwargs):
        super().__init__(*args, **kwargs)

    @staticmethod
    def of(delegate: Delegate) -> dict:
        return {"seat_row": delegate.seat_row, "seat_number": delegate.seat_number, "email": delegate.email}


class _CouncilForm(forms.Form):
    def __init__(self, *args, council, **kwargs):
        super().__init__(*args, **kwargs)
        self.council = council


class RoleForm(_CouncilForm):
    """A role with its days; a clerk's names the agency, others may be for one body only."""

    role = forms.ChoiceField(label=_("Vai trò"), choices=RoleGrant.Role.choices)
    agency = forms.ModelChoiceField(
        label=_("Cơ quan"),
        queryset=Agency.objects.none(),
        required=False,
        help_text=_("Chỉ với cán bộ, lãnh đạo cơ quan."),
    )
    body = forms.ModelChoiceField(
        label=_("Chỉ cho"),
        queryset=Body.objects.none(),
        required=False,
        empty_label=_("Toàn thể và mọi cơ quan của Hội đồng"),
    )
    starts_on = _day(label=_("Từ ngày"), initial=timezone.localdate)
    ends_on = _day(label=_("Đến hết ngày"), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["agency"].queryset = self.council.agencies.prefetch_related("names")
        self.fields["body"].queryset = self.council.bodies.all()

    def clean(self):
        return _agree(self, super().clean())


def _agree(form, cleaned):
    """A clerk's role names the agency, others none; the days come in order."""
    if cleaned.get("role") in ("agency_clerk", "agency_head") and not cleaned.get("agency"):
        form.add_error("agency", _("Chọn cơ quan của người này."))
    if cleaned.get("role") not in ("agency_clerk", "agency_head"):
        cleaned["agency"] = None
    if cleaned.get("starts_on") and cleaned.get("ends_on") and cleaned["ends_on"] < cleaned["starts_on"]:
        form.add_error("ends_on", _("Ngày kết thúc phải từ ngày bắt đầu trở đi."))
    return cleaned


class NewPersonForm(_CouncilForm):
    username = forms.CharField(
        label=_("Tên đăng nhập"),
        max_length=150,
        validators=[ASCIIUsernameValidator()],
        help_text=_("Chữ không dấu, số, dấu chấm, dấu gạch; ví dụ nguyen.van.an."),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "autocomplete": "off"}),
    )
    full_name = forms.CharField(label=_("Họ và tên"), max_length=120)
    email = forms.EmailField(label=_("Thư điện tử"), help_text=_("Nơi nhận liên kết đặt mật khẩu."))
    role = forms.ChoiceField(label=_("Vai trò"), choices=RoleGrant.Role.choices)
    agency = forms.ModelChoiceField(
        label=_("Cơ quan"),
        queryset=Agency.objects.none(),
        required=False,
        help_text=_("Chỉ với cán bộ, lãnh đạo cơ quan."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["agency"].queryset = self.council.agencies.prefetch_related("names")

    def clean_username(self):
        name = self.cleaned_data["username"].lower()
        if User.objects.filter(username__iexact=name).exists():
            raise forms.ValidationError(_("Tên đăng nhập này đã có người dùng."))
        return name

    def clean(self):
        return _agree(self, super().clean())


class PersonForm(_CouncilForm):
    full_name = forms.CharField(label=_("Họ và tên"), max_length=120)
    email = forms.EmailField(label=_("Thư điện tử"), required=False)


class BodyPlaceForm(_CouncilForm):
    """Membership of a body, and a post in it when there is one."""

    body = forms.ModelChoiceField(label=_("Cơ quan của Hội đồng"), queryset=Body.objects.none())
    kind = forms.ChoiceField(
        label=_("Chức danh"), choices=[("", _("Thành viên")), *Post.Kind.choices], required=False
    )
    starts_on = _day(label=_("Từ ngày"), initial=timezone.localdate)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["body"].queryset = self.council.bodies.all()


class EndForm(forms.Form):
    ends_on = _day(label=_("Đến hết ngày"))
