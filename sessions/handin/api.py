"""Papers that were asked for, in JSON: the same verbs, the same services. What is not one's own is 404."""

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from council.errors import BadInput
from sessions.api import REFUSALS, SessionView
from sessions.handin import selectors, services
from sessions.models import HandIn, ItemPaper, PaperRequest
from voting.serializers import RefusedOut, Strict

REFUSED = {422: RefusedOut, **REFUSALS}


class HandInOut(serializers.ModelSerializer):
    """One file as it was handed in, and the office's answer."""

    id = serializers.UUIDField(source="public_id")
    number = serializers.IntegerField(source="version.number")
    name = serializers.CharField(source="version.original_name")
    sha256 = serializers.CharField(source="version.sha256")

    class Meta:
        model = HandIn
        fields = ("id", "number", "name", "sha256", "note", "handed_in_at", "answer", "reason", "answered_at")
        read_only_fields = fields


class RequestOut(serializers.Serializer):
    """A paper that was asked for, of whom, and where it stands today."""

    id = serializers.UUIDField(source="request.public_id")
    paper = serializers.UUIDField(source="request.paper.public_id")
    session = serializers.CharField(source="request.paper.item.council_session.title")
    item = serializers.IntegerField(source="request.paper.item.number")
    kind = serializers.CharField(source="request.paper.kind")
    title = serializers.CharField(source="request.paper.title")
    asked_of = serializers.CharField(source="request.asked_of")
    due_on = serializers.DateField(source="request.due_on")
    days_late = serializers.IntegerField(help_text="Calendar days past the due day, computed for today.")
    state = serializers.ChoiceField(source="request.state", choices=PaperRequest.State.choices)
    words = serializers.CharField()
    note = serializers.CharField(source="request.note")
    hand_ins = HandInOut(source="request.hand_ins", many=True)


class BringIn(Strict):
    file = serializers.FileField(allow_empty_file=True)
    note = serializers.CharField(max_length=1000, required=False, default="", allow_blank=True)


class WantedIn(Strict):
    paper = serializers.UUIDField()
    agency = serializers.UUIDField(required=False, help_text="Either an agency or a board.")
    body = serializers.UUIDField(required=False)


class AskIn(Strict):
    wanted = WantedIn(many=True)
    due_on = serializers.DateField(required=False, allow_null=True, default=None)
    note = serializers.CharField(max_length=1000, required=False, default="", allow_blank=True)


class AskBackIn(Strict):
    reason = serializers.CharField(max_length=1000)
    due_on = serializers.DateField(required=False, allow_null=True, default=None)


def _shown(request: PaperRequest) -> dict:
    return RequestOut(selectors.standing(selectors.with_parts().get(pk=request.pk))).data


class OwnHandIns(APIView):
    """What the office asked of the own agency or board, what is due first before the rest."""

    permission_classes = [IsAuthenticated]

    @extend_schema(responses={200: RequestOut(many=True)})
    def get(self, request):
        if request.council is None:
            raise Http404
        rows = selectors.requests_for(request.user, request.council)
        return Response(RequestOut([selectors.standing(row) for row in rows], many=True).data)


class Bring(APIView):
    """Hand in a file for a paper that was asked for; only the office reads it until it accepts."""

    permission_classes = [IsAuthenticated]

    @extend_schema(request=BringIn, responses={200: RequestOut, **REFUSED})
    def post(self, request, request_id):
        found = selectors.get_request_for(request.user, request.council, request_id)
        said = BringIn(data=request.data)
        said.is_valid(raise_exception=True)
        values = said.validated_data
        services.hand_in(request=found, by=request.user, upload=values["file"], note=values["note"])
        return Response(_shown(found))


class Requests(SessionView):
    """The office: what was asked for a session, and asking for more."""

    @extend_schema(responses={200: RequestOut(many=True), **REFUSALS})
    def get(self, request, session_id):
        rows = selectors.requests_of(self.prepared_session())
        return Response(RequestOut([selectors.standing(row) for row in rows], many=True).data)

    @extend_schema(request=AskIn, responses={200: RequestOut(many=True), **REFUSED})
    def post(self, request, session_id):
        council_session = self.prepared_session()
        said = self.cleaned(AskIn)
        made = services.ask_for_papers(
            council_session=council_session, by=request.user, due_on=said["due_on"], note=said["note"],
            wanted=[self._wanted(council_session, row) for row in said["wanted"]],
        )  # fmt: skip
        return Response([_shown(row) for row in made])

    def _wanted(self, council_session, row: dict) -> services.Wanted:
        papers = ItemPaper.objects.filter(item__council_session=council_session).select_related("item")
        paper = papers.filter(public_id=row["paper"]).first()
        agency = selectors.agencies_of(council_session.council).filter(public_id=row.get("agency")).first()
        body = selectors.boards_of(council_session.council).filter(public_id=row.get("body")).first()
        if paper is None or (agency is None and body is None):
            raise BadInput(_("Văn bản, cơ quan hoặc ban không có ở đây."))
        return services.Wanted(paper, agency, body)


class Accept(SessionView):
    """Take what waits: it becomes the paper of the item, or a new version of it."""

    @extend_schema(request=None, responses={200: RequestOut, **REFUSED})
    def post(self, request, session_id, request_id):
        found = selectors.get_request_of(self.prepared_session(), request_id)
        waiting = found.hand_ins.filter(answer=HandIn.Answer.WAITING).first()
        if waiting is None:
            raise Http404
        services.accept(hand_in=waiting, by=request.user)
        return Response(_shown(found))


class AskBack(SessionView):
    """Ask for another file, with the reason, which is mailed."""

    @extend_schema(request=AskBackIn, responses={200: RequestOut, **REFUSED})
    def post(self, request, session_id, request_id):
        found = selectors.get_request_of(self.prepared_session(), request_id)
        services.ask_back(request=found, by=request.user, **self.cleaned(AskBackIn))
        return Response(_shown(found))
