"""Polls in JSON: every field is named here, and input with a field that is not is refused."""

from dataclasses import asdict

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from voting.models import Objection, Poll, Question, Result
from voting.permissions import desk_of
from voting.rules import OPEN_RULES, QUESTIONS_MOST, RULES, Named
from voting.secret.selectors import box_facts
from voting.selectors import options_of, sheet_facts, turnout


class Strict(serializers.Serializer):
    """Input with exactly these fields."""

    def to_internal_value(self, data):
        extra = set(data) - set(self.fields) if hasattr(data, "keys") else set()
        if extra:
            raise serializers.ValidationError({name: ["This field is not known."] for name in extra})
        return super().to_internal_value(data)


class ResultOut(serializers.ModelSerializer):
    class Meta:
        model = Result
        fields = (
            "place",
            "votes_for",
            "votes_against",
            "votes_other",
            "silent",
            "absent",
            "total",
            "present",
            "by_secretary",
            "stepped_out",
            "base",
            "needed",
            "passed",
            "why",
            "article",
        )
        read_only_fields = fields


class OptionOut(serializers.Serializer):
    key = serializers.CharField()
    label = serializers.CharField()


class TurnoutOut(serializers.Serializer):
    cast = serializers.IntegerField()
    present = serializers.IntegerField()
    entitled = serializers.IntegerField()


class IssueOut(serializers.Serializer):
    code = serializers.CharField()
    words = serializers.CharField()
    blocking = serializers.BooleanField(help_text="Whether the vote cannot be opened while it is so.")


class FigureOut(serializers.Serializer):
    key = serializers.CharField()
    label = serializers.CharField()
    n = serializers.IntegerField()
    percent = serializers.CharField()


class SheetLineOut(serializers.Serializer):
    """One person on the sheet of a secret vote; figures only after the confirmed count."""

    order = serializers.IntegerField()
    name = serializers.CharField()
    note = serializers.CharField()
    verdict = serializers.CharField()
    figures = FigureOut(many=True, required=False)
    is_good = serializers.BooleanField(required=False)
    base = serializers.IntegerField(required=False)
    needed = serializers.IntegerField(required=False)
    why = serializers.CharField(required=False)
    article = serializers.CharField(required=False)


class SheetOut(serializers.Serializer):
    """A secret vote: who stands on the sheet, and what two tellers have counted and agreed on."""

    kind = serializers.CharField()
    seats = serializers.IntegerField()
    is_counted = serializers.BooleanField()
    lines = SheetLineOut(many=True)
    handed_out = serializers.IntegerField(required=False)
    collected = serializers.IntegerField(required=False)
    valid = serializers.IntegerField(required=False)
    blank = serializers.IntegerField(required=False)
    invalid = serializers.IntegerField(required=False)
    seats_left = serializers.IntegerField(required=False)


class QuestionOut(serializers.ModelSerializer):
    """One of several questions put together, in its place in every vote."""

    class Meta:
        model = Question
        fields = ("place", "question", "text_name", "text_digest", "rule")
        read_only_fields = fields


class BoxOut(serializers.Serializer):
    """The box of a secret vote on tablets: phase and totals; `cast` goes in steps while few vote."""

    mode = serializers.ChoiceField(choices=["server", "tellers"])
    phase = serializers.CharField()
    handed_out = serializers.IntegerField()
    of = serializers.IntegerField()
    cast = serializers.IntegerField()
    manifest = serializers.CharField(help_text="SHA-256 of the frozen manifest.")
    keys_published = serializers.IntegerField()
    keys_needed = serializers.IntegerField()


class PollLine(serializers.ModelSerializer):
    """A poll in a list."""

    id = serializers.UUIDField(source="public_id")
    body = serializers.UUIDField(source="body.public_id")

    class Meta:
        model = Poll
        fields = (
            "id",
            "body",
            "room",
            "question",
            "asks",
            "kind",
            "method",
            "secrecy",
            "is_rehearsal",
            "state",
            "rule",
            "opened_at",
            "closed_at",
            "declared_at",
            "cancelled_at",
            "cancel_reason",
        )
        read_only_fields = fields


