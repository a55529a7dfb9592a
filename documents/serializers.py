"""Papers and resolutions in JSON: every field is named here, and input with a field that is not is refused."""

from django.urls import reverse
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from documents.models import Document, Resolution, Version
from documents.printing import resolution_lines
from documents.selectors import current_version

KINDS_OF_FILE = (
    "PDF, DOCX, XLSX, PPTX, ODT, ODS, ODP or a picture (JPEG, PNG, TIFF, WebP, GIF, BMP); the content decides, not the name."
)


class Strict(serializers.Serializer):
    """Input with exactly these fields."""

    def to_internal_value(self, data):
        extra = set(data) - set(self.fields) if hasattr(data, "keys") else set()
        if extra:
            raise serializers.ValidationError({name: ["This field is not known."] for name in extra})
        return super().to_internal_value(data)


@extend_schema_serializer(component_name="PaperRefused")
class RefusedOut(serializers.Serializer):
    detail = serializers.CharField(help_text="Why not, in a sentence for people.")


@extend_schema_serializer(component_name="PaperFaults")
class FaultsOut(RefusedOut):
    faults = serializers.ListField(child=serializers.CharField(), help_text="Each fault in words.")


class VersionOut(serializers.ModelSerializer):
    url = serializers.SerializerMethodField(help_text="The bytes; parts by Range.")

    class Meta:
        model = Version
        fields = ["number", "original_name", "sha256", "size", "pages", "has_text", "uploaded_at", "url"]

    def get_url(self, version) -> str:
        return reverse("documents:bytes", args=[version.document.public_id, version.number])


class DocumentOut(serializers.ModelSerializer):
    id = serializers.UUIDField(source="public_id")
    body = serializers.UUIDField(source="body.public_id", allow_null=True, default=None)
    version = serializers.SerializerMethodField(help_text="The newest version that is ready, or null.")

    class Meta:
        model = Document
        fields = [
            "id",
            "title",
            "kind",
            "number",
            "issuer",
            "issued_on",
            "visibility",
            "body",
            "created_at",
            "version",
        ]

    def get_version(self, document) -> dict | None:
        version = current_version(document)
        return VersionOut(version).data if version else None


class PaperIn(Strict):
    file = serializers.FileField(help_text=KINDS_OF_FILE)
    title = serializers.CharField(max_length=500)
    kind = serializers.ChoiceField(choices=Document.Kind.choices)
    number = serializers.CharField(max_length=60, required=False, default="", allow_blank=True)
    issuer = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)
    issued_on = serializers.DateField(required=False, default=None, allow_null=True)
    visibility = serializers.ChoiceField(choices=Document.Visibility.choices, default=Document.Visibility.MEMBERS)
    body = serializers.UUIDField(required=False, default=None, allow_null=True)


@extend_schema_serializer(component_name="PaperFileIn")
class FileIn(Strict):
    file = serializers.FileField(help_text=KINDS_OF_FILE)


class VisibilityIn(Strict):
    visibility = serializers.ChoiceField(choices=Document.Visibility.choices)


class ProgressIn(Strict):
    version = serializers.IntegerField(min_value=1)
    page = serializers.IntegerField(min_value=1)


@extend_schema_serializer(component_name="PaperNothing")
class NothingIn(Strict):
    """A verb that needs no words."""


class VoteOut(serializers.Serializer):
    """The vote that adopted the text; never who chose what."""

    votes_for = serializers.IntegerField()
    votes_against = serializers.IntegerField()
    votes_other = serializers.IntegerField()
    silent = serializers.IntegerField()
    absent = serializers.IntegerField()
    total = serializers.IntegerField()
    needed = serializers.IntegerField(allow_null=True)
    why = serializers.CharField(allow_blank=True)
    article = serializers.CharField(allow_blank=True)


class ResolutionLine(serializers.ModelSerializer):
    """A resolution in a list."""

    id = serializers.UUIDField(source="public_id")
    url = serializers.SerializerMethodField(help_text="The public page; null before it is published.")

    class Meta:
        model = Resolution
        fields = ["id", "symbol", "title", "kind", "state", "adopted_on", "effective_on", "published_at", "url"]

    def get_url(self, resolution) -> str | None:
        if resolution.state != Resolution.State.PUBLISHED:
            return None
        return reverse("documents:public_resolution", args=[resolution.adopted_on.year, resolution.slug])


class LineOut(serializers.Serializer):
    kind = serializers.CharField()
    text = serializers.CharField()


