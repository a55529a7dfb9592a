"""The doors of the two desks: signed in, the right role, the second factor where the role needs it."""

from functools import wraps

from django.contrib.auth.decorators import login_required
from django.utils.translation import gettext as _

from council.errors import NotAllowed
from council.second_factor import OFFICE, second_factor_required
from voters.permissions import can_manage, works_for_agency


def office_page(view):
    """Only the council's office, with the second factor of the day."""

    @wraps(view)
    def opened(request, *args, **kwargs):
        if request.council is None or not can_manage(request.user, request.council):
            raise NotAllowed(_("Trang này dành cho văn phòng."))
        return view(request, *args, **kwargs)

    return login_required(second_factor_required(OFFICE)(opened))


def agency_page(view):
    """Only clerks and heads of an agency of this council."""

    @wraps(view)
    def opened(request, *args, **kwargs):
        if request.council is None or not works_for_agency(request.user, request.council):
            raise NotAllowed(_("Trang này dành cho cơ quan trả lời kiến nghị."))
        return view(request, *args, **kwargs)

    return login_required(opened)
