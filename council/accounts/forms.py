"""Forms of the account pages: allauth's, in the house's words; and the card's."""

from allauth.account import forms as account
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp import forms as totp
from django import forms
from django.utils.translation import gettext_lazy as _

from council.accounts import rules

PASSWORD_HELP = _("Ít nhất 12 ký tự; một câu ngắn dễ nhớ là tốt nhất. Không dùng mật khẩu phổ biến.")


class _Words:
    """Puts our labels on a form of allauth and takes its placeholders away."""

    words: dict = {}
    helps: dict = {}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.help_text = self.helps.get(name, "")
            if name in self.words:
                field.label = self.words[name]


class SignInForm(_Words, account.LoginForm):
    words = {"login": _("Tên đăng nhập"), "password": _("Mật khẩu")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs |= {"autocapitalize": "none", "spellcheck": "false"}


class ChangePasswordForm(_Words, account.ChangePasswordForm):
    words = {
        "oldpassword": _("Mật khẩu hiện tại"),
        "password1": _("Mật khẩu mới"),
        "password2": _("Nhập lại mật khẩu mới"),
    }
    helps = {"password1": PASSWORD_HELP}


class NewPasswordForm(_Words, account.ResetPasswordKeyForm):
    words = {"password1": _("Mật khẩu mới"), "password2": _("Nhập lại mật khẩu mới")}
    helps = {"password1": PASSWORD_HELP}


class ForgottenPasswordForm(_Words, account.ResetPasswordForm):
    words = {"email": _("Thư điện tử đã đăng ký")}


class ReauthenticateForm(_Words, account.ReauthenticateForm):
    words = {"password": _("Mật khẩu")}


class _Code(_Words):
    words = {"code": _("Mã xác thực")}
    helps = {"code": _("6 chữ số trong ứng dụng xác thực, hoặc một mã dự phòng.")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs |= {"inputmode": "numeric", "class": "num", "autofocus": True}


class CodeForm(_Code, mfa.AuthenticateForm):
    pass


class CodeAgainForm(_Code, mfa.ReauthenticateForm):
    pass


class ActivateTOTPForm(_Code, totp.ActivateTOTPForm):
    helps = {"code": _("6 chữ số đang hiện trong ứng dụng xác thực.")}


class StepUpForm(forms.Form):
    """The second factor for one scope; after a sign-in by card the password as well."""

    password = forms.CharField(
        label=_("Mật khẩu"),
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )
    code = forms.CharField(
        label=_("Mã xác thực"),
        help_text=_("6 chữ số trong ứng dụng xác thực, hoặc một mã dự phòng."),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "class": "num"}),
    )

    def __init__(self, *args, user, by_card: bool, code_needed: bool = True, **kwargs):
        super().__init__(*args, **kwargs)
        self.user, self.by_card = user, by_card
        if not by_card:
            del self.fields["password"]
            self.fields["code"].widget.attrs["autofocus"] = True
        if not code_needed:  # a security key has just answered
            del self.fields["code"]

    def clean_password(self):
        if not account.get_adapter().reauthenticate(self.user, self.cleaned_data["password"]):
            raise account.get_adapter().validation_error("incorrect_password")
        return self.cleaned_data["password"]

    def clean_code(self):
        if self.errors:  # a code is used up by asking; a wrong password must not cost one
            return self.cleaned_data["code"]
        code = self.cleaned_data["code"]
        checked = mfa.AuthenticateForm(user=self.user, data={"code": code})
        if not checked.is_valid():
            raise forms.ValidationError(checked.errors["code"].as_data())
        checked.authenticator.record_usage()
        return code


def _pin_field(label):
    return forms.CharField(
        label=label,
        strip=True,
        error_messages={"required": _("Nhập đủ 6 chữ số.")},
        widget=forms.PasswordInput(
            attrs={"inputmode": "numeric", "maxlength": 6, "autocomplete": "off", "class": "num pin-input"}
        ),
    )


class PinForm(forms.Form):
    """The PIN of a card whose owner has one."""

    pin = _pin_field(_("Nhập mã PIN 6 số"))

    def clean_pin(self):
        pin = self.cleaned_data["pin"]
        if len(pin) != 6 or not pin.isascii() or not pin.isdigit():
            raise forms.ValidationError(_("Mã PIN gồm đúng 6 chữ số."))
        return pin


class NewPinForm(forms.Form):
    """A PIN of one's own choice, typed twice."""

    pin = _pin_field(_("Chọn mã PIN 6 số"))
    again = _pin_field(_("Nhập lại mã PIN"))

    def clean_pin(self):
        fault = rules.fault_in_pin(self.cleaned_data["pin"])
        if fault:
            raise forms.ValidationError(fault)
        return self.cleaned_data["pin"]

    def clean(self):
        cleaned = super().clean()
        if "pin" in cleaned and "again" in cleaned and cleaned["pin"] != cleaned["again"]:
            self.add_error("again", _("Hai lần nhập không giống nhau. Hãy nhập lại."))
        return cleaned


class ApiTokenForm(forms.Form):
    name = forms.CharField(
        label=_("Dùng cho phần mềm nào"),
        max_length=80,
        help_text=_("Ví dụ: phần mềm quản lý văn bản của văn phòng."),
    )
    days = forms.TypedChoiceField(
        label=_("Dùng trong"),
        coerce=int,
        choices=[(30, _("30 ngày")), (90, _("90 ngày")), (365, _("1 năm"))],
        initial=90,
    )


class ChangePinForm(NewPinForm):
    old = _pin_field(_("Mã PIN hiện tại"))
    field_order = ["old", "pin", "again"]
