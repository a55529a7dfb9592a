"""Opening a paper by its address: for who may read it, and the office's own behind the office's second factor."""

from functools import wraps

from council.second_factor import OFFICE, ask, has_stepped_up, is_privileged
from documents.models import Document
from documents.selectors import get_document_for, get_version


def needs_second_factor(request, document: Document) -> bool:
    """The office's own papers open behind the office's second factor."""
    if document.visibility != Document.Visibility.OFFICE or not is_privileged(request.user, request.council):
        return False
    return not has_stepped_up(request.session.session_key, request.user, OFFICE)


def of_paper(view):
    """Give a view the paper in place of its id. Http404 for who may not read it."""

    @wraps(view)
    def opened(request, public_id, *args, **kwargs):
        document = get_document_for(request.user, request.council, public_id)
        if needs_second_factor(request, document):
            return ask(request, OFFICE)
        return view(request, document, *args, **kwargs)

    return opened


def of_version(view):
    """Give a view the paper and a ready version in place of id and number. Http404 where there is none to read."""

    @of_paper
    @wraps(view)
    def opened(request, document, number, *args, **kwargs):
        return view(request, document, get_version(document, number), *args, **kwargs)

    return opened
