"""Polls over the API: the same verbs, the same services, the same second factor as on the screens.

Acts of the desk need a session in which the second factor was given for that room; a bare token never
carries them. A poll that a person may not see is 404.
"""

from dataclasses import asdict

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
from council.errors import NotAllowed, WrongState
from council.models import Delegate
from council.second_factor import has_stepped_up
from voting import ballot_box, objections, services
from voting.models import Poll, Vote
from voting.permissions import can_run, desk_of, seat_in
from voting.secret import services as secret
from voting.selectors import (
    get_poll_for,
    get_result_for,
    my_vote,
    named_votes,
    naming_for,
    polls_for,
)
from voting.serializers import (
    AnswerOut,
    BallotIn,
    CancelIn,
    DeclareIn,
    EnteredIn,
    MyVoteOut,
    NamedListOut,
    NothingIn,
    ObjectIn,
    ObjectionOut,
    PollLine,
    PollOut,
    PrepareIn,
    RefusedOut,
    RejectIn,
)

REFUSALS = {403: RefusedOut, 404: RefusedOut, 409: RefusedOut, 422: RefusedOut}


class PollView(APIView):
    """What all views of one poll share."""

    permission_classes = [IsAuthenticated]

    def poll(self) -> Poll:
        found = get_poll_for(self.request.user, self.request.council, self.kwargs["public_id"])
        if found is None:
            raise Http404
        return found

    def poll_to_run(self) -> Poll:
        """A poll of the desk's own room, with the second factor given; others learn nothing."""
        found = self.poll()
        _ask_second_factor(self.request, found.room)
        return found

    def cleaned(self, serializer) -> dict:
        said = serializer(data=self.request.data)
        said.is_valid(raise_exception=True)
        return said.validated_data

    def handle_exception(self, exc):
        response = super().handle_exception(exc)
        if isinstance(exc, WrongState) and "public_id" in self.kwargs:
            response.data["state"] = self.poll().state
        return response


def _ask_second_factor(request, room: str) -> None:
    if can_run(request.user, room) and not has_stepped_up(request.session.session_key, request.user, room):
        raise NotAllowed(_("Hãy xác nhận lớp bảo vệ thứ hai trên máy này, rồi làm lại."))


def _shown(poll: Poll) -> dict:
    """A poll as it is now."""
    return PollOut(Poll.objects.select_related("body").get(pk=poll.pk)).data


class Polls(ListAPIView, PollView):
    """The polls that I may see, newest first; prepare one."""

    serializer_class = PollLine
    filterset_fields = ["state", "room"]

    def get_queryset(self):
        if getattr(self, "swagger_fake_view", False):
            return Poll.objects.none()
        return polls_for(self.request.user, self.request.council)

    @extend_schema(request=PrepareIn, responses={201: PollOut, **REFUSALS})
    def post(self, request):
        """Prepare a vote in a room; a sitting holds it on the item that it is at."""
        said = self.cleaned(PrepareIn)
        room = said.pop("room")
        _ask_second_factor(request, room)
        desk = desk_of(room)
        if desk is None or desk.prepare is None or not can_run(request.user, room):
            raise NotAllowed(_("Chỉ chủ tọa hoặc thư ký của phiên họp được chuẩn bị biểu quyết."))
        poll = desk.prepare(room, by=request.user, **said)
        return Response(_shown(poll), status=status.HTTP_201_CREATED)


class OnePoll(PollView):
    @extend_schema(responses={200: PollOut, 404: RefusedOut})
    def get(self, request, public_id):
        return Response(_shown(self.poll()))


class Open(PollView):
    @extend_schema(request=NothingIn, responses={200: PollOut, **REFUSALS})
    def post(self, request, public_id):
        """Open a prepared vote for the members of its room, with their presence as it is now."""
        poll = self.poll_to_run()
        self.cleaned(NothingIn)
        desk = desk_of(poll.room)
        if desk is None or desk.open is None:
            raise NotAllowed(_("Chỉ chủ tọa của phiên họp được mở biểu quyết."))
        desk.open(poll, by=request.user)
        return Response(_shown(poll))


class StartCasting(PollView):
    @extend_schema(request=NothingIn, responses={200: PollOut, **REFUSALS})
    def post(self, request, public_id):
        """Go on from handing out the ballots of a secret vote on tablets to casting them."""
        poll = self.poll_to_run()
        self.cleaned(NothingIn)
        secret.start_casting(poll=poll, by=request.user)
        return Response(_shown(poll))


class Close(PollView):
    @extend_schema(request=NothingIn, responses={200: PollOut, **REFUSALS})
    def post(self, request, public_id):
        """Stop taking votes and count them; closing twice gives the same result."""
        poll = self.poll_to_run()
        self.cleaned(NothingIn)
        services.close_poll(poll=poll, by=request.user)
        return Response(_shown(poll))


class Declare(PollView):
    @extend_schema(request=DeclareIn, responses={200: PollOut, **REFUSALS})
    def post(self, request, public_id):
        """Declare the result; from then on it is public and final. An objection without answer bars it once."""
        poll = self.poll_to_run()
        services.declare_result(poll=poll, by=request.user, **self.cleaned(DeclareIn))
        return Response(_shown(poll))


