"""Who may, in the room of petitions: one condition per line."""

from council.models import Council, User
from council.permissions import Role, agencies_for, has_role
from voters.models import Petition, Referral


def can_manage(user: User, council: Council) -> bool:
    """The office records, refers, accepts, sends back and publishes."""
    return has_role(user, council, Role.OFFICE)


def works_for_agency(user: User, council: Council) -> bool:
    """Whether a person has the desk of any agency in this council."""
    return has_role(user, council, Role.AGENCY_CLERK, Role.AGENCY_HEAD)


def can_reply(user: User, referral: Referral) -> bool:
    """Only the lead agency writes, and only while the petition is with it."""
    if referral.withdrawn_at is not None:
        return False
    if referral.petition.state != Petition.State.REFERRED:
        return False
    return is_lead(user, referral)


def is_lead(user: User, referral: Referral) -> bool:
    return agencies_for(user, referral.petition.council).filter(pk=referral.agency_id).exists()
