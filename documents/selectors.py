"""What can be read of papers and resolutions."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Count, Max, Prefetch, prefetch_related_objects
from django.http import Http404

from council.models import Council, User
from documents.models import Document, ReadReceipt, Resolution, Version
from documents.permissions import can_keep_register, readable


def readable_documents(user: User, council: Council):
    """The documents of a council that a person (or a stranger) may read; withdrawn ones are gone."""
    mine = Document.objects.filter(readable(user, council), council=council, withdrawn_at=None)
    return Document.objects.filter(pk__in=mine.values("pk")).select_related("body", "council")


def get_document_for(user: User, council: Council, public_id: UUID | str) -> Document:
    """One document that the person may read, else Http404."""
    try:
        return readable_documents(user, council).get(public_id=public_id)
    except Document.DoesNotExist:
        raise Http404 from None


def withdrawn_from(user: User, council: Council, public_id: UUID | str) -> Document | None:
    """The document of this id, if the person could read it until it was withdrawn."""
    gone = Document.objects.filter(readable(user, council), council=council, public_id=public_id)
    return gone.exclude(withdrawn_at=None).distinct().first()


def with_current_version(documents):
    """The same documents, their newest versions fetched along with them."""
    ready = Version.objects.filter(state=Version.State.READY).order_by("-number")
    return documents.prefetch_related(Prefetch("versions", ready, to_attr="ready_versions"))


def current_version(document: Document) -> Version | None:
    """The newest version that is ready."""
    if hasattr(document, "ready_versions"):
        return document.ready_versions[0] if document.ready_versions else None
    return document.versions.filter(state=Version.State.READY).order_by("-number").first()


def get_version(document: Document, number: int) -> Version:
    """One ready version of a document by its number, else Http404."""
    try:
        return document.versions.get(number=number, state=Version.State.READY)
    except Version.DoesNotExist:
        raise Http404 from None


def last_page(version: Version, user: User) -> int:
    """The page where a person stopped reading, 1 for a first time."""
    if not user.is_authenticated:
        return 1
    page = ReadReceipt.objects.filter(version=version, user=user).values_list("page", flat=True).first()
    return min(page or 1, max(version.pages, 1))


def seen_before(version: Version, user: User) -> int:
    """The number of the newest older version that a person opened, while this one was not opened yet; else 0."""
    if version.number == 1 or not user.is_authenticated:
        return 0
    receipts = ReadReceipt.objects.filter(version__document=version.document_id, user=user)
    if receipts.filter(version=version).exists():
        return 0
    return receipts.filter(version__number__lt=version.number).aggregate(n=Max("version__number"))["n"] or 0


# The papers beside a paper, in order: told by the room that hangs papers on items.
_neighbours: list[Callable[[Document], list[Document]]] = []


def register_neighbours(rule: Callable[[Document], list[Document]]):
    """Register who knows the papers that lie beside one, itself among them, in their order."""
    _neighbours.append(rule)
    return rule


def papers_in_row(document: Document, user: User) -> list[Document]:
    """The papers of the item on which a paper lies, itself among them, those that the person may read."""
    for rule in _neighbours:
        ids = [paper.pk for paper in rule(document)]
        if document.pk not in ids:
            continue
        papers = readable_documents(user, document.council).filter(pk__in=ids, versions__state="ready").distinct()
        known = {paper.pk: paper for paper in papers}
        row = [known[pk] for pk in ids if pk in known]
        if document in row:
            return row
    return []


def neighbours_in(row: list[Document], document: Document) -> tuple[Document | None, Document | None]:
    """The paper before and the one after, of a row as `papers_in_row` gives it."""
    if document not in row:
        return None, None
    place = row.index(document)
    return (row[place - 1] if place > 0 else None), (row[place + 1] if place + 1 < len(row) else None)


def papers_beside(document: Document, user: User) -> tuple[Document | None, Document | None]:
    """The paper before and the one after, of those that the person may read."""
    return neighbours_in(papers_in_row(document, user), document)


def with_versions(documents: list[Document]) -> list[Document]:
    """The same papers with their ready versions in `ready_versions`, the newest first; one query."""
    ready = Version.objects.filter(state=Version.State.READY).order_by("-number")
    prefetch_related_objects(documents, Prefetch("versions", ready, to_attr="ready_versions"))
    return documents


def published_resolutions(council: Council):
    """The resolutions that everybody may read, newest first."""
    return Resolution.objects.filter(council=council, state=Resolution.State.PUBLISHED).order_by(
        "-adopted_on", "-number", "-pk"
    )


def published_stamp(council: Council) -> tuple:
    """What changes with every publication: how many there are, and when the last one came."""
    rows = Resolution.objects.filter(council=council, state=Resolution.State.PUBLISHED)
    found = rows.aggregate(count=Count("pk"), last=Max("published_at"), newest=Max("pk"))
    return found["count"], found["last"], found["newest"]


def published_years(council: Council) -> list[int]:
    """The years in which published resolutions were adopted, newest first."""
    days = published_resolutions(council).order_by().values_list("adopted_on__year", flat=True).distinct()
    return sorted(days, reverse=True)


def get_published_resolution(council: Council | None, year: int, slug: str) -> Resolution:
    """One published resolution by its public address, else Http404: a draft's address does not exist."""
    if council is None:
        raise Http404
    rows = published_resolutions(council).filter(adopted_on__year=year, slug=slug)
    found = rows.select_related("council", "term", "draft").first()
    if found is None:
        raise Http404
    return found


