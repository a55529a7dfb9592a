"""Opinion polls over the API: the same verbs, the same services, the same second factor as on the pages.

Members read what they are asked and answer it; the desk's view needs the second factor of the day, or a
token, which is given out behind it. A program may prepare and read; to send, remind, extend, end and answer
needs a person at a screen. What is hidden is 404.
"""

from django.http import Http404
from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from council.api import ask_for_a_person
from council.errors import BadInput, NotAllowed, WrongState
from council.models import Delegate
from council.permissions import delegate_for
from council.second_factor import OFFICE, has_stepped_up
from voting.models import Poll
from voting.opinions import papers, selectors, serializers, services
from voting.opinions.permissions import can_ask, can_see_desk, is_asked
from voting.serializers import AnswerOut, NothingIn, RefusedOut

REFUSALS = {403: RefusedOut, 404: RefusedOut, 409: RefusedOut, 422: RefusedOut}


class OpinionView(APIView):
    """What all views of one opinion poll share."""

    permission_classes = [IsAuthenticated]

    def ask_second_factor(self) -> None:
        request = self.request
        if request.auth is not None:  # a token is given out behind the second factor
            return
        if not has_stepped_up(request.session.session_key, request.user, OFFICE):
            raise NotAllowed(_("Hãy xác nhận lớp bảo vệ thứ hai trên máy này, rồi làm lại."))

    def poll(self) -> Poll:
        """One that this person may read: once it was sent for members, before that with the second factor."""
        found = selectors.get_opinion_for(self.request.user, self.request.council, self.kwargs["opinion"])
        if found.state == Poll.State.DRAFT:
            self.ask_second_factor()
        return found

    def poll_to_run(self) -> Poll:
        """One whose body this person's office serves, with the second factor given at a screen (0008)."""
        found = selectors.get_opinion_for_desk(self.request.user, self.request.council, self.kwargs["opinion"])
        if not can_ask(self.request.user, found.body):
            raise Http404
        ask_for_a_person(self.request)
        self.ask_second_factor()
        return found

    def cleaned(self, serializer) -> dict:
        said = serializer(data=self.request.data)
        said.is_valid(raise_exception=True)
        return dict(said.validated_data)

    def handle_exception(self, exc):
        response = super().handle_exception(exc)
        if isinstance(exc, WrongState) and "opinion" in self.kwargs:
            response.data["state"] = Poll.objects.get(public_id=self.kwargs["opinion"]).state
        return response


def _shown(poll: Poll) -> dict:
    return serializers.OpinionOut(selectors.Polls.get(pk=poll.pk)).data


class Opinions(ListAPIView, OpinionView):
    """What I am asked, newest first, and what my desk asks; prepare one."""

    serializer_class = serializers.OpinionLine
    filterset_fields = ["state"]

    def get_queryset(self):
        if getattr(self, "swagger_fake_view", False) or self.request.council is None:
            return Poll.objects.none()
        user, council = self.request.user, self.request.council
        asked = selectors.opinions_of(delegate_for(user, council)).order_by().values("pk")
        served = selectors.opinions_for_desk(user, council)
        if not self._has_factor():
            served = served.exclude(state=Poll.State.DRAFT)
        return selectors.Polls.filter(pk__in=asked).order_by("-pk") | served

    def _has_factor(self) -> bool:
        try:
            self.ask_second_factor()
        except NotAllowed:
            return False
        return True

    @extend_schema(request=serializers.OpinionIn, responses={201: serializers.OpinionOut, **REFUSALS})
    def post(self, request):
        """Prepare an opinion poll; nobody sees it before it is sent."""
        bodies = selectors.bodies_asked_by(request.user, request.council) if request.council else []
        if not bodies:
            raise NotAllowed(_("Chỉ văn phòng phục vụ cơ quan này được xin ý kiến."))
        self.ask_second_factor()
        said = self.cleaned(serializers.OpinionIn)
        wanted = said.pop("body")
        body = next((b for b in bodies if b.public_id == wanted), None)
        if body is None:
            raise Http404
        offered = {paper.document: paper for paper in papers.offered(request.user, body)}
        ids = said.pop("papers")
        if set(ids) - set(offered):
            raise BadInput(_("Có tài liệu mà thành viên cơ quan này không đọc được."))
        poll = services.prepare_opinion(
            council=request.council, body=body, by=request.user, papers=[offered[pk] for pk in ids], **said
        )
        return Response(_shown(poll), status=status.HTTP_201_CREATED)


