"""The same verbs in JSON: the public's list and page, the office's desk, the agency's desk."""

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.permissions import AllowAny, BasePermission
from rest_framework.response import Response
from rest_framework.views import APIView

from council.api import Pages, ask_for_a_person
from council.errors import BadInput
from council.second_factor import OFFICE, has_stepped_up
from voters import serializers as s
from voters import services
from voters.forms import AGENCY_STATES, DESK_STATES, PUBLIC_STATES
from voters.models import Petition, Reply
from voters.permissions import can_manage, works_for_agency
from voters.selectors import (
    Days,
    get_petition_for,
    get_public_petition,
    get_referral_for,
    narrow,
    petitions_for,
    public_petitions,
    public_replies,
    referrals_for,
    with_referrals,
)

FILTERS = ("words", "place", "topic", "agency", "state", "session")
_PARAMETERS = [
    OpenApiParameter(name, str, description="Filter; see the page of the same list") for name in FILTERS
]


class IsOffice(BasePermission):
    """The office, with the second factor of the day where the session signed in by browser."""

    def has_permission(self, request, view):
        if request.council is None or not can_manage(request.user, request.council):
            return False
        if request.auth is not None:  # a token is given out behind it, and carries the office's work alone (0008)
            return True
        return has_stepped_up(request.session.session_key, request.user, OFFICE)


class IsAgency(BasePermission):
    def has_permission(self, request, view):
        return request.council is not None and works_for_agency(request.user, request.council)


def _chosen(request, states) -> dict:
    """The known filters of a query string; a state that this list does not know filters nothing."""
    chosen = {name: request.query_params[name][:100] for name in FILTERS if request.query_params.get(name)}
    if chosen.get("state") not in {str(state) for state, _label in states}:
        chosen.pop("state", None)
    return chosen


def _paged(view, request, petitions, serializer):
    """A page of petitions as cases."""
    days = Days(request.council)
    pages = Pages()
    page = pages.paginate_queryset(with_referrals(petitions), request, view)
    return pages.get_paginated_response(serializer([days.case(petition) for petition in page], many=True).data)


def _desk(request, petition_id, code: int = status.HTTP_200_OK) -> Response:
    petition = get_petition_for(request.user, request.council, petition_id)
    return Response(s.DeskPetitionSerializer(Days(request.council).case(petition)).data, status=code)


def _input(serializer, request) -> dict:
    form = serializer(data=request.data)
    form.is_valid(raise_exception=True)
    return form.validated_data


class PublicPetitions(APIView):
    """Public petitions, found like on the page /kien-nghi."""

    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="petitions_list", parameters=_PARAMETERS, responses=s.PublicPetitionSerializer(many=True)
    )
    def get(self, request):
        rows = public_petitions(request.council)
        rows = narrow(rows, public=True, **_chosen(request, PUBLIC_STATES))
        return _paged(self, request, rows, s.PublicPetitionSerializer)


class PublicPetition(APIView):
    """One public petition with the sum of its due date and its accepted replies."""

    permission_classes = [AllowAny]

    @extend_schema(operation_id="petitions_read", responses=s.PublicPetitionSerializer)
    def get(self, request, code):
        petition = get_public_petition(request.council, code)
        days = Days(request.council)
        case = days.case(petition)
        data = dict(s.PublicPetitionSerializer(case).data)
        data["due"] = s.DueSerializer(days.explain(case.referral)).data if case.referral else None
        data["replies"] = s.PublicReplySerializer(public_replies(petition), many=True).data
        return Response(data)


class OfficePetitions(APIView):
    """The office's list, and recording a petition."""

    permission_classes = [IsOffice]

    @extend_schema(
        operation_id="office_petitions_list", parameters=_PARAMETERS, responses=s.DeskPetitionSerializer(many=True)
    )
    def get(self, request):
        rows = narrow(petitions_for(request.user, request.council), **_chosen(request, DESK_STATES))
        return _paged(self, request, rows, s.DeskPetitionSerializer)

    @extend_schema(
        operation_id="office_petitions_record",
        request=s.RecordSerializer,
        responses={201: s.DeskPetitionSerializer},
    )
    def post(self, request):
        data = _input(s.RecordSerializer, request)
        petition = services.record_petition(council=request.council, by=request.user, **data)
        return _desk(request, petition.public_id, status.HTTP_201_CREATED)


class OfficePetition(APIView):
    permission_classes = [IsOffice]

    @extend_schema(operation_id="office_petitions_read", responses=s.DeskPetitionSerializer)
    def get(self, request, petition_id):
        return _desk(request, petition_id)


class Refer(APIView):
    """Send a petition to an agency."""

    permission_classes = [IsOffice]

    @extend_schema(
        operation_id="office_petitions_refer", request=s.ReferSerializer, responses=s.DeskPetitionSerializer
    )
    def post(self, request, petition_id):
        petition = get_petition_for(request.user, request.council, petition_id)
        data = dict(_input(s.ReferSerializer, request))
        codes = [data.pop("agency"), *data.pop("supporting", [])]
        known = {agency.code: agency for agency in request.council.agencies.filter(code__in=codes)}
        if missing := [code for code in codes if code not in known]:
            raise BadInput(_("Không có cơ quan %(codes)s.") % {"codes": ", ".join(missing)[:200]})
        agency, *supporting = [known[code] for code in codes]
        services.refer(petition=petition, by=request.user, agency=agency, supporting=supporting, **data)
        return _desk(request, petition_id)


