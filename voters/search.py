"""One way to find petitions: folded words, all of which must occur.

Two texts per petition: `search_text` for office and agency (never the internal note), and
`public_search`, built only from what the public may read, so that nobody can guess at the rest.
"""

from collections.abc import Iterable

from council.text import fold
from voters.models import Petition, Reply


def matching(petitions, words: str, *, column: str = "search_text"):
    """The petitions (a queryset) whose folded text holds every word of `words`, with or without marks."""
    for word in fold(words).split()[:12]:
        petitions = petitions.filter(**{f"{column}__contains": word})
    return petitions


def index(petition: Petition) -> None:
    """Put both search texts on a row (not saved); reads its referrals and accepted replies."""
    place = [petition.code, petition.title, petition.voters, petition.place, petition.former_place]
    place.append(petition.get_field_display())
    agencies = [
        name.name
        for referral in petition.referrals.all()
        if referral.withdrawn_at is None
        for name in referral.agency.names.all()
    ]
    petition.search_text = fold(" ".join([*place, petition.text, *agencies]))
    accepted = [
        reply.public_text
        for referral in petition.referrals.all()
        for reply in referral.replies.all()
        if reply.state == Reply.State.ACCEPTED
    ]
    public = [*place, petition.public_text, *agencies, *accepted] if petition.is_public else []
    petition.public_search = fold(" ".join(public))


def reindex(petitions: Iterable[int]) -> None:
    """Write the search texts of petitions (keys) anew, after a change in the same transaction."""
    rows = Petition.objects.filter(pk__in=list(petitions)).prefetch_related(
        "referrals__agency__names", "referrals__replies"
    )
    rows = list(rows)
    for petition in rows:
        index(petition)
    Petition.objects.bulk_update(rows, ["search_text", "public_search"], batch_size=200)
