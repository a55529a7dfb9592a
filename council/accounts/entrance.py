"""The door: the sign-in page of a device that may know its card, and the way out."""

from allauth.account.views import LoginView, LogoutView
from allauth.mfa.base.views import AuthenticateView
from django.contrib import messages
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from council import second_factor
from council.accounts import demo, selectors
from council.accounts.views import device_secret_of


class SignInView(LoginView):
    """User name and password; a tablet that holds a card is asked for its PIN first."""

    template_name = "account/login.html"

    def get(self, request, *args, **kwargs):
        if "mat-khau" not in request.GET and not request.session.get("other_card"):
            device_secret = device_secret_of(request)
            if selectors.card_of_device(device_secret) is not None:
                query = request.META.get("QUERY_STRING", "")
                response = redirect("council:card")
                response["Location"] += f"?{query}" if query else ""
                return response
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        context["lost_card"] = selectors.lost_card(device_secret_of(self.request))
        council = self.request.council
        context["demo_people"] = demo.buttons(council) if demo.is_on(council) else []
        return context


class SignOutView(LogoutView):
    """The way out; the browser forgets what it kept of the pages (security 13, 15)."""

    template_name = "account/logout.html"

    def post(self, request, *args, **kwargs):
        response = super().post(request, *args, **kwargs)
        response["Clear-Site-Data"] = '"cache", "storage"'
        return response


class CodeView(AuthenticateView):
    """The second step of a sign-in; a security key is offered to those who have one."""

    def get_context_data(self, **kwargs):
        has_key = second_factor.has_security_key(self.stage.login.user)
        return super().get_context_data(**kwargs) | {"has_key": has_key}


def no_password(request):
    """Somebody who signs in by card only wants a password: the office sends a link."""
    messages.info(request, _("Tài khoản này chưa có mật khẩu. Hãy nhờ văn phòng gửi liên kết đặt mật khẩu."))
    return redirect("council:devices")


sign_in = SignInView.as_view()
sign_out = SignOutView.as_view()
enter_code = CodeView.as_view()
