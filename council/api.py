"""What all of the API shares: who asks, closed by default, pages of at most 100, refusals in words."""

from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.plumbing import build_bearer_security_scheme_object
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import APIException, AuthenticationFailed
from rest_framework.pagination import PageNumberPagination
from rest_framework.permissions import BasePermission

from council.accounts import tokens
from council.errors import HouseError, NotAllowed, as_refusal
from council.permissions import Role, has_role


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Token <secret>`: a program in a person's name, with fewer rights than the person (0008)."""

    def authenticate(self, request):
        words = get_authorization_header(request).decode("latin-1").split()
        if not words or words[0].lower() != "token":
            return None
        found = tokens.person_with(words[1]) if len(words) == 2 else None
        if found is None:
            raise AuthenticationFailed(_("Mã truy cập không đúng, đã hết hạn hoặc đã bị thu hồi."))
        return found

    def authenticate_header(self, request):
        return "Token"


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = "council.api.TokenAuthentication"
    name = "tokenAuth"

    def get_security_definition(self, auto_schema):
        return build_bearer_security_scheme_object(header_name="Authorization", token_prefix="Token")


def ask_for_a_person(request) -> None:
    """What has effect outside the house is done by somebody at a screen, never by a program (0008)."""
    if request.auth is not None:
        raise NotAllowed(_("Việc này cần người đăng nhập trên máy; mã truy cập không làm được."))


class Denied(BasePermission):
    """The permission of a view that names none."""

    def has_permission(self, request, view):
        return False


class IsStaff(BasePermission):
    """Who may read the description of the API: office and administrators (security 86)."""

    def has_permission(self, request, view):
        council = getattr(request, "council", None)
        return council is not None and has_role(request.user, council, Role.OFFICE, Role.ADMINISTRATOR)


class Pages(PageNumberPagination):
    page_size_query_param = "page_size"
    max_page_size = 100


class Refused(APIException):
    def __init__(self, fault: HouseError):
        super().__init__(detail=str(fault.message))
        self.status_code = fault.status


def in_words(exc, context):
    """DRF's handler, with the house's refusals by their status."""
    from rest_framework.views import exception_handler  # its module reads our classes from settings

    refusal = as_refusal(exc)
    return exception_handler(Refused(refusal) if refusal else exc, context)
