"""The institution, its people's accounts, and the rows of the few shared tools."""

from council.models.accounts import ApiToken, CardScan, Device, RoleGrant, SeatCard, StepUp, User
from council.models.institution import (
    Agency,
    AgencyName,
    Body,
    Council,
    Delegate,
    Membership,
    Post,
    Term,
)
from council.models.tools import (
    AuditChain,
    AuditEntry,
    CalendarDay,
    Job,
    Mail,
    MailAttachment,
    RegulationValue,
    Room,
)

__all__ = [
    "Agency",
    "AgencyName",
    "ApiToken",
    "AuditChain",
    "AuditEntry",
    "Body",
    "CalendarDay",
    "CardScan",
    "Council",
    "Delegate",
    "Device",
    "Job",
    "Mail",
    "MailAttachment",
    "Membership",
    "Post",
    "RegulationValue",
    "RoleGrant",
    "Room",
    "SeatCard",
    "StepUp",
    "Term",
    "User",
]
