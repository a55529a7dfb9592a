"""Papers and resolutions over the API: the same verbs, the same services, the same second factor.

A person lists and reads the papers that he or she may read on the screens; published resolutions are
for everybody. What is hidden is 404. The office's acts need the second factor of the day, or a token,
which is given out behind it; numbering and publishing need a person at a screen.
"""

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from council.api import ask_for_a_person
from council.errors import BadInput, NotAllowed
from council.models import Body
from council.second_factor import OFFICE, has_stepped_up, is_privileged
from documents import finding, search, serializers, services
from documents.find_views import sees_office_papers
from documents.models import Document, Resolution
from documents.permissions import can_keep_register
from documents.selectors import (
    adoptions_waiting,
    get_document_for,
    get_version,
    published_resolutions,
    readable_documents,
    resolutions_for,
    with_current_version,
)

REFUSALS = {
    403: serializers.RefusedOut,
    404: serializers.RefusedOut,
    409: serializers.RefusedOut,
    422: serializers.FaultsOut,
}


class HouseView(APIView):
    """What all views of this room share."""

    permission_classes = [IsAuthenticated]

    def ask_second_factor(self) -> None:
        """Chair's, secretary's and office's acts are theirs only behind it."""
        request = self.request
        if request.auth is not None or not is_privileged(request.user, request.council):
            return
        if not has_stepped_up(request.session.session_key, request.user, OFFICE):
            raise NotAllowed(_("Hãy xác nhận lớp bảo vệ thứ hai trên máy này, rồi làm lại."))

    def cleaned(self, serializer) -> dict:
        said = serializer(data=self.request.data)
        said.is_valid(raise_exception=True)
        return dict(said.validated_data)

    def handle_exception(self, exc):
        response = super().handle_exception(exc)
        if isinstance(exc, BadInput) and exc.faults:
            response.data["faults"] = [str(fault) for fault in exc.faults]
        return response


class Documents(HouseView, ListAPIView):
    """The papers that I may read, and bringing one."""

    serializer_class = serializers.DocumentOut
    queryset = Document.objects.none()

    def get_queryset(self):
        mine = readable_documents(self.request.user, self.request.council)
        return with_current_version(mine).order_by("-pk")

    @extend_schema(
        request={"multipart/form-data": serializers.PaperIn}, responses={201: serializers.DocumentOut, **REFUSALS}
    )
    def post(self, request):
        """Bring a paper. 422 says in words why a file is not taken."""
        self.ask_second_factor()
        said = self.cleaned(serializers.PaperIn)
        body = None
        if said["body"]:
            body = Body.objects.filter(council=request.council, public_id=said["body"]).first()
            if body is None:
                raise Http404
        upload = said.pop("file")
        version = services.add_paper(
            council=request.council, by=request.user, upload=upload, **said | {"body": body}
        )
        return Response(serializers.DocumentOut(version.document).data, status=status.HTTP_201_CREATED)


class DocumentView(HouseView):
    def document(self) -> Document:
        return get_document_for(self.request.user, self.request.council, self.kwargs["document_id"])

    def shown(self, document, status_=status.HTTP_200_OK) -> Response:
        return Response(serializers.DocumentOut(document).data, status=status_)


class OneDocument(DocumentView):
    @extend_schema(responses={200: serializers.DocumentOut, **REFUSALS})
    def get(self, request, document_id):
        """One paper with its newest version."""
        return self.shown(self.document())


class Versions(DocumentView):
    @extend_schema(
        request={"multipart/form-data": serializers.FileIn}, responses={201: serializers.DocumentOut, **REFUSALS}
    )
    def post(self, request, document_id):
        """Add a newer version; the older ones stay."""
        document = self.document()
        self.ask_second_factor()
        services.replace_paper(document=document, by=request.user, upload=self.cleaned(serializers.FileIn)["file"])
        return self.shown(document, status.HTTP_201_CREATED)


class Visibility(DocumentView):
    @extend_schema(request=serializers.VisibilityIn, responses={200: serializers.DocumentOut, **REFUSALS})
    def post(self, request, document_id):
        """Say who may read it."""
        document = self.document()
        self.ask_second_factor()
        said = self.cleaned(serializers.VisibilityIn)
        if said["visibility"] == Document.Visibility.PUBLIC:
            ask_for_a_person(request)
        return self.shown(services.set_visibility(document=document, by=request.user, **said))


class Withdrawal(DocumentView):
    @extend_schema(request=serializers.NothingIn, responses={204: None, **REFUSALS})
    def post(self, request, document_id):
        """Take it away from all readers."""
        document = self.document()
        self.ask_second_factor()
        self.cleaned(serializers.NothingIn)
        services.withdraw_paper(document=document, by=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)


class Progress(DocumentView):
    @extend_schema(request=serializers.ProgressIn, responses={204: None, **REFUSALS})
    def post(self, request, document_id):
        """Remember the page to come back to."""
        document, said = self.document(), self.cleaned(serializers.ProgressIn)
        version = get_version(document, said["version"])
        services.note_opened(version=version, user=request.user, page=said["page"])
        return Response(status=status.HTTP_204_NO_CONTENT)


