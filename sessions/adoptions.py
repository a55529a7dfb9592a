"""What the plenary adopted, told to the register of resolutions as values (documents/selectors.py)."""

from django.db.models import F, Q
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from council.models import Body, Council, User
from documents.models import Document
from documents.rules import subject_of
from documents.selectors import Adoption, register_adoptions
from sessions.models import AgendaItem, ItemPoll
from voting.models import Poll


@register_adoptions
def adopted_drafts(user: User, council: Council) -> list[Adoption]:
    """Draft resolutions that a declared vote of the plenary passed, in the order of the votes."""
    rows = (
        ItemPoll.objects.filter(
            item__council_session__council=council,
            item__council_session__body__kind=Body.Kind.PLENARY,
            poll__state=Poll.State.DECLARED,
            poll__result__passed=True,
            poll__result__place=F("place"),  # of several questions each by its own result
            poll__is_rehearsal=False,
            about=ItemPoll.About.DRAFT,  # a vote on an article or on procedure adopts nothing
        )
        # a draft resolution, or the resolution that confirms a vote on persons
        .filter(Q(item__kind=AgendaItem.Kind.DRAFT_RESOLUTION) | Q(poll__confirms__isnull=False))
        # a vote put right by a later one counts for nothing; the later one does
        .exclude(poll__corrections__state=Poll.State.DECLARED)
        .select_related("poll", "paper__document", "item__council_session")
        .order_by("poll__closed_at", "place")
    )
    return [_adoption(row) for row in rows]


def _adoption(row: ItemPoll) -> Adoption:
    poll, council_session = row.poll, row.item.council_session
    result = poll.results.get(place=row.place)
    asked = poll.questions.get(place=row.place) if poll.is_joint else poll
    key = f"{poll.public_id}:{row.place}" if poll.is_joint else str(poll.public_id)
    return Adoption(
        key=key,
        title=subject_of(_title_of(row)),
        vote={
            "poll": key,
            "for": result.votes_for,
            "against": result.votes_against,
            "other": result.votes_other,
            "silent": result.silent,
            "absent": result.absent,
            "total": result.total,
            "present": result.present,
            "needed": result.needed,
            "passed": result.passed,
            "why": result.why,
            "article": result.article,
            "text_name": asked.text_name,
            "text_digest": asked.text_digest,
        },
        adopted_on=timezone.localdate(poll.closed_at),
        session_name=_("Kỳ họp thứ %(n)s") % {"n": council_session.number},
        session_url=_public_page(council_session),
        draft=row.paper.document if row.paper else _draft_of(row),
    )


def _title_of(row: ItemPoll) -> str:
    """What was adopted: the item, the one draft of several that it had, or what confirms an election."""
    if row.poll.confirms_id:
        return row.poll.question.removeprefix("Thông qua ")
    drafts = row.item.papers.filter(kind=Document.Kind.DRAFT_RESOLUTION).count()
    return row.paper.title if row.paper and drafts > 1 else row.item.title


def _draft_of(row: ItemPoll) -> Document | None:
    paper = (
        row.item.papers.filter(kind=Document.Kind.DRAFT_RESOLUTION, document__isnull=False)
        .select_related("document")
        .first()
    )
    return paper.document if paper else None


def _public_page(council_session) -> str:
    try:
        return reverse("sessions:public_session", args=[council_session.slug])
    except NoReverseMatch:
        return ""
