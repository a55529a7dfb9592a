"""The first council of an installation, and the first person who may sign in to it."""

from datetime import date

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from council import audit
from council.errors import BadInput
from council.models import Body, Council, RoleGrant, Term, User

FIRST_ROLES = (RoleGrant.Role.ADMINISTRATOR, RoleGrant.Role.OFFICE)


@transaction.atomic
def found_council(
    *,
    name: str,
    short_name: str,
    place: str,
    level: str,
    host: str = "",
    term_number: str,
    term_starts_on: date,
    username: str,
    full_name: str,
    email: str,
    password: str,
) -> Council:
    """Make a council with its running term and plenary body, and a person who administers it and is its office.

    A commune has one clerk for both; a province gives the office to others later. Raises BadInput in words.
    """
    if Council.objects.filter(name=name).exists():
        raise BadInput(_("Đã có hội đồng mang tên này."))
    if User.objects.filter(username=username).exists():
        raise BadInput(_("Tên đăng nhập này đã có người dùng."))
    person = User(username=username, full_name=full_name, email=email)
    try:
        validate_password(password, person)
    except ValidationError as fault:
        raise BadInput(" ".join(fault.messages)) from fault

    council = Council.objects.create(name=name, short_name=short_name, place=place, level=level, host=host)
    term = Term.objects.create(council=council, number=term_number, starts_on=term_starts_on)
    Body.objects.create(
        council=council,
        term=term,
        kind=Body.Kind.PLENARY,
        code="HDND",
        name=name,
        short_name=_("Hội đồng nhân dân"),
    )
    person.set_password(password)
    person.save()
    for role in FIRST_ROLES:
        RoleGrant.objects.create(council=council, user=person, role=role, starts_on=term_starts_on)
    audit.record(None, "council.founded", council, data={"administrator": username})
    return council