class PollOut(PollLine):
    """A poll with its frozen terms, its turnout and, after the close, its result."""

    options = serializers.SerializerMethodField()
    turnout = serializers.SerializerMethodField()
    questions = QuestionOut(many=True, read_only=True)
    result = serializers.SerializerMethodField()
    results = ResultOut(many=True, read_only=True)
    sheet = serializers.SerializerMethodField()
    box = serializers.SerializerMethodField()
    issues_before_opening = serializers.SerializerMethodField()

    class Meta(PollLine.Meta):
        fields = (
            *PollLine.Meta.fields,
            "text_name",
            "text_digest",
            "roll_hash",
            "terms",
            "questions",
            "options",
            "turnout",
            "result",
            "results",
            "sheet",
            "box",
            "issues_before_opening",
        )
        read_only_fields = fields

    @extend_schema_field(IssueOut(many=True))
    def get_issues_before_opening(self, poll):
        """Of a prepared poll, what the desk's own button asks; empty for any other."""
        desk = desk_of(poll.room) if poll.state == Poll.State.DRAFT else None
        return IssueOut(desk.issues(poll) if desk and desk.issues else [], many=True).data

    @extend_schema_field(OptionOut(many=True))
    def get_options(self, poll):
        return options_of(poll)

    @extend_schema_field(TurnoutOut(allow_null=True))
    def get_turnout(self, poll):
        return asdict(turnout(poll)) if poll.opened_at else None

    @extend_schema_field(ResultOut(allow_null=True))
    def get_result(self, poll):
        """The result of the one question; null where there are several, which `results` tells."""
        result = None if poll.is_joint else poll.results.first()
        return ResultOut(result).data if result else None

    @extend_schema_field(SheetOut(allow_null=True))
    def get_sheet(self, poll):
        facts = sheet_facts(poll)
        return SheetOut(facts).data if facts else None


    @extend_schema_field(BoxOut(allow_null=True))
    def get_box(self, poll):
        facts = box_facts(poll)
        return BoxOut(facts).data if facts else None


class AskedIn(Strict):
    question = serializers.CharField(max_length=500)
    rule = serializers.ChoiceField(choices=list(OPEN_RULES), default="majority_of_all")


class PersonIn(Strict):
    name = serializers.CharField(max_length=120)
    note = serializers.CharField(max_length=200, default="", allow_blank=True)

    def to_internal_value(self, data):
        return Named(**super().to_internal_value(data))


class PrepareIn(Strict):
    room = serializers.CharField(max_length=80, help_text="Key of the room: sitting:<id>.")
    question = serializers.CharField(max_length=500, default="", allow_blank=True)
    rule = serializers.ChoiceField(
        choices=list(RULES), default="", allow_blank=True, help_text="Empty: the usual one of that kind of vote here."
    )
    questions = AskedIn(many=True, required=False, max_length=QUESTIONS_MOST, help_text="Several, put together.")
    kind = serializers.ChoiceField(
        choices=[choice for choice in Poll.Kind.choices if choice[0] != Poll.Kind.OPINION],
        required=False,
        help_text="named is the open vote; all others are secret and name their persons.",
    )
    method = serializers.ChoiceField(
        choices=Poll.Method.choices, required=False, help_text="Of an open vote; a secret one follows `secrecy`."
    )
    secrecy = serializers.ChoiceField(
        choices=[choice for choice in Poll.Secrecy.choices if choice[0]],
        required=False,
        help_text="How a secret vote on tablets is sealed; without it the vote is on paper.",
    )
    people = PersonIn(many=True, required=False, max_length=100, source="nominees", help_text="On the sheet, in order.")
    seats = serializers.IntegerField(min_value=1, max_value=100, required=False, help_text="An election's.")
    rehearsal = serializers.BooleanField(required=False, source="is_rehearsal")

    def validate(self, said):
        """A secret vote is on tablets where it is sealed, else on paper; an open one has neither sheet nor seal."""
        kind = said.get("kind", Poll.Kind.NAMED)
        if kind == Poll.Kind.NAMED:
            if extra := {"secrecy", "nominees", "seats"} & set(said):
                raise serializers.ValidationError({name: ["An open vote has none."] for name in extra})
            return said
        if "method" in said:
            raise serializers.ValidationError({"method": ["A secret vote has none."]})
        if not said.get("nominees"):
            raise serializers.ValidationError({"people": ["A secret vote names at least one person."]})
        if kind != Poll.Kind.ELECTION and "seats" in said:
            raise serializers.ValidationError({"seats": ["Only an election has seats."]})
        return said | {"method": Poll.Method.TABLET if "secrecy" in said else Poll.Method.PAPER}


