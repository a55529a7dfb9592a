"""Papers beside a question outside a sitting, and its report in print: this room has papers, polls do not."""

from django.db.models import Q

from council.models import Body, User
from documents import services
from documents.models import Document, Version
from documents.pdf import render_pdf
from documents.selectors import current_version, readable_documents, with_current_version
from voting.opinions.papers import Paper, Source
from voting.opinions.papers import register as register_source

OFFERED = 60  # the newest papers that the members of the body can read


def offer(user: User, body: Body) -> list[Paper]:
    """The newest papers that this person reads and that every member of the body can read too."""
    for_members = Q(visibility=Document.Visibility.PUBLIC) | Q(visibility=Document.Visibility.MEMBERS, body=body)
    found = readable_documents(user, body.council).filter(for_members).order_by("-created_at", "-pk")
    return [_as_value(version) for d in with_current_version(found)[:OFFERED] if (version := current_version(d))]


def bring(user: User, body: Body, upload) -> Paper:
    """Take in a paper for the members of the body, named by its file."""
    title = upload.name.rsplit(".", 1)[0].replace("_", " ").strip() or upload.name
    return _as_value(
        services.add_paper(
            council=body.council, by=user, upload=upload, title=title, kind=Document.Kind.OTHER,
            visibility=Document.Visibility.MEMBERS, body=body,
        )
    )  # fmt: skip


def _as_value(version: Version) -> Paper:
    return Paper(version.document.public_id, version.number, version.document.title, version.sha256)


def register() -> None:
    register_source(Source(offer=offer, bring=bring, print=render_pdf))