class Search(HouseView):
    """Search in the papers that I may read; without an account in the public ones."""

    permission_classes = [AllowAny]  # who may read is a part of the question
    page_size = 20

    @extend_schema(parameters=[serializers.SearchQuery], responses={200: serializers.SearchOut, **REFUSALS})
    def get(self, request):
        """With and without marks; quotes keep words together. Best first, pages with the words around."""
        if request.council is None:
            raise Http404
        asked = serializers.SearchQuery(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        said = dict(asked.validated_data)
        words, page = said.pop("q"), said.pop("page")
        question = finding.Question(words, **said)
        with_office = sees_office_papers(request)
        answer = finding.ask(request.user, request.council, question, with_office=with_office)
        keys = answer.keys[(page - 1) * self.page_size : page * self.page_size]
        facets = {
            facet.name: [{"key": key, "words": words, "count": n} for key, words, n in facet.values]
            for facet in answer.facets
        }
        results = [_hit(hit) for hit in finding.shown(answer, keys)]
        out = {"count": answer.count, "results": results, "facets": facets}
        response = Response(serializers.SearchOut(out).data)
        response["Cache-Control"] = "no-store"
        return response


def _hit(hit: finding.Hit) -> dict:
    has_words = not hit.document.is_restricted  # its words go to a screen that says whose it is, never to a program
    pages = [
        {"page": page.number, "around": [{"text": text, "hit": is_lit} for text, is_lit in page.pieces if has_words]}
        for page in hit.pages
    ]
    return {
        "id": hit.document.public_id, "title": hit.document.title, "kind": hit.document.kind,
        "number": hit.document.number, "issuer": hit.document.issuer,
        "version": hit.version.number if hit.version else None, "pages": pages, "more_pages": hit.more_pages,
    }  # fmt: skip


class Resolutions(HouseView, ListAPIView):
    """Published resolutions for everybody; beginning one for the office."""

    permission_classes = [AllowAny]  # what is published is public; writing asks for itself
    serializer_class = serializers.ResolutionLine
    queryset = Resolution.objects.none()

    def get_queryset(self):
        if self.request.council is None:
            raise Http404
        asked = serializers.ResolutionQuery(data=self.request.query_params.dict())
        asked.is_valid(raise_exception=True)
        said, rows = asked.validated_data, published_resolutions(self.request.council)
        if "year" in said:
            rows = rows.filter(adopted_on__year=said["year"])
        if "kind" in said:
            rows = rows.filter(kind=said["kind"])
        return search.search(rows, said["q"])

    @extend_schema(
        parameters=[serializers.ResolutionQuery], responses={200: serializers.ResolutionLine(many=True)}
    )
    def get(self, request):
        """Newest first; `q` finds with and without marks."""
        return super().get(request)

    @extend_schema(request=serializers.NewResolutionIn, responses={201: serializers.ResolutionOut, **REFUSALS})
    def post(self, request):
        """Begin a resolution, by hand or from a declared vote."""
        council = request.council
        if council is None or not can_keep_register(request.user, council):
            raise NotAllowed(_("Chỉ văn phòng được soạn nghị quyết."))
        self.ask_second_factor()
        said = self.cleaned(serializers.NewResolutionIn)
        poll, place, source = said.pop("poll"), said.pop("place"), {}
        if poll:
            keys = {str(poll), f"{poll}:{place}"}
            found = [row for row in adoptions_waiting(request.user, council) if row.key in keys]
            if not found:
                raise Http404
            source = {"adoption": found[0].vote, "session_url": found[0].session_url, "draft": found[0].draft}
        term = council.terms.on(timezone.localdate()).first() or council.terms.first()
        made = services.draft_resolution(council=council, term=term, by=request.user, **said, **source)
        return Response(serializers.ResolutionOut(made).data, status=status.HTTP_201_CREATED)


class ResolutionView(HouseView):
    permission_classes = [AllowAny]  # a published one is public; everything else is 404 for who may not

    def resolution(self, *, to_write: bool = False) -> Resolution:
        """A published resolution, or any one for the office with its second factor."""
        request = self.request
        if request.council is None:
            raise Http404
        rows = resolutions_for(request.user, request.council)
        if not to_write:
            rows = published_resolutions(request.council) | rows
        found = rows.filter(public_id=self.kwargs["resolution_id"]).first()
        if found is None:
            raise Http404
        if to_write or found.state != Resolution.State.PUBLISHED:
            self.ask_second_factor()
        return found

    def shown(self, resolution) -> Response:
        return Response(serializers.ResolutionOut(resolution).data)


class OneResolution(ResolutionView):
    @extend_schema(responses={200: serializers.ResolutionOut, **REFUSALS})
    def get(self, request, resolution_id):
        """One resolution with its text."""
        return self.shown(self.resolution())

    @extend_schema(request=serializers.ResolutionIn, responses={200: serializers.ResolutionOut, **REFUSALS})
    def put(self, request, resolution_id):
        """Write the text anew while it has no number (409 afterwards)."""
        resolution = self.resolution(to_write=True)
        said = self.cleaned(serializers.ResolutionIn)
        return self.shown(services.edit_resolution(resolution=resolution, by=request.user, **said))


class Number(ResolutionView):
    @extend_schema(request=serializers.NothingIn, responses={200: serializers.ResolutionOut, **REFUSALS})
    def post(self, request, resolution_id):
        """Give the next number; 422 lists what the text lacks."""
        resolution = self.resolution(to_write=True)
        ask_for_a_person(request)
        self.cleaned(serializers.NothingIn)
        return self.shown(services.issue_resolution(resolution=resolution, by=request.user))


class Publication(ResolutionView):
    @extend_schema(request=serializers.NothingIn, responses={200: serializers.ResolutionOut, **REFUSALS})
    def post(self, request, resolution_id):
        """Make it public."""
        resolution = self.resolution(to_write=True)
        ask_for_a_person(request)
        self.cleaned(serializers.NothingIn)
        return self.shown(services.publish_resolution(resolution=resolution, by=request.user))