class NothingIn(Strict):
    """An act that takes no words."""


class DeclareIn(Strict):
    despite_objections = serializers.BooleanField(
        default=False, help_text="Declare although a delegate's objection waits for its answer."
    )


class ObjectIn(Strict):
    words = serializers.CharField(max_length=300)


class RejectIn(Strict):
    reason = serializers.CharField(max_length=300)


class ObjectionOut(serializers.ModelSerializer):
    id = serializers.UUIDField(source="public_id")

    class Meta:
        model = Objection
        fields = ("id", "state", "words", "made_at", "answer", "answered_at")
        read_only_fields = fields


class CancelIn(Strict):
    reason = serializers.CharField(max_length=300)


class BallotIn(Strict):
    choice = serializers.CharField(
        max_length=200,
        help_text="for, against or other; of several questions one for each place, joined by commas.",
    )
    key = serializers.UUIDField(help_text="Made by the client; the same key gets the same answer.")
    replaces = serializers.IntegerField(
        min_value=0,
        max_value=2**31 - 1,
        default=0,
        help_text="Number of the own vote that the client knew; 0 for none.",
    )


class VoteOut(serializers.Serializer):
    choice = serializers.CharField()
    number = serializers.IntegerField()
    channel = serializers.CharField()
    cast_at = serializers.DateTimeField()
    line = serializers.IntegerField(help_text="My line of the roll in the public record.")
    salt = serializers.CharField(help_text="Opens my vote's commitment in the public record.")


class AnswerOut(serializers.Serializer):
    answer = serializers.ChoiceField(choices=["recorded", "stale", "refused"])
    key = serializers.CharField()
    number = serializers.IntegerField()
    code = serializers.CharField(required=False)
    words = serializers.CharField(required=False)
    vote = VoteOut(allow_null=True)


class MyVoteOut(serializers.Serializer):
    state = serializers.CharField()
    vote = VoteOut(allow_null=True)


class EnteredIn(Strict):
    delegate = serializers.UUIDField()
    choice = serializers.CharField(max_length=200)
    reason = serializers.CharField(max_length=300)


class AnsweredOut(serializers.Serializer):
    place = serializers.IntegerField()
    choice = serializers.CharField()
    label = serializers.CharField()


class NamedOut(serializers.Serializer):
    choice = serializers.CharField()
    label = serializers.CharField()
    answers = AnsweredOut(many=True, help_text="The answer to each question, silence and absence included.")
    seat = serializers.CharField()
    name = serializers.CharField()
    group = serializers.CharField()
    by_secretary = serializers.BooleanField()
    changes = serializers.IntegerField()


class NamedListOut(serializers.Serializer):
    naming = serializers.ChoiceField(choices=["totals", "seats", "names"])
    votes = NamedOut(many=True)


class RefusedOut(serializers.Serializer):
    detail = serializers.CharField()
    state = serializers.CharField(required=False, help_text="The state that holds now (409).")
