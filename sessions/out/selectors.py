"""What of a session goes out for one person, in the order of the agenda, and what does not, with the reason."""

from dataclasses import dataclass, field

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from council.models import User
from documents.models import Document, Version
from documents.pack import can_travel
from documents.selectors import current_version, readable_documents, with_current_version
from sessions.models import AgendaItem, CouncilSession, ItemPaper, SessionExport
from sessions.selectors_room import agenda_for


@dataclass(frozen=True)
class Part:
    """One paper that goes out, in the version that is current now."""

    item: AgendaItem
    paper: ItemPaper
    version: Version


@dataclass
class Plan:
    parts: list[Part] = field(default_factory=list)
    left_out: list[dict] = field(default_factory=list)  # {"title", "why"}

    @property
    def pages(self) -> int:
        return sum(part.version.pages for part in self.parts)

    @property
    def size(self) -> int:
        """Bytes of all the papers."""
        return sum(part.version.size for part in self.parts)


def plan_for(user: User, council_session: CouncilSession) -> Plan:
    """The papers that a person may take out, as of now; asked anew when the file is made and when it is fetched."""
    items = agenda_for(user, council_session)
    ids = {paper.document_id for item in items for paper in item.known_papers if paper.document_id}
    readable = readable_documents(user, council_session.council).filter(pk__in=ids)
    known = {document.pk: document for document in with_current_version(readable)}
    plan, seen = Plan(), set()
    for item in items:
        for paper in item.known_papers:
            document = known.get(paper.document_id)
            if document is None or document.pk in seen:
                continue
            seen.add(document.pk)
            version = current_version(document)
            if version is None:
                plan.left_out.append({"title": paper.heading, "why": _("chưa xử lý xong")})
            elif not can_travel(document):
                plan.left_out.append({"title": paper.heading, "why": _why_not(document)})
            else:
                plan.parts.append(Part(item, paper, version))
    return plan


def _why_not(document: Document) -> str:
    if document.is_closed:
        return _("tài liệu của phiên họp kín, chỉ đọc trong phần mềm")
    if document.is_restricted:
        return _("tài liệu hạn chế, chỉ đọc trong phần mềm")
    return _("tài liệu của văn phòng")


def own_exports(user: User, council_session: CouncilSession):
    """What this person asked to be made of a session, newest first, as long as it is kept."""
    return SessionExport.objects.filter(user=user, council_session=council_session, expires_at__gt=timezone.now())


def get_export_for(user: User, council_session: CouncilSession, public_id) -> SessionExport:
    """The own finished file of a session, else Http404. Nobody fetches another's.

    Gone as well when a paper in it was withdrawn, closed or replaced by a version that the person may not read.
    """
    found = own_exports(user, council_session).filter(public_id=public_id, state=SessionExport.State.READY).first()
    if found is None:
        raise Http404
    council = council_session.council
    documents = set(Version.objects.filter(pk__in=found.versions).values_list("document", flat=True))
    readable = [row for row in readable_documents(user, council).filter(pk__in=documents) if can_travel(row)]
    if len(readable) != len(documents):
        raise Http404
    return found
