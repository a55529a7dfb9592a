"""Petitions in JSON; every field is named, the public's apart from the desks'."""

from rest_framework import serializers

from voters.models import AuthorityLevel, Field, Petition, Reply


class DueSerializer(serializers.Serializer):
    """How a due date comes about."""

    start = serializers.DateField()
    working_days = serializers.IntegerField()
    due = serializers.DateField()
    weekend_days = serializers.IntegerField()
    holidays = serializers.ListField(child=serializers.ListField())
    make_up_days = serializers.ListField(child=serializers.DateField())


class PublicReplySerializer(serializers.Serializer):
    """An accepted reply as the public reads it."""

    agency = serializers.CharField(source="referral.agency.name")
    outcome = serializers.ChoiceField(choices=Reply.Outcome.choices)
    outcome_words = serializers.CharField(source="get_outcome_display")
    number = serializers.CharField()
    text = serializers.CharField(source="public_text")
    promised_on = serializers.DateField(allow_null=True)
    sent_on = serializers.DateField(allow_null=True)


class PublicPetitionSerializer(serializers.Serializer):
    """A public petition in a list."""

    code = serializers.CharField(source="petition.code")
    title = serializers.CharField(source="petition.title")
    voters = serializers.CharField(source="petition.voters")
    place = serializers.CharField(source="petition.place")
    former_place = serializers.CharField(source="petition.former_place")
    field = serializers.ChoiceField(source="petition.field", choices=Field.choices)
    field_words = serializers.CharField(source="petition.get_field_display")
    session_number = serializers.IntegerField(source="petition.session_number", allow_null=True)
    phase = serializers.ChoiceField(source="petition.phase", choices=Petition.Phase.choices)
    received_on = serializers.DateField(source="petition.received_on")
    text = serializers.CharField(source="petition.public_text")
    is_answered = serializers.SerializerMethodField()
    agency = serializers.SerializerMethodField()
    due_on = serializers.SerializerMethodField()
    standing = serializers.SerializerMethodField()
    words = serializers.CharField()
    outcome = serializers.SerializerMethodField()

    def get_is_answered(self, case) -> bool:
        return case.petition.state == Petition.State.PUBLISHED

    def get_agency(self, case) -> str:
        return case.referral.agency.name if case.referral else ""

    def get_due_on(self, case) -> str | None:
        return case.referral.due_on.isoformat() if case.referral else None

    def get_standing(self, case) -> str | None:
        """waiting, overdue, on_time or late; null when it cannot be told."""
        return case.standing.kind if case.standing else None

    def get_outcome(self, case) -> str | None:
        return case.reply.outcome if case.reply else None


class DeskPetitionSerializer(PublicPetitionSerializer):
    """A petition at a desk: with its full text and its id; the office's note stays on the office's page."""

    id = serializers.UUIDField(source="petition.public_id")
    state = serializers.ChoiceField(source="petition.state", choices=Petition.State.choices)
    is_public = serializers.BooleanField(source="petition.is_public")
    public_text = serializers.CharField(source="petition.public_text")
    text = serializers.CharField(source="petition.text")
    pending_reply = serializers.SerializerMethodField()

    def get_pending_reply(self, case) -> dict | None:
        reply = case.pending
        if reply is None:
            return None
        return {"id": str(reply.public_id), "outcome": reply.outcome, "number": reply.number, "text": reply.text}


class AgencyPetitionSerializer(PublicPetitionSerializer):
    """A petition at its agency's desk: nothing of how the office shows it."""

    id = serializers.UUIDField(source="petition.public_id")
    state = serializers.ChoiceField(source="petition.state", choices=Petition.State.choices)
    text = serializers.CharField(source="petition.text")
    request = serializers.CharField(source="referral.note")


class Strict(serializers.Serializer):
    """Input of a verb: a field that it does not know is refused (security 18)."""

    def to_internal_value(self, data):
        unknown = set(data) - set(self.fields) - {"csrfmiddlewaretoken"}
        if unknown:
            raise serializers.ValidationError(dict.fromkeys(sorted(unknown), ["Không có trường này."]))
        return super().to_internal_value(data)


class RecordSerializer(Strict):
    place = serializers.CharField(max_length=200)
    former_place = serializers.CharField(max_length=200, required=False, allow_blank=True)
    voters = serializers.CharField(max_length=200)
    field = serializers.ChoiceField(choices=Field.choices, required=False)
    authority_level = serializers.ChoiceField(choices=AuthorityLevel.choices, required=False)
    session_number = serializers.IntegerField(min_value=1, max_value=200, required=False)
    phase = serializers.ChoiceField(choices=Petition.Phase.choices, required=False)
    received_on = serializers.DateField(required=False)
    text = serializers.CharField(max_length=20_000)
    title = serializers.CharField(max_length=200, required=False)


class ReferSerializer(Strict):
    agency = serializers.CharField(help_text="Agency code")
    supporting = serializers.ListField(child=serializers.CharField(), required=False, max_length=20)
    referred_on = serializers.DateField(required=False)
    working_days = serializers.IntegerField(min_value=1, max_value=250, required=False)
    note = serializers.CharField(required=False, allow_blank=True, max_length=5000)


class ReasonSerializer(Strict):
    reason = serializers.CharField(max_length=2000)


class ReopenSerializer(ReasonSerializer):
    working_days = serializers.IntegerField(min_value=1, max_value=250, required=False)


class PublishSerializer(Strict):
    public_text = serializers.CharField(max_length=20_000)
    reply_text = serializers.CharField(max_length=20_000, required=False, allow_blank=True)
    reviewed = serializers.BooleanField(required=False)


class AcceptSerializer(Strict):
    public_text = serializers.CharField(max_length=20_000)
    petition_text = serializers.CharField(max_length=20_000, required=False, allow_blank=True)
    file_is_public = serializers.BooleanField(required=False)
    reviewed = serializers.BooleanField(required=False)


class DraftSerializer(Strict):
    text = serializers.CharField(max_length=20_000, required=False, allow_blank=True)
    outcome = serializers.ChoiceField(choices=Reply.Outcome.choices, required=False, allow_blank=True)
    number = serializers.CharField(max_length=60, required=False, allow_blank=True)
    promised_on = serializers.DateField(required=False, allow_null=True)


class SendSerializer(DraftSerializer):
    text = serializers.CharField(max_length=20_000)
    outcome = serializers.ChoiceField(choices=Reply.Outcome.choices)
