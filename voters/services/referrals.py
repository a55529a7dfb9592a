"""A petition's way to an agency and back: refer, withdraw, hand back, reopen."""

from collections.abc import Iterable
from datetime import date

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from council import audit, mail, regulations
from council.calendar import working_calendar
from council.errors import BadInput, NotAllowed
from council.models import Agency, User
from voters import search
from voters.models import Petition, Referral
from voters.permissions import is_lead
from voters.services.petitions import locked, step


@transaction.atomic
def refer(
    *,
    petition: Petition,
    by: User,
    agency: Agency,
    supporting: Iterable[Agency] = (),
    referred_on: date | None = None,
    working_days: int | None = None,
    note: str = "",
) -> Referral:
    """Send a petition to its lead agency, due after so many working days of the council's calendar.

    `working_days` is the council's own number when left out (regulation petition_reply_working_days).
    The agency is told by mail with the case number only.
    """
    petition = locked(petition, by)
    step(petition, Petition.State.REFERRED)
    petition.save(update_fields=["state"])
    referral = _new_referral(petition, by, agency, supporting, referred_on, working_days, note)
    audit.record(by, "voters.petition-referred", petition, data=_facts(referral))
    return referral


@transaction.atomic
def withdraw(*, petition: Petition, by: User, reason: str) -> Petition:
    """Take a petition back from its agency, which no longer sees it; it can be referred anew."""
    petition = locked(petition, by)
    if not reason.strip():
        raise BadInput(_("Nhập lý do thu hồi."))
    referral = running(petition)
    step(petition, Petition.State.RECORDED)
    _end(petition, referral, reason)
    audit.record(by, "voters.petition-withdrawn", petition, data=_facts(referral))
    tell_agency(referral, "petition_withdrawn", _("Thu hồi kiến nghị %(code)s"))
    return petition


@transaction.atomic
def hand_back(*, referral: Referral, by: User, reason: str) -> Petition:
    """The agency gives a petition back to the office because it is not the agency's to answer."""
    petition = locked(referral.petition, None)
    referral = running(petition, referral)
    if not is_lead(by, referral):
        raise NotAllowed(_("Chỉ cơ quan chủ trì được chuyển trả kiến nghị này."))
    if not reason.strip():
        raise BadInput(_("Nhập lý do chuyển trả."))
    step(petition, Petition.State.RECORDED)
    _end(petition, referral, _("Cơ quan chuyển trả: %(reason)s") % {"reason": reason.strip()})
    audit.record(by, "voters.petition-handed-back", petition, data=_facts(referral))
    return petition


@transaction.atomic
def reopen(*, petition: Petition, by: User, reason: str, working_days: int | None = None) -> Referral:
    """Send an answered petition to the same agency again; the earlier reply stays on record."""
    petition = locked(petition, by)
    if not reason.strip():
        raise BadInput(_("Nhập lý do mở lại."))
    before = running(petition)
    step(petition, Petition.State.REFERRED)
    petition.save(update_fields=["state"])
    before.withdrawn_at, before.withdrawn_reason = timezone.now(), reason.strip()
    before.save(update_fields=["withdrawn_at", "withdrawn_reason"])
    supporting = list(before.supporting.all())
    referral = _new_referral(petition, by, before.agency, supporting, None, working_days, reason.strip())
    audit.record(by, "voters.petition-reopened", petition, data=_facts(referral))
    return referral


# --- shared ---------------------------------------------------------------------------------------


def running(petition: Petition, expected: Referral | None = None) -> Referral:
    """The referral that a locked petition is at, under its own lock; NotAllowed when it is not `expected`."""
    referral = Referral.objects.select_for_update(no_key=True).filter(petition=petition, withdrawn_at=None).first()
    if referral is None or (expected is not None and referral.pk != expected.pk):
        raise NotAllowed(_("Kiến nghị này không còn ở cơ quan."))
    return referral


def _new_referral(petition, by, agency, supporting, referred_on, working_days, note) -> Referral:
    council = petition.council
    supporting = [one for one in supporting if one.pk != agency.pk]
    if any(one.council_id != council.pk for one in [agency, *supporting]):
        raise BadInput(_("Cơ quan không thuộc hội đồng này."))
    referred_on = referred_on or timezone.localdate()
    if referred_on < petition.received_on:
        raise BadInput(_("Ngày chuyển không được trước ngày nhận kiến nghị."))
    if working_days is None:
        working_days = regulations.value(council, "petition_reply_working_days", on=referred_on)
    if not 1 <= working_days <= 250:
        raise BadInput(_("Số ngày làm việc từ 1 đến 250."))
    referral = Referral.objects.create(
        petition=petition,
        agency=agency,
        referred_on=referred_on,
        working_days=working_days,
        due_on=working_calendar(council).add_working_days(referred_on, working_days),
        note=note.strip(),
        referred_by=by,
    )
    referral.supporting.set(supporting)
    search.reindex([petition.pk])
    tell_agency(referral, "petition_referred", _("Kiến nghị %(code)s cần trả lời"))
    return referral


def _end(petition: Petition, referral: Referral, reason: str) -> None:
    petition.save(update_fields=["state"])
    referral.withdrawn_at, referral.withdrawn_reason = timezone.now(), reason.strip()
    referral.save(update_fields=["withdrawn_at", "withdrawn_reason"])
    search.reindex([petition.pk])


def _facts(referral: Referral) -> dict:
    return {
        "code": referral.petition.code,
        "agency": referral.agency.code,
        "due_on": str(referral.due_on),
        "working_days": referral.working_days,
    }


def tell_agency(referral: Referral, template: str, subject: str, *, why: str = "") -> None:
    """Mail the lead agency the case number and where to sign in, never content (`why` keys the message)."""
    agency, petition = referral.agency, referral.petition
    if agency.email:
        to = {agency.email: agency.name}
    else:
        today = timezone.localdate()
        clerks = User.objects.filter(role_grants__in=agency.clerks.on(today), is_active=True).exclude(email="")
        to = {clerk.email: clerk.full_name for clerk in clerks}
    text = render_to_string(
        f"email/{template}.txt",
        {
            "code": petition.code,
            "council": petition.council,
            "link": settings.BASE_URL + reverse("voters:agency_petition", args=[petition.public_id]),
        },
    )
    for address, name in to.items():
        mail.send(
            council=petition.council,
            to=address,
            to_name=name[:120],
            subject=subject % {"code": petition.code},
            text=text,
            key=f"{template}:{referral.public_id}:{why}:{address}",
        )
