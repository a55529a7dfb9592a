"""Opinion polls in JSON: every field is named here, and input with a field that is not is refused."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from voting.models import OpinionExtension, OpinionPaper, Poll
from voting.opinions.rules import OPINION_RULES
from voting.opinions.services import EXPLANATION_LENGTH, MOST_PAPERS, TEXT_LENGTH
from voting.rules import CHOICES
from voting.selectors import options_of
from voting.serializers import NamedOut, OptionOut, Strict


class OpinionLine(serializers.ModelSerializer):
    """An opinion poll in a list."""

    id = serializers.UUIDField(source="public_id")
    body = serializers.UUIDField(source="body.public_id")

    class Meta:
        model = Poll
        fields = (
            "id", "body", "question", "is_rehearsal", "secrecy", "state", "rule", "closes_at", "opened_at", "closed_at",
            "declared_at", "cancelled_at", "cancel_reason",
        )  # fmt: skip
        read_only_fields = fields


class HungPaperOut(serializers.ModelSerializer):
    class Meta:
        model = OpinionPaper
        fields = ("document", "version", "name", "digest")
        read_only_fields = fields


class ExtensionOut(serializers.ModelSerializer):
    class Meta:
        model = OpinionExtension
        fields = ("was", "until", "reason", "at")
        read_only_fields = fields


class OpinionOut(OpinionLine):
    """What members read: the question, why it is asked, its papers, how the deadline came about."""

    explanation = serializers.CharField(source="opinion.explanation")
    deadline_why = serializers.CharField(source="opinion.deadline_why")
    remind_hours = serializers.IntegerField(source="opinion.remind_hours")
    casting_from = serializers.DateTimeField(source="opinion.casting_from", allow_null=True)
    papers = HungPaperOut(source="opinion.papers", many=True)
    extensions = ExtensionOut(source="opinion.extensions", many=True)
    options = serializers.SerializerMethodField()

    class Meta(OpinionLine.Meta):
        fields = (
            *OpinionLine.Meta.fields, "explanation", "deadline_why", "remind_hours", "casting_from", "papers", "extensions",
            "options", "roll_hash",
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(OptionOut(many=True))
    def get_options(self, poll):
        return options_of(poll)


class OpinionIn(Strict):
    body = serializers.UUIDField(help_text="Public id of the body that is asked.")
    question = serializers.CharField(max_length=500)
    explanation = serializers.CharField(max_length=EXPLANATION_LENGTH, default="", allow_blank=True)
    closes_at = serializers.DateTimeField(help_text="The deadline: no answer is taken from then on.")
    rule = serializers.ChoiceField(choices=list(OPINION_RULES), required=False)
    remind_hours = serializers.IntegerField(min_value=0, max_value=720, required=False)
    papers = serializers.ListField(
        child=serializers.UUIDField(), max_length=MOST_PAPERS, default=list, help_text="Public ids of documents."
    )
    is_rehearsal = serializers.BooleanField(default=False)
    secrecy = serializers.ChoiceField(
        choices=["", "server"], default="", help_text="server: sealed ballots on the members' own devices."
    )
    casting_from = serializers.DateTimeField(
        required=False, allow_null=True, help_text="Of a secret one: ballots are handed out until then."
    )


class ReasonIn(Strict):
    reason = serializers.CharField(max_length=300, default="", allow_blank=True)


class ExtendIn(Strict):
    closes_at = serializers.DateTimeField()
    reason = serializers.CharField(max_length=300)


class OpinionAnswerIn(Strict):
    choice = serializers.ChoiceField(choices=list(CHOICES))
    text = serializers.CharField(
        max_length=TEXT_LENGTH, default="", allow_blank=True, help_text="Only beside the choice `other`."
    )
    key = serializers.UUIDField(help_text="Made by the client; the same key gets the same answer.")
    replaces = serializers.IntegerField(
        min_value=0, max_value=2**31 - 1, default=0, help_text="Number of the own answer that the client knew."
    )


class PaperAnswerIn(Strict):
    delegate = serializers.UUIDField()
    choice = serializers.ChoiceField(choices=list(CHOICES))
    text = serializers.CharField(max_length=TEXT_LENGTH, default="", allow_blank=True)
    reason = serializers.CharField(max_length=300)


class MyAnswerOut(serializers.Serializer):
    choice = serializers.CharField()
    number = serializers.IntegerField()
    at = serializers.DateTimeField()
    on_paper = serializers.BooleanField()
    text = serializers.CharField()


class ProgressOut(serializers.Serializer):
    """How far it is: who has answered, never what."""

    answered = serializers.IntegerField(help_text="Of a secret one: how many hold a ballot.")
    total = serializers.IntegerField()
    missing = serializers.ListField(child=serializers.CharField(), help_text="Names of those who have not answered, or hold no ballot.")


class RemindedOut(serializers.Serializer):
    missing = serializers.IntegerField()


class WrittenOut(serializers.Serializer):
    name = serializers.CharField()
    text = serializers.CharField()


class CountOut(serializers.Serializer):
    mark = serializers.CharField()
    label = serializers.CharField()
    n = serializers.IntegerField()


class OutcomeOut(serializers.Serializer):
    """The result as far as this reader may see it."""

    verdict = serializers.CharField()
    passed = serializers.BooleanField()
    answered = serializers.IntegerField()
    total = serializers.IntegerField()
    needed = serializers.IntegerField()
    why = serializers.CharField()
    article = serializers.CharField()
    counts = CountOut(many=True)
    naming = serializers.ChoiceField(choices=["totals", "seats", "names"])
    names = NamedOut(many=True)
    written = WrittenOut(many=True)


