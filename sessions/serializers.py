"""Sessions in JSON: every field is named here, and input with a field that is not is refused."""

from rest_framework import serializers

from sessions.models import CouncilSession, ItemPaper
from voting.serializers import RefusedOut, Strict


class FaultsOut(RefusedOut):
    faults = serializers.ListField(child=serializers.CharField(), help_text="Each fault with its place.")


class SessionLine(serializers.ModelSerializer):
    """A session in a list."""

    id = serializers.UUIDField(source="public_id")
    body = serializers.UUIDField(source="body.public_id")
    body_name = serializers.CharField(source="body.name")

    class Meta:
        model = CouncilSession
        fields = (
            "id", "number", "kind", "title", "slug", "place", "starts_on", "ends_on", "state", "notice_number",
            "body", "body_name",
        )  # fmt: skip
        read_only_fields = fields


class PaperOut(serializers.ModelSerializer):
    id = serializers.UUIDField(source="public_id")
    item = serializers.IntegerField(source="item.number")
    document = serializers.UUIDField(source="document.public_id", default=None, allow_null=True)

    class Meta:
        model = ItemPaper
        fields = ("id", "item", "kind", "title", "number", "issuer", "is_public", "document")
        read_only_fields = fields


class ItemOut(serializers.Serializer):
    id = serializers.UUIDField(source="public_id")
    number = serializers.IntegerField()
    title = serializers.CharField()
    short_title = serializers.CharField()
    kind = serializers.CharField()
    state = serializers.CharField()
    presenter = serializers.CharField()
    agency = serializers.CharField(source="agency.name", default="")
    starts_at = serializers.TimeField(allow_null=True)
    minutes = serializers.IntegerField(allow_null=True)
    papers_filed = serializers.IntegerField(source="have")
    papers_named = serializers.SerializerMethodField()

    def get_papers_named(self, item) -> int:
        return len(item.listed_papers)


class SittingOut(serializers.Serializer):
    id = serializers.UUIDField(source="public_id")
    number = serializers.IntegerField()
    title = serializers.CharField()
    date = serializers.DateField()
    starts_at = serializers.TimeField()
    is_closed_door = serializers.BooleanField()
    state = serializers.CharField()
    items = ItemOut(source="agenda_items", many=True)


class ImportIn(Strict):
    """A file of the template, XLSX or JSON; with `dry_run` it is read and checked only."""

    body = serializers.UUIDField(help_text="The body that is convened.")
    file = serializers.FileField(allow_empty_file=True)
    dry_run = serializers.BooleanField(default=False)


class ImportedOut(serializers.Serializer):
    session = serializers.UUIDField(allow_null=True)
    sittings = serializers.IntegerField()
    items = serializers.IntegerField()
    papers = serializers.IntegerField()


class FileIn(Strict):
    file = serializers.FileField(allow_empty_file=True)


class NoticeIn(Strict):
    number = serializers.CharField(max_length=40)
    body_text = serializers.CharField(max_length=20_000)
    signer_title = serializers.CharField(max_length=120)
    signed_by = serializers.CharField(max_length=120)


class DeliveryOut(serializers.Serializer):
    delegate = serializers.UUIDField(source="delegate.public_id")
    name = serializers.CharField(source="delegate.full_name")
    state = serializers.ChoiceField(choices=["sent", "queued", "failed", "unknown", "no_address"])
    words = serializers.CharField()
    papers_opened = serializers.IntegerField(source="opened")
    papers = serializers.IntegerField()


class NoticeOut(serializers.Serializer):
    id = serializers.UUIDField(source="notice.public_id")
    number = serializers.CharField(source="notice.number")
    sent_at = serializers.DateTimeField(source="notice.created_at")
    pdf_sha256 = serializers.CharField(source="notice.pdf_sha256", allow_blank=True)
    deliveries = DeliveryOut(source="delivery.rows", many=True)