class OneOpinion(OpinionView):
    @extend_schema(responses={200: serializers.OpinionOut, 404: RefusedOut})
    def get(self, request, opinion):
        return Response(_shown(self.poll()))


class Send(OpinionView):
    @extend_schema(request=NothingIn, responses={200: serializers.OpinionOut, **REFUSALS})
    def post(self, request, opinion):
        """Ask: freeze the roll and write to the members; sending twice changes nothing."""
        poll = self.poll_to_run()
        self.cleaned(NothingIn)
        return Response(_shown(services.send_opinion(poll=poll, by=request.user)))


class Remind(OpinionView):
    @extend_schema(request=NothingIn, responses={200: serializers.RemindedOut, **REFUSALS})
    def post(self, request, opinion):
        """Write to everybody who has not answered; at most once in half an hour."""
        poll = self.poll_to_run()
        self.cleaned(NothingIn)
        return Response({"missing": services.remind_now(poll=poll, by=request.user)})


class Extend(OpinionView):
    @extend_schema(request=serializers.ExtendIn, responses={200: serializers.OpinionOut, **REFUSALS})
    def post(self, request, opinion):
        """Give more time, with a reason; only ever later, and never once the deadline has come."""
        poll = self.poll_to_run()
        said = self.cleaned(serializers.ExtendIn)
        services.extend_deadline(poll=poll, until=said["closes_at"], reason=said["reason"], by=request.user)
        return Response(_shown(poll))


class Close(OpinionView):
    @extend_schema(request=serializers.ReasonIn, responses={200: serializers.OpinionOut, **REFUSALS})
    def post(self, request, opinion):
        """End before the deadline: when everybody has answered, or with a reason."""
        poll = self.poll_to_run()
        services.close_early(poll=poll, by=request.user, **self.cleaned(serializers.ReasonIn))
        return Response(_shown(poll))


class Publish(OpinionView):
    @extend_schema(request=NothingIn, responses={200: serializers.OpinionOut, **REFUSALS})
    def post(self, request, opinion):
        """Tell the members the result; from then on it is final."""
        poll = self.poll_to_run()
        self.cleaned(NothingIn)
        return Response(_shown(services.publish_result(poll=poll, by=request.user)))


class Cancel(OpinionView):
    @extend_schema(request=serializers.ReasonIn, responses={200: serializers.OpinionOut, **REFUSALS})
    def post(self, request, opinion):
        """Call it off, with a reason that everybody asked reads."""
        poll = self.poll_to_run()
        services.cancel_opinion(poll=poll, by=request.user, **self.cleaned(serializers.ReasonIn))
        return Response(_shown(poll))


class Answers(OpinionView):
    @extend_schema(request=serializers.OpinionAnswerIn, responses={200: AnswerOut, 409: AnswerOut, **REFUSALS})
    def post(self, request, opinion):
        """Send or change my own answer. 200 recorded; 409 stale, or refused after the deadline."""
        poll = selectors.get_opinion_for(request.user, request.council, opinion)
        delegate = delegate_for(request.user, request.council)
        if delegate is None or not is_asked(request.user, poll):
            raise NotAllowed(_("Chỉ đại biểu có tên trong danh sách được xin ý kiến mới trả lời được."))
        ask_for_a_person(request)
        said = services.answer_opinion(
            poll=poll, delegate=delegate, by=request.user, **self.cleaned(serializers.OpinionAnswerIn)
        )
        return Response(said.as_json(), status=said.status)


