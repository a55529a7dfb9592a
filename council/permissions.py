"""Who may: roles of a person in a council, and the predicates of the ground floor.

A role is a fact with dates. `roles_of` is asked anew in every service, under its lock.
"""

from django.db.models import Q
from django.utils import timezone

from council.models import Agency, Body, Council, Delegate, RoleGrant, User

Role = RoleGrant.Role
# Acts of these roles need a second factor; a seat card never carries them.
PRIVILEGED = frozenset({Role.ADMINISTRATOR, Role.OFFICE, Role.SESSION_CHAIR, Role.SESSION_SECRETARY, Role.TELLER})
# What a program may do in a person's name: prepare and answer. Never lead, count or run the machine (0008).
CARRIED_BY_TOKEN = frozenset({Role.OFFICE, Role.AGENCY_CLERK, Role.AGENCY_HEAD})


def grants_of(user: User, council_id: int | None = None):
    """The roles of a person today, in a council or in all, that this sign-in carries: few by token, none by card."""
    if not user.is_authenticated or not user.is_active or _came_by_card(user):
        return RoleGrant.objects.none()
    grants = user.role_grants.on(timezone.localdate())
    if council_id is not None:
        grants = grants.filter(council=council_id)
    return grants.filter(role__in=CARRIED_BY_TOKEN) if _came_by_token(user) else grants


def roles_of(user: User, council: Council) -> frozenset[str]:
    """The names of all roles that a person has in a council today; "delegate" among them."""
    return roles_beside(delegate_for(user, council), user, council)


def roles_beside(delegate: Delegate | None, user: User, council: Council) -> frozenset[str]:
    """The same for who has just read the person's running mandate (`delegate_for`)."""
    if not user.is_authenticated or not user.is_active:
        return frozenset()
    roles = set(grants_of(user, council.pk).values_list("role", flat=True))
    if delegate is not None:
        roles.add("delegate")
    return frozenset(roles)


def _came_by_card(user: User) -> bool:
    """A seat card carries a delegate's rights only (council/second_factor.py binds the session to it)."""
    return getattr(user, "delegate_rights_only", False)


def _came_by_token(user: User) -> bool:
    """A program speaks in the person's name (council/api.py)."""
    return getattr(user, "by_token", False)


def has_role(user: User, council: Council, *roles: str) -> bool:
    """Whether a person has one of these roles in a council today."""
    return bool(roles_of(user, council) & set(roles))


def delegate_for(user: User, council: Council) -> Delegate | None:
    """The running mandate of a person in a council, or None."""
    if not user.is_authenticated or not user.is_active:
        return None
    today = timezone.localdate()
    return (
        Delegate.objects.filter(user=user, council=council, mandate_from__lte=today)
        .exclude(mandate_to__lt=today)
        .select_related("term", "council")
        .order_by("-mandate_from")
        .first()
    )


def agencies_for(user: User, council: Council):
    """The agencies that a person answers for in a council."""
    grants = grants_of(user, council.pk).filter(role__in=[Role.AGENCY_CLERK, Role.AGENCY_HEAD])
    return Agency.objects.filter(pk__in=grants.values("agency"))


def serves_body(user: User, body: Body, *roles: str) -> bool:
    """Whether a person has one of these roles for this body: granted for it, or for all bodies."""
    grants = grants_of(user, body.council_id).filter(role__in=roles)
    return grants.filter(body=None).exists() or grants.filter(body=body).exists()


def is_member(user: User, body: Body) -> bool:
    """Whether a person belongs to a body today."""
    if not user.is_authenticated or not user.is_active:
        return False
    return body.memberships.filter(user=user).on(timezone.localdate()).exists()


def councils_of(user: User):
    """The councils in which a person has any role, mandate or membership today, for the switch."""
    if not user.is_authenticated:
        return Council.objects.none()
    today = timezone.localdate()
    mandates = user.mandates.filter(mandate_from__lte=today).exclude(mandate_to__lt=today)
    return Council.objects.filter(
        Q(pk__in=user.role_grants.on(today).values("council"))
        | Q(pk__in=mandates.values("council"))
        | Q(pk__in=user.memberships.on(today).values("body__council"))
    )


def can_edit_regulations(user: User, council: Council) -> bool:
    return has_role(user, council, Role.OFFICE, Role.ADMINISTRATOR)


def can_manage_people(user: User, council: Council) -> bool:
    """Keep the list of delegates, their seats, cards and devices."""
    return has_role(user, council, Role.OFFICE, Role.ADMINISTRATOR)


def can_manage_accounts(user: User, council: Council) -> bool:
    """Make accounts, grant and end roles: the administrator's alone."""
    return has_role(user, council, Role.ADMINISTRATOR)


def can_see_operations(user: User, council: Council) -> bool:
    """Parked jobs and mails in doubt, and deciding about them."""
    return has_role(user, council, Role.OFFICE, Role.ADMINISTRATOR)


def can_verify_record(user: User, council: Council) -> bool:
    """See how long the record is and whether it holds; its lines tell who did what, never what was chosen."""
    return has_role(user, council, Role.OFFICE, Role.ADMINISTRATOR, Role.AUDITOR)
