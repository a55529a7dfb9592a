"""What all of the API shares: closed by default, pages of at most 100, refusals in words."""

from rest_framework.exceptions import APIException
from rest_framework.pagination import PageNumberPagination
from rest_framework.permissions import BasePermission

from council.errors import BadInput, HouseError, NotAllowed, WrongState
from council.permissions import Role, has_role


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
        statuses = {NotAllowed: 403, WrongState: 409, BadInput: 422}
        self.status_code = next((code for kind, code in statuses.items() if isinstance(fault, kind)), 400)


def in_words(exc, context):
    """DRF's handler, with the house's refusals as 403, 409 and 422."""
    from rest_framework.views import exception_handler  # its module reads our classes from settings

    if isinstance(exc, HouseError):
        exc = Refused(exc)
    return exception_handler(exc, context)
