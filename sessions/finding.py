"""To which session a paper belongs, for the filters of the search; told of no session that a person knows nothing of."""

from council.models import Council, User
from documents.finding import register_place, register_place_names
from sessions.models import ItemPaper
from sessions.selectors import attended_sessions, public_sessions


@register_place
def session_of(document_id: int) -> str:
    """The public id of the session on whose agenda a document hangs; of several the newest."""
    papers = ItemPaper.objects.filter(document=document_id).order_by("-pk")
    found = papers.values_list("item__council_session__public_id", flat=True).first()
    return str(found) if found else ""


@register_place_names
def session_names(user: User, council: Council) -> dict[str, str]:
    """{public id: title} of the sessions that this person may know of."""
    known = dict(public_sessions(council).values_list("public_id", "title"))
    if user.is_authenticated:
        known |= dict(attended_sessions(user, council).values_list("public_id", "title"))
    return {str(public_id): title for public_id, title in known.items()}