class ResolutionOut(ResolutionLine):
    """A resolution with its text, line by line as printed."""

    lines = serializers.SerializerMethodField()
    vote = serializers.SerializerMethodField(help_text="Null when no vote is on record.")
    pdf_url = serializers.SerializerMethodField()
    is_signed = serializers.SerializerMethodField()

    class Meta(ResolutionLine.Meta):
        fields = [
            *ResolutionLine.Meta.fields, "session_name", "lines", "vote", "pdf_url", "pdf_sha256", "is_signed",
        ]  # fmt: skip

    def get_lines(self, resolution) -> list[dict]:
        return LineOut(resolution_lines(resolution), many=True).data

    def get_vote(self, resolution) -> dict | None:
        adoption = resolution.adoption
        if not adoption.get("total"):
            return None
        votes = {f"votes_{key}": adoption.get(key) or 0 for key in ("for", "against", "other")}
        votes |= {key: adoption.get(key) or 0 for key in ("silent", "absent", "total")}
        return (
            votes | {key: adoption.get(key, "") for key in ("why", "article")} | {"needed": adoption.get("needed")}
        )

    def get_pdf_url(self, resolution) -> str | None:
        if not resolution.pdf:
            return None
        if resolution.state == Resolution.State.PUBLISHED:
            return reverse("documents:public_resolution_pdf", args=[resolution.adopted_on.year, resolution.slug])
        return reverse("documents:resolution_pdf", args=[resolution.public_id])

    def get_is_signed(self, resolution) -> bool:
        return resolution.signed_at is not None


class ArticleIn(Strict):
    heading = serializers.CharField(max_length=500, required=False, default="", allow_blank=True)
    body = serializers.CharField(max_length=100_000, required=False, default="", allow_blank=True)


class TextIn(Strict):
    """The parts of a text (documents/resolution_text.py)."""

    bases = serializers.ListField(child=serializers.CharField(max_length=2000), max_length=200, default=list)
    considering = serializers.ListField(child=serializers.CharField(max_length=4000), max_length=50, default=list)
    articles = ArticleIn(many=True, default=list)
    recipients = serializers.ListField(child=serializers.CharField(max_length=300), max_length=100, default=list)
    signer = serializers.CharField(max_length=120, default="", allow_blank=True)
    signer_title = serializers.CharField(max_length=120, default="", allow_blank=True)
    signer_for = serializers.CharField(max_length=120, default="", allow_blank=True)
    regulation_title = serializers.CharField(max_length=500, default="", allow_blank=True)
    regulation = serializers.CharField(max_length=500_000, default="", allow_blank=True)


class ResolutionIn(Strict):
    kind = serializers.ChoiceField(choices=Resolution.Kind.choices)
    title = serializers.CharField(max_length=500)
    text = TextIn()
    session_name = serializers.CharField(max_length=200, default="", allow_blank=True)
    adopted_on = serializers.DateField(default=None, allow_null=True)
    effective_on = serializers.DateField(default=None, allow_null=True)


class NewResolutionIn(ResolutionIn):
    poll = serializers.UUIDField(
        default=None, allow_null=True, help_text="The declared vote that adopted it: its numbers are taken over."
    )
    place = serializers.IntegerField(
        default=1, min_value=1, max_value=20, help_text="Of several questions put together, which one."
    )


class ResolutionQuery(Strict):
    q = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    year = serializers.IntegerField(required=False, min_value=1900, max_value=2200)
    kind = serializers.ChoiceField(choices=Resolution.Kind.choices, required=False)
    page = serializers.IntegerField(required=False, min_value=1)
    page_size = serializers.IntegerField(required=False, min_value=1)


class SearchQuery(Strict):
    """A question in papers; the filters take the keys that the answer's facets give."""

    q = serializers.CharField(max_length=200, allow_blank=True, default="", trim_whitespace=True)
    session = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)
    kind = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)
    issuer = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)
    year = serializers.CharField(max_length=4, required=False, default="", allow_blank=True)
    page = serializers.IntegerField(min_value=1, max_value=10_000, default=1)


class PieceOut(serializers.Serializer):
    text = serializers.CharField()
    hit = serializers.BooleanField(help_text="Whether this piece is what was looked for.")


class PageHitOut(serializers.Serializer):
    page = serializers.IntegerField()
    around = PieceOut(many=True)


class PaperHitOut(serializers.Serializer):
    id = serializers.UUIDField()
    title = serializers.CharField()
    kind = serializers.CharField()
    number = serializers.CharField()
    issuer = serializers.CharField()
    version = serializers.IntegerField(allow_null=True)
    pages = PageHitOut(many=True, help_text="At most three, with the words around.")
    more_pages = serializers.ListField(child=serializers.IntegerField())


class FacetOut(serializers.Serializer):
    key = serializers.CharField()
    words = serializers.CharField()
    count = serializers.IntegerField()


class SearchOut(serializers.Serializer):
    count = serializers.IntegerField(help_text="Papers found, of those that the person may read.")
    results = PaperHitOut(many=True)
    facets = serializers.DictField(child=FacetOut(many=True))
