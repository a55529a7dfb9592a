"""What can happen to accounts: made, given roles and places with their days, closed. Each is recorded."""

from dataclasses import dataclass
from datetime import date

from allauth.account.forms import default_token_generator
from allauth.account.internal.flows.password_reset import request_password_reset
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from council import audit
from council.accounts import services
from council.errors import BadInput, NotAllowed, WrongState
from council.models import Agency, Body, Council, Membership, Post, RoleGrant, User
from council.permissions import can_manage_accounts


@dataclass(frozen=True)
class PersonRow:
    """A line of the administrator's list."""

    user: User
    roles: list[str]

    @property
    def roles_words(self) -> str:
        return ", ".join(self.roles)


def person_rows(council: Council) -> list[PersonRow]:
    """Everybody with an account in a council, with today's roles in words, in three queries."""
    from council.accounts.selectors import people_of, sitting_delegates

    today = timezone.localdate()
    roles: dict[int, list[str]] = {}
    for user_id in sitting_delegates(council).values_list("user", flat=True):
        roles.setdefault(user_id, []).append(_("Đại biểu"))
    for grant in RoleGrant.objects.filter(council=council).on(today).order_by("pk"):
        roles.setdefault(grant.user_id, []).append(str(grant.get_role_display()))
    return [PersonRow(user, roles.get(user.pk, [])) for user in people_of(council)]


@transaction.atomic
def create_person(
    *,
    council: Council,
    by: User,
    username: str,
    full_name: str,
    email: str,
    role: str,
    agency: Agency | None = None,
) -> User:
    """Make an account with its first role; the person sets the password by a link."""
    _ask(by, council)
    if User.objects.filter(username__iexact=username).exists():
        raise BadInput(_("Tên đăng nhập này đã có người dùng."))
    person = User(username=username, full_name=full_name, email=email)
    person.set_unusable_password()
    person.save()
    audit.record(by, "council.account-created", person, council=council, data={"username": username})
    grant_role(council=council, person=person, by=by, role=role, agency=agency, starts_on=timezone.localdate())
    return person


def send_password_link(*, person: User, by: User, request) -> None:
    """Send the link with which a person sets the password: once, within 30 minutes."""
    _ask(by, request.council)
    if not person.email:
        raise BadInput(_("Tài khoản này chưa có thư điện tử."))
    request_password_reset(request, person.email, [person], default_token_generator)
    audit.record(by, "council.password-link-sent", person, council=request.council)


@transaction.atomic
def edit_person(*, council: Council, person: User, by: User, full_name: str, email: str) -> None:
    """Correct a person's name or address."""
    _ask(by, council)
    person.full_name, person.email = full_name, email
    person.save(update_fields=["full_name", "email"])
    audit.record(by, "council.account-edited", person, council=council)


@transaction.atomic
def grant_role(
    *,
    council: Council,
    person: User,
    by: User,
    role: str,
    starts_on: date,
    ends_on: date | None = None,
    agency: Agency | None = None,
    body: Body | None = None,
) -> RoleGrant:
    """Give a role from a day on. A role of another council's agency or body is refused."""
    _ask(by, council)
    for thing in (agency, body):
        if thing is not None and thing.council_id != council.pk:
            raise NotAllowed
    same = person.role_grants.filter(council=council, role=role, agency=agency, body=body).on(starts_on)
    if same.exists():
        raise WrongState(_("Người này đang có vai trò đó."))
    grant = RoleGrant.objects.create(
        council=council, user=person, role=role, agency=agency, body=body, starts_on=starts_on, ends_on=ends_on
    )
    audit.record(
        by, "council.role-granted", grant, data={"username": person.username, "role": role, "from": str(starts_on)}
    )
    return grant


@transaction.atomic
def place_in_body(
    *, council: Council, person: User, by: User, body: Body, starts_on: date, kind: str = ""
) -> None:
    """Make a person a member of a body, with a post when `kind` names one (art. 29, 31)."""
    _ask(by, council)
    if body.council_id != council.pk:
        raise NotAllowed
    delegate = person.mandates.filter(council=council, mandate_to=None).first()
    if not body.memberships.filter(user=person, ends_on=None).exists():
        Membership.objects.create(body=body, user=person, delegate=delegate, starts_on=starts_on)
    elif not kind:
        raise WrongState(_("Người này đang là thành viên."))
    if kind:
        title = f"{Post.Kind(kind).label} {body.short_name}"
        Post.objects.create(body=body, user=person, delegate=delegate, kind=kind, title=title, starts_on=starts_on)
    audit.record(by, "council.placed-in-body", body, data={"username": person.username, "post": kind})


@transaction.atomic
def end(*, council: Council, row: RoleGrant | Membership | Post, by: User, ends_on: date) -> None:
    """End a role, a membership or a post with a last day; the last administrator stays."""
    _ask(by, council)
    if (row.council_id if isinstance(row, RoleGrant) else row.body.council_id) != council.pk:
        raise NotAllowed
    if ends_on < row.starts_on:
        raise BadInput(_("Ngày kết thúc phải từ ngày bắt đầu trở đi."))
    if isinstance(row, RoleGrant) and row.role == RoleGrant.Role.ADMINISTRATOR and not _others(council, row.user):
        raise WrongState(_("Đây là người quản trị cuối cùng. Hãy giao vai trò cho người khác trước."))
    row.ends_on = ends_on
    row.save(update_fields=["ends_on"])
    event = {"RoleGrant": "role-ended", "Membership": "membership-ended", "Post": "post-ended"}[type(row).__name__]
    audit.record(
        by, f"council.{event}", row, council=council, data={"username": row.user.username, "to": str(ends_on)}
    )


@transaction.atomic
def set_active(*, council: Council, person: User, by: User, is_active: bool) -> None:
    """Close an account, or open it again. A closed one loses pages at once and sockets within seconds."""
    _ask(by, council)
    if not is_active and person.pk == by.pk:
        raise WrongState(_("Không thể ngừng tài khoản của chính mình."))
    if not is_active and _runs(council, person) and not _others(council, person):
        raise WrongState(_("Đây là người quản trị cuối cùng. Hãy giao vai trò cho người khác trước."))
    person.is_active = is_active
    person.save(update_fields=["is_active"])
    if not is_active:
        services.end_all_sessions(user=person)
    event = "council.account-reopened" if is_active else "council.account-closed"
    audit.record(by, event, person, council=council, data={"username": person.username})


def _ask(by: User, council: Council) -> None:
    if not can_manage_accounts(by, council):
        raise NotAllowed(_("Chỉ người quản trị được quản lý tài khoản."))


def _administrators(council: Council):
    grants = RoleGrant.objects.filter(council=council, role=RoleGrant.Role.ADMINISTRATOR, user__is_active=True)
    return grants.on(timezone.localdate())


def _runs(council: Council, person: User) -> bool:
    return _administrators(council).filter(user=person).exists()


def _others(council: Council, person: User) -> bool:
    return _administrators(council).exclude(user=person).exists()
