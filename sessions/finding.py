"""To which session a paper belongs, for the filters of the search; told of no session that a person knows nothing of."""

from council.models import Council, User
from documents.finding import register_places
from sessions.models import ItemPaper
from sessions.selectors import attended_sessions, public_sessions


@register_places
def sessions_of_papers(user: User, council: Council) -> tuple[dict[int, set[str]], dict[str, str]]:
    """({document id: {session id}}, {session id: title}) of the sessions that this person may know of."""
    known = {pk: (public_id, title) for pk, public_id, title in public_sessions(council).values_list("pk", "public_id", "title")}
    if user.is_authenticated:
        mine = attended_sessions(user, council).values_list("pk", "public_id", "title")
        known |= {pk: (public_id, title) for pk, public_id, title in mine}
    papers = ItemPaper.objects.filter(item__council_session__in=known).exclude(document=None)
    places: dict[int, set[str]] = {}
    keys = {pk: str(public_id) for pk, (public_id, _title) in known.items()}
    for document, session in papers.values_list("document", "item__council_session"):
        places.setdefault(document, set()).add(keys[session])
    return places, {str(public_id): title for public_id, title in known.values()}