class _Verb(APIView):
    """A verb of the office on one petition: clean, act, show."""

    permission_classes = [IsOffice]
    http_method_names = ["post", "options"]
    serializer = s.ReasonSerializer
    needs_a_person = False  # what the public sees from then on, somebody has looked at

    def act(self, petition: Petition, by, **data):
        raise NotImplementedError

    def post(self, request, petition_id):
        petition = get_petition_for(request.user, request.council, petition_id)
        if self.needs_a_person:
            ask_for_a_person(request)
        self.act(petition, request.user, **_input(self.serializer, request))
        return _desk(request, petition_id)


@extend_schema_view(
    post=extend_schema(
        operation_id="office_petitions_withdraw", request=s.ReasonSerializer, responses=s.DeskPetitionSerializer
    )
)
class Withdraw(_Verb):
    """Take a petition back from its agency."""

    def act(self, petition, by, reason):
        services.withdraw(petition=petition, by=by, reason=reason)


@extend_schema_view(
    post=extend_schema(
        operation_id="office_petitions_reopen", request=s.ReopenSerializer, responses=s.DeskPetitionSerializer
    )
)
class Reopen(_Verb):
    """Ask the same agency again."""

    serializer = s.ReopenSerializer

    def act(self, petition, by, **data):
        services.reopen(petition=petition, by=by, **data)


@extend_schema_view(
    post=extend_schema(
        operation_id="office_petitions_publish", request=s.PublishSerializer, responses=s.DeskPetitionSerializer
    )
)
class Publish(_Verb):
    """Show a petition to the public."""

    serializer = s.PublishSerializer
    needs_a_person = True

    def act(self, petition, by, **data):
        services.publish_petition(petition=petition, by=by, **data)


@extend_schema_view(
    post=extend_schema(
        operation_id="office_petitions_hide", request=s.ReasonSerializer, responses=s.DeskPetitionSerializer
    )
)
class Hide(_Verb):
    """Take a petition off the public pages."""

    def act(self, petition, by, reason):
        services.hide_petition(petition=petition, by=by, reason=reason)


class _ReplyVerb(_Verb):
    def post(self, request, petition_id, reply_id):
        petition = get_petition_for(request.user, request.council, petition_id)
        reply = get_object_or_404(Reply.objects.filter(referral__petition=petition), public_id=reply_id)
        if self.needs_a_person:
            ask_for_a_person(request)
        self.act(reply, request.user, **_input(self.serializer, request))
        return _desk(request, petition_id)


@extend_schema_view(
    post=extend_schema(
        operation_id="office_replies_accept", request=s.AcceptSerializer, responses=s.DeskPetitionSerializer
    )
)
class Accept(_ReplyVerb):
    """Accept a reply and publish it."""

    serializer = s.AcceptSerializer
    needs_a_person = True

    def act(self, reply, by, **data):
        services.accept_reply(reply=reply, by=by, **data)


@extend_schema_view(
    post=extend_schema(
        operation_id="office_replies_send_back", request=s.ReasonSerializer, responses=s.DeskPetitionSerializer
    )
)
class SendBack(_ReplyVerb):
    """Give a reply back to its agency."""

    def act(self, reply, by, reason):
        services.send_back(reply=reply, by=by, reason=reason)


class AgencyPetitions(APIView):
    """What is with the person's own agency."""

    permission_classes = [IsAgency]

    @extend_schema(
        operation_id="agency_petitions_list",
        parameters=_PARAMETERS,
        responses=s.AgencyPetitionSerializer(many=True),
    )
    def get(self, request):
        mine = referrals_for(request.user, request.council).order_by().values("petition")
        rows = narrow(Petition.objects.filter(pk__in=mine), **_chosen(request, AGENCY_STATES))
        return _paged(self, request, rows, s.AgencyPetitionSerializer)


def _at_agency(request, petition_id) -> Response:
    referral = get_referral_for(request.user, request.council, petition_id)
    (petition,) = with_referrals(Petition.objects.filter(pk=referral.petition_id))
    return Response(s.AgencyPetitionSerializer(Days(request.council).case(petition)).data)


class AgencyPetition(APIView):
    permission_classes = [IsAgency]

    @extend_schema(operation_id="agency_petitions_read", responses=s.AgencyPetitionSerializer)
    def get(self, request, petition_id):
        return _at_agency(request, petition_id)


class AgencyDraft(APIView):
    """Keep a half-made reply."""

    permission_classes = [IsAgency]

    @extend_schema(
        operation_id="agency_replies_save", request=s.DraftSerializer, responses=s.AgencyPetitionSerializer
    )
    def put(self, request, petition_id):
        referral = get_referral_for(request.user, request.council, petition_id)
        services.save_draft(referral=referral, by=request.user, **_input(s.DraftSerializer, request))
        return _at_agency(request, petition_id)


class AgencySend(APIView):
    """Send the reply to the office."""

    permission_classes = [IsAgency]

    @extend_schema(
        operation_id="agency_replies_send", request=s.SendSerializer, responses=s.AgencyPetitionSerializer
    )
    def post(self, request, petition_id):
        referral = get_referral_for(request.user, request.council, petition_id)
        services.send_reply(referral=referral, by=request.user, **_input(s.SendSerializer, request))
        return _at_agency(request, petition_id)


class AgencyHandBack(APIView):
    """Give a petition back that is not the agency's to answer."""

    permission_classes = [IsAgency]

    @extend_schema(operation_id="agency_petitions_hand_back", request=s.ReasonSerializer, responses={204: None})
    def post(self, request, petition_id):
        referral = get_referral_for(request.user, request.council, petition_id)
        services.hand_back(referral=referral, by=request.user, **_input(s.ReasonSerializer, request))
        return Response(status=status.HTTP_204_NO_CONTENT)
