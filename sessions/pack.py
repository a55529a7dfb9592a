"""What a session consists of on a tablet that takes it along: its agenda and the papers that its reader may read."""

from django.urls import reverse
from django.utils import timezone

from council.models import User
from documents import pack
from documents.door import ticket_for
from documents.models import Document
from documents.offline import days_kept
from documents.selectors import with_current_version
from sessions.models import AgendaItem, CouncilSession, ItemPaper
from sessions.selectors_room import agenda_for, is_readable

FORMAT = 1


def can_travel(council_session: CouncilSession) -> bool:
    """Whether a session is still taken along: until the council's days after its last one have passed."""
    gone = timezone.localdate() - council_session.ends_on
    return gone.days <= days_kept(council_session.council)


def manifest(council_session: CouncilSession, user: User) -> dict:
    """The whole of what belongs to a session for one reader, with the digest of every file.

    A paper that is not in it any more (withdrawn, no longer readable) is removed from the tablet.
    """
    items = agenda_for(user, council_session)
    # What the person knows of with a document is what the person may read: not asked twice, a hall asks at once.
    ids = {paper.document_id for item in items for paper in item.known_papers if is_readable(paper)}
    documents = list(with_current_version(Document.objects.filter(pk__in=ids)))
    taken = [document for document in documents if pack.can_travel(document)]
    papers = pack.papers_in(
        taken,
        lambda row: reverse("documents:pack_file", args=[ticket_for(row, user)]),
    )
    known = {document.pk: document for document in documents}
    sittings = [
        {
            "number": sitting.number,
            "title": sitting.title,
            "date": sitting.date.isoformat(),
            "starts_at": sitting.starts_at.isoformat("minutes"),
            "items": [_item(item, known, papers) for item in items if item.sitting_id == sitting.pk],
        }
        for sitting in council_session.sittings.order_by("number")
    ]
    return {
        "format": FORMAT,
        "piece": pack.PIECE,
        "session": {
            "id": str(council_session.public_id),
            "title": council_session.title,
            "place": council_session.place,
            "starts_on": council_session.starts_on.isoformat(),
            "ends_on": council_session.ends_on.isoformat(),
        },
        "reader": user.get_full_name(),
        "sittings": sittings,
        "papers": papers,
        "notes": pack.notes_in(taken, user),
    }


def _item(item: AgendaItem, known: dict, papers: dict) -> dict:
    return {
        "number": item.number,
        "title": item.title,
        "kind": str(item.get_kind_display()),
        "presenter": item.presenter,
        "starts_at": item.starts_at.isoformat("minutes") if item.starts_at else "",
        "papers": [line for paper in item.known_papers if (line := _paper(paper, known, papers))],
    }


def _paper(paper: ItemPaper, known: dict, papers: dict) -> dict | None:
    """A line of the agenda. `document` names what the tablet has; else `away` says why it has it not: "missing"
    (nobody has filed it yet) or "online" (read with a network only). None for what is not this reader's."""
    line = {"title": paper.title, "kind": str(paper.get_kind_display()), "number": paper.number, "document": ""}
    if paper.document_id is None:
        return line | {"away": "missing"}
    document = known.get(paper.document_id)
    if document is None:
        return None
    key = str(document.public_id)
    return line | ({"document": key, "away": ""} if key in papers else {"away": "online"})


def size_of(manifest: dict) -> tuple[int, int]:
    """(papers, bytes) that a tablet takes along, files that several papers share counted once."""
    papers = manifest["papers"].values()
    files = {file["sha256"]: file["size"] for paper in papers for file in paper["files"]}
    return len(papers), sum(files.values())
