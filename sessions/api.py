"""Sessions over the API: the same verbs, the same services, the same second factor as on the screens.

A member reads the convened sessions of the own bodies. The desk's view (drafts, deliveries) and its acts
need the second factor of the day, or a token, which is given out behind it; to convene needs a person at a
screen. What is hidden is 404.
"""

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from council.api import ask_for_a_person
from council.errors import BadInput, NotAllowed
from council.permissions import Role, is_member
from council.second_factor import OFFICE, has_stepped_up
from documents.models import Document
from sessions import importing, selectors, serializers, services
from sessions.models import CouncilSession, ItemPaper
from sessions.permissions import bodies_served, can_see_desk
from sessions.selectors_room import known_to
from voting.serializers import RefusedOut

REFUSALS = {403: RefusedOut, 404: RefusedOut, 409: RefusedOut}


def has_second_factor(request) -> bool:
    if request.auth is not None:  # a token is given out behind it, and carries the office's work alone (0008)
        return True
    return has_stepped_up(request.session.session_key, request.user, OFFICE)


class SessionView(APIView):
    """What all views of one session share."""

    permission_classes = [IsAuthenticated]

    def council_session(self) -> CouncilSession:
        """A session that this person attends, as a member or at its desk."""
        found = selectors.get_attended_session_for(self.request.user, self.request.council, self.kwargs["session_id"])
        if found.state == CouncilSession.State.DRAFT or not is_member(self.request.user, found.body):
            self.ask_second_factor()
        return found

    def prepared_session(self) -> CouncilSession:
        """A session that this person prepares, with the second factor given."""
        found = selectors.get_prepared_session_for(self.request.user, self.request.council, self.kwargs["session_id"])
        self.ask_second_factor()
        return found

    def ask_second_factor(self) -> None:
        if not has_second_factor(self.request):
            raise NotAllowed(_("Hãy xác nhận lớp bảo vệ thứ hai trên máy này, rồi làm lại."))

    def cleaned(self, serializer) -> dict:
        said = serializer(data=self.request.data)
        said.is_valid(raise_exception=True)
        return said.validated_data

    def handle_exception(self, exc):
        response = super().handle_exception(exc)
        if isinstance(exc, BadInput) and exc.faults:
            response.data["faults"] = [str(fault) for fault in exc.faults]
        return response


class Sessions(ListAPIView):
    """The sessions and meetings that I attend or prepare, newest first."""

    permission_classes = [IsAuthenticated]
    serializer_class = serializers.SessionLine
    filterset_fields = ["state", "kind"]

    def get_queryset(self):
        if getattr(self, "swagger_fake_view", False) or self.request.council is None:
            return CouncilSession.objects.none()
        found = selectors.attended_sessions(self.request.user, self.request.council)
        if not has_second_factor(self.request):
            found = found.exclude(state=CouncilSession.State.DRAFT).filter(
                body__in=self.request.user.memberships.filter(ends_on=None).values("body")
            )
        return found.order_by("-starts_on", "-pk")


class OneSession(SessionView):
    @extend_schema(responses={200: serializers.SessionLine, **REFUSALS})
    def get(self, request, session_id):
        return Response(serializers.SessionLine(self.council_session()).data)


class Agenda(SessionView):
    """The sittings with their items, in order."""

    @extend_schema(responses={200: serializers.SittingOut(many=True), **REFUSALS})
    def get(self, request, session_id):
        return Response(serializers.SittingOut(selectors.agenda(self.council_session()), many=True).data)


class Papers(SessionView):
    """The papers: all that the agenda names for the desk, those that are there for members."""

    @extend_schema(responses={200: serializers.PaperOut(many=True), **REFUSALS})
    def get(self, request, session_id):
        council_session = self.council_session()
        papers = (
            ItemPaper.objects.filter(item__council_session=council_session)
            .select_related("item", "document")
            .order_by("item__number", "order", "pk")
        )
        papers = papers.filter(pk__in=known_to(request.user, council_session))
        if not (can_see_desk(request.user, council_session) and has_second_factor(request)):
            papers = papers.filter(document__withdrawn_at=None).exclude(document=None)
            papers = papers.exclude(document__visibility=Document.Visibility.OFFICE)
        return Response(serializers.PaperOut(papers, many=True).data)


class PaperFile(SessionView):
    """Put a PDF at a paper: the first makes its document, a later one is a new version."""

    @extend_schema(request=serializers.FileIn, responses={200: serializers.PaperOut, 422: RefusedOut, **REFUSALS})
    def post(self, request, session_id, paper_id):
        council_session = self.prepared_session()
        paper = (
            ItemPaper.objects.filter(item__council_session=council_session, public_id=paper_id)
            .select_related("item__sitting", "item__council_session__body", "document")
            .first()
        )
        if paper is None:
            raise Http404
        said = self.cleaned(serializers.FileIn)
        services.file_paper(paper=paper, by=request.user, upload=said["file"])
        return Response(serializers.PaperOut(paper).data)


class Import(SessionView):
    """A session from a file of the template: whole, or not at all with every fault."""

    @extend_schema(
        request=serializers.ImportIn,
        responses={200: serializers.ImportedOut, 201: serializers.ImportedOut, 422: serializers.FaultsOut, **REFUSALS},
    )
    def post(self, request):
        bodies = bodies_served(request.user, request.council, Role.OFFICE) if request.council else None
        if not bodies:
            raise Http404
        self.ask_second_factor()
        said = self.cleaned(serializers.ImportIn)
        body = bodies.filter(public_id=said["body"]).first()
        if body is None:
            raise Http404
        file = said["file"]
        if file.size > importing.MAX_BYTES:
            raise BadInput(_("Tệp lớn hơn 5 MB."))
        plan = importing.read(name=file.name, data=file.read(), council=request.council)
        made = None
        if not said["dry_run"]:
            made = services.create_from_plan(council=request.council, body=body, by=request.user, plan=plan)
        found = {
            "session": made.public_id if made else None,
            "sittings": len(plan.sittings),
            "items": len(plan.items),
            "papers": len(plan.papers),
        }
        return Response(
            serializers.ImportedOut(found).data, status=status.HTTP_201_CREATED if made else status.HTTP_200_OK
        )


class NoticeOfSession(SessionView):
    """Convene, once; then how far the notice got with each delegate."""

    @extend_schema(responses={200: serializers.NoticeOut, **REFUSALS})
    def get(self, request, session_id):
        council_session = selectors.get_council_session_for(request.user, request.council, session_id)
        self.ask_second_factor()
        return Response(self._shown(council_session))

    @extend_schema(
        request=serializers.NoticeIn, responses={200: serializers.NoticeOut, 422: RefusedOut, **REFUSALS}
    )
    def post(self, request, session_id):
        council_session = self.prepared_session()
        ask_for_a_person(request)
        said = self.cleaned(serializers.NoticeIn)
        services.send_notice(council_session=council_session, by=request.user, **said)
        return Response(self._shown(council_session))

    def _shown(self, council_session) -> dict:
        notice = selectors.current_notice(council_session)
        if notice is None:
            raise Http404
        return serializers.NoticeOut({"notice": notice, "delivery": selectors.delivery_of(notice)}).data
