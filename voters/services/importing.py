"""Write the petitions of a whole file, all or none."""

from django.db import transaction
from django.utils.translation import gettext as _

from council import audit, regulations
from council.calendar import working_calendar
from council.errors import BadInput
from council.models import Council, User
from voters import privacy, search
from voters.importing import Row
from voters.models import Petition, Referral, Reply
from voters.services.petitions import ask, next_codes, suggested_title, term_on


@transaction.atomic
def import_petitions(*, council: Council, by: User, rows: list[Row], publish: bool = False) -> list[Petition]:
    """Record the rows that `voters.importing.read` gave, with their referrals and old replies.

    No mail goes out: what is imported already happened. With `publish`, answered rows in which
    nothing looks like personal data become public; the others wait for the office to look.
    """
    ask(by, council)
    if not rows:
        raise BadInput(_("Không có dòng nào để nhập."))
    terms = {day: term_on(council, day) for day in {row.received_on for row in rows}}
    codes = {
        year: iter(next_codes(council, year, sum(row.received_on.year == year for row in rows)))
        for year in {row.received_on.year for row in rows}
    }
    petitions = Petition.objects.bulk_create(
        [
            Petition(
                council=council,
                term=terms[row.received_on],
                code=next(codes[row.received_on.year]),
                state=row.state,
                session_number=row.session_number,
                phase=row.phase,
                voters=row.voters,
                place=row.place,
                field=row.topic,
                authority_level=row.level,
                title=suggested_title(row.text),
                text=row.text,
                received_on=row.received_on,
                created_by=by,
            )
            for row in rows
        ],
        batch_size=200,
    )
    _refer(council, by, list(zip(petitions, rows, strict=True)), publish)
    search.reindex([petition.pk for petition in petitions])
    audit.record(
        by,
        "voters.petitions-imported",
        council=council,
        data={"count": len(petitions), "first": petitions[0].code, "last": petitions[-1].code},
    )
    return petitions


def _refer(council: Council, by: User, pairs: list[tuple[Petition, Row]], publish: bool) -> None:
    calendar = working_calendar(council)
    days = {
        day: regulations.value(council, "petition_reply_working_days", on=day)
        for day in {row.received_on for _petition, row in pairs}
    }
    sent = [(petition, row) for petition, row in pairs if row.state != Petition.State.RECORDED]
    referrals = Referral.objects.bulk_create(
        [
            Referral(
                petition=petition,
                agency=row.agency,
                referred_on=row.received_on,
                working_days=days[row.received_on],
                due_on=calendar.add_working_days(row.received_on, days[row.received_on]),
                referred_by=by,
            )
            for petition, row in sent
        ],
        batch_size=200,
    )
    Support = Referral.supporting.through
    Support.objects.bulk_create(
        Support(referral=referral, agency=agency)
        for referral, (_petition, row) in zip(referrals, sent, strict=True)
        for agency in row.supporting
        if agency.pk != row.agency.pk
    )
    replies, shown = [], []
    for referral, (petition, row) in zip(referrals, sent, strict=True):
        if not row.reply:
            continue
        replies.append(
            Reply(
                referral=referral,
                state=Reply.State.ACCEPTED,
                outcome=row.outcome,
                text=row.reply,
                public_text=row.reply if publish and _is_clean(petition, row) else "",
                decided_by=by,
            )
        )
        if replies[-1].public_text:
            petition.public_text, petition.is_public = petition.text, True
            shown.append(petition)
    Reply.objects.bulk_create(replies, batch_size=200)
    Petition.objects.bulk_update(shown, ["public_text", "is_public"], batch_size=200)


def _is_clean(petition: Petition, row: Row) -> bool:
    texts = [petition.title, petition.voters, petition.place, petition.text, row.reply]
    return not privacy.findings(" \n".join(texts))