def papers_with(resolution: Resolution, user: User) -> list[Document]:
    """The papers of a resolution's file that the person may read: the draft and what lay beside it."""
    draft = resolution.draft
    if draft is None:
        return []
    ids = [draft.pk]
    for rule in _neighbours:
        beside = [paper.pk for paper in rule(draft)]
        if draft.pk in beside:
            ids = beside
    known = {paper.pk: paper for paper in readable_documents(user, resolution.council).filter(pk__in=ids)}
    return [known[pk] for pk in ids if pk in known]


@dataclass(frozen=True)
class Adoption:
    """A draft that a vote adopted, as the room above tells it; `vote` is what `draft_resolution` takes."""

    key: str  # public id of the poll; of one of several questions with its place: "<id>:2"
    title: str
    vote: dict
    adopted_on: date
    session_name: str = ""
    session_url: str = ""
    draft: Document | None = None


# Who knows what was adopted: told by the room that holds the votes.
_adoptions: list[Callable[[User, Council], list[Adoption]]] = []


def register_adoptions(rule: Callable[[User, Council], list[Adoption]]):
    """Register who lists the adopted drafts of a council that a person's desk may turn into resolutions."""
    _adoptions.append(rule)
    return rule


def adoptions_waiting(user: User, council: Council) -> list[Adoption]:
    """Adopted drafts that have no resolution yet, in the order in which they were adopted."""
    if not can_keep_register(user, council):
        return []
    done = {row.get("poll") for row in council.resolutions.values_list("adoption", flat=True)}
    found = [adoption for rule in _adoptions for adoption in rule(user, council)]
    return [adoption for adoption in found if adoption.key not in done]


def resolutions_for(user: User, council: Council):
    """The resolutions that a person may work on: all for the office, none for anybody else."""
    if not can_keep_register(user, council):
        return Resolution.objects.none()
    return Resolution.objects.filter(council=council).order_by("-created_at", "-pk")


def get_resolution_for(user: User, council: Council, public_id: UUID | str) -> Resolution:
    """One resolution on the office's desk, else Http404."""
    try:
        return resolutions_for(user, council).select_related("term", "council", "draft").get(public_id=public_id)
    except Resolution.DoesNotExist:
        raise Http404 from None