class Objections(PollView):
    @extend_schema(request=ObjectIn, responses={201: ObjectionOut, **REFUSALS})
    def post(self, request, public_id):
        """Say that my own vote is recorded wrongly, within the time that the council sets after the close."""
        seat = seat_in(request.user, request.council, public_id)
        if seat.status == 404:
            raise Http404
        if seat.delegate_id is None:
            raise NotAllowed(seat.words)
        made = objections.object_to_record(
            poll=Poll.objects.get(public_id=public_id),
            delegate=Delegate.objects.get(pk=seat.delegate_id),
            words=self.cleaned(ObjectIn)["words"],
            by=request.user,
        )
        return Response(ObjectionOut(made).data, status=status.HTTP_201_CREATED)


class RejectObjection(PollView):
    @extend_schema(request=RejectIn, responses={200: ObjectionOut, **REFUSALS})
    def post(self, request, public_id, objection):
        """The chair answers that the record stands; to uphold an objection, cancel the poll or vote anew."""
        poll = self.poll_to_run()
        found = poll.objections.filter(public_id=objection).first()
        if found is None:
            raise Http404
        said = objections.reject_objection(objection=found, by=request.user, **self.cleaned(RejectIn))
        return Response(ObjectionOut(said).data)


class Cancel(PollView):
    @extend_schema(request=CancelIn, responses={200: PollOut, **REFUSALS})
    def post(self, request, public_id):
        """Cancel a poll that is not declared, with a reason."""
        poll = self.poll_to_run()
        services.cancel_poll(poll=poll, reason=self.cleaned(CancelIn)["reason"], by=request.user)
        return Response(_shown(poll))


class Ballots(PollView):
    @extend_schema(request=BallotIn, responses={200: AnswerOut, 409: AnswerOut, **REFUSALS})
    def post(self, request, public_id):
        """Cast or change my own vote. 200 recorded; 409 stale or refused, with the current vote."""
        ask_for_a_person(request)
        ballot = self.cleaned(BallotIn)
        seat = seat_in(request.user, request.council, public_id)
        if seat.status == 404:
            raise Http404
        if seat.delegate_id is None:
            raise NotAllowed(seat.words)
        said = ballot_box.cast_and_wait(
            public_id,
            seat.delegate_id,
            ballot["choice"],
            ballot["key"],
            ballot["replaces"],
            Vote.Channel.HTTP,
        )
        return Response(said.as_json(), status=said.status)


class MyVote(PollView):
    @extend_schema(responses={200: MyVoteOut, 404: RefusedOut})
    def get(self, request, public_id):
        """How my own vote is recorded now."""
        seat = seat_in(request.user, request.council, public_id)
        if seat.delegate_id is None:
            raise Http404
        poll = Poll.objects.get(public_id=public_id)
        vote = my_vote(poll, Delegate.objects.get(pk=seat.delegate_id))
        entry = poll.roll.filter(delegate_id=seat.delegate_id).first()
        return Response({"state": poll.state, "vote": ballot_box.as_json(vote, entry)})


class NamedVotes(PollView):
    @extend_schema(responses={200: NamedListOut, 404: RefusedOut})
    def get(self, request, public_id):
        """Who voted how, after the close, as far as the frozen naming setting allows me."""
        found = get_result_for(request.user, request.council, public_id)
        if found is None:
            raise Http404
        poll, audience = found
        naming = naming_for(poll, audience)
        votes = [asdict(line) for line in named_votes(poll, naming)]
        return Response({"naming": naming, "votes": votes})


class EnteredVotes(PollView):
    @extend_schema(request=EnteredIn, responses={201: PollOut, **REFUSALS})
    def post(self, request, public_id):
        """Enter the vote of a present delegate whose tablet does not work; it bears who and why."""
        poll = self.poll_to_run()
        said = self.cleaned(EnteredIn)
        delegate = Delegate.objects.filter(council=request.council, public_id=said.pop("delegate")).first()
        if delegate is None:
            raise NotAllowed(_("Đại biểu không có tên trong danh sách biểu quyết."))
        services.cast_by_secretary(poll=poll, delegate=delegate, by=request.user, **said)
        return Response(_shown(poll), status=status.HTTP_201_CREATED)


api_urls = [
    path("polls", Polls.as_view(), name="api-polls"),
    path("polls/<uuid:public_id>", OnePoll.as_view(), name="api-poll"),
    path("polls/<uuid:public_id>/open", Open.as_view(), name="api-poll-open"),
    path("polls/<uuid:public_id>/start-casting", StartCasting.as_view(), name="api-poll-start-casting"),
    path("polls/<uuid:public_id>/close", Close.as_view(), name="api-poll-close"),
    path("polls/<uuid:public_id>/declare", Declare.as_view(), name="api-poll-declare"),
    path("polls/<uuid:public_id>/objections", Objections.as_view(), name="api-poll-objections"),
    path(
        "polls/<uuid:public_id>/objections/<uuid:objection>/reject",
        RejectObjection.as_view(),
        name="api-poll-objection-reject",
    ),
    path("polls/<uuid:public_id>/cancel", Cancel.as_view(), name="api-poll-cancel"),
    path("polls/<uuid:public_id>/ballots", Ballots.as_view(), name="api-poll-ballots"),
    path("polls/<uuid:public_id>/my-vote", MyVote.as_view(), name="api-poll-my-vote"),
    path("polls/<uuid:public_id>/votes", NamedVotes.as_view(), name="api-poll-votes"),
    path("polls/<uuid:public_id>/entered-votes", EnteredVotes.as_view(), name="api-poll-entered"),
]