class MyAnswer(OpinionView):
    @extend_schema(responses={200: serializers.MyAnswerOut, 404: RefusedOut})
    def get(self, request, opinion):
        """My own answer as it counts now; 404 when I gave none."""
        poll = selectors.get_opinion_for(request.user, request.council, opinion)
        mine = selectors.my_answer(poll, delegate_for(request.user, request.council))
        if mine is None:
            raise Http404
        return Response(serializers.MyAnswerOut(mine).data)


class PaperAnswers(OpinionView):
    @extend_schema(request=serializers.PaperAnswerIn, responses={201: serializers.ProgressOut, **REFUSALS})
    def post(self, request, opinion):
        """Enter an answer that came on paper; it bears who and why."""
        poll = self.poll_to_run()
        said = self.cleaned(serializers.PaperAnswerIn)
        delegate = Delegate.objects.filter(council=request.council, public_id=said.pop("delegate")).first()
        if delegate is None:
            raise BadInput(_("Đại biểu không có tên trong danh sách được xin ý kiến."))
        services.enter_answer(poll=poll, delegate=delegate, by=request.user, **said)
        return Response(_progress(poll), status=status.HTTP_201_CREATED)


class Progress(OpinionView):
    @extend_schema(responses={200: serializers.ProgressOut, **REFUSALS})
    def get(self, request, opinion):
        """How far it is, for the desk: who has not answered, never what the others did."""
        poll = selectors.get_opinion_for_desk(request.user, request.council, opinion)
        self.ask_second_factor()
        return Response(_progress(poll))


def _progress(poll: Poll) -> dict:
    if poll.is_sealed:
        out = poll.hand_outs.count()
        waits = poll.is_open and selectors.secret.phase_of(poll) == selectors.secret.Phase.HANDING_OUT
        missing = [entry.name for entry in selectors.to_remind(poll)] if waits else []
        return {"answered": out, "total": poll.entitled, "missing": missing}
    missing = selectors.unanswered(poll)
    return {
        "answered": poll.entitled - len(missing),
        "total": poll.entitled,
        "missing": [entry.name for entry in missing],
    }


class Outcome(OpinionView):
    @extend_schema(responses={200: serializers.OutcomeOut, 404: RefusedOut})
    def get(self, request, opinion):
        """The result, after the close: names and texts as far as I may see them."""
        poll = selectors.get_opinion_for(request.user, request.council, opinion)
        if can_see_desk(request.user, poll):
            self.ask_second_factor()
        found = selectors.outcome(poll, request.user)
        if found is None:
            raise Http404
        return Response(serializers.OutcomeOut(found).data)


_one = "opinions/<uuid:opinion>"
api_urls = [
    path("opinions", Opinions.as_view(), name="api-opinions"),
    path(_one, OneOpinion.as_view(), name="api-opinion"),
    path(f"{_one}/send", Send.as_view(), name="api-opinion-send"),
    path(f"{_one}/remind", Remind.as_view(), name="api-opinion-remind"),
    path(f"{_one}/extend", Extend.as_view(), name="api-opinion-extend"),
    path(f"{_one}/close", Close.as_view(), name="api-opinion-close"),
    path(f"{_one}/publish", Publish.as_view(), name="api-opinion-publish"),
    path(f"{_one}/cancel", Cancel.as_view(), name="api-opinion-cancel"),
    path(f"{_one}/answers", Answers.as_view(), name="api-opinion-answers"),
    path(f"{_one}/my-answer", MyAnswer.as_view(), name="api-opinion-my-answer"),
    path(f"{_one}/paper-answers", PaperAnswers.as_view(), name="api-opinion-paper-answers"),
    path(f"{_one}/progress", Progress.as_view(), name="api-opinion-progress"),
    path(f"{_one}/result", Outcome.as_view(), name="api-opinion-result"),
]
