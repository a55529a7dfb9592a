"""Voters' meetings, petitions, referrals to agencies and their replies."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from council.models import Agency, Body, Council, Term, User
from council.models.base import MovesBetweenStates, PublicIdModel
from documents.models import Document


class Field(models.TextChoices):
    """What a petition is about."""

    ROADS = "roads", _("Giao thông")
    LIGHTING = "lighting", _("Chiếu sáng")
    DISASTER = "disaster", _("Phòng chống thiên tai")
    CULTURE = "culture", _("Văn hóa")
    ELECTRICITY = "electricity", _("Điện")
    HEALTH = "health", _("Y tế")
    HEALTH_INSURANCE = "health_insurance", _("Bảo hiểm y tế")
    LAND_CERTIFICATE = "land_certificate", _("Cấp giấy chứng nhận đất")
    LAND_USE = "land_use", _("Sử dụng đất")
    LAND_COMPENSATION = "land_compensation", _("Bồi thường, giải phóng mặt bằng")
    RESETTLEMENT = "resettlement", _("Tái định cư")
    POST_TELECOM = "post_telecom", _("Bưu chính, viễn thông")
    IRRIGATION = "irrigation", _("Thủy lợi")
    DYKE = "dyke", _("Đê, kè")
    URBAN = "urban", _("Đô thị")
    DRAINAGE = "drainage", _("Thoát nước")
    HOUSING = "housing", _("Nhà ở")
    EDUCATION = "education", _("Giáo dục")
    MARKET = "market", _("Chợ")
    MARKET_FEES = "market_fees", _("Phí, lệ phí chợ")
    PUBLIC_SECURITY = "public_security", _("An ninh trật tự")
    ENVIRONMENT = "environment", _("Môi trường")
    SAFETY = "safety", _("An toàn")
    LABOUR = "labour", _("Lao động")
    SOCIAL_POLICY = "social_policy", _("Chính sách xã hội")
    CIVIL_SERVICE = "civil_service", _("Cán bộ, công chức, viên chức")
    WATER = "water", _("Nước sinh hoạt")
    MINERALS = "minerals", _("Khoáng sản")
    AGRICULTURE = "agriculture", _("Nông nghiệp")
    OTHER = "other", _("Lĩnh vực khác")


class AuthorityLevel(models.TextChoices):
    CENTRAL = "central", _("Trung ương")
    PROVINCE = "province", _("Cấp tỉnh")
    DISTRICT = "district", _("Cấp huyện (trước 01/7/2025)")
    COMMUNE = "commune", _("Cấp xã")


class VoterMeeting(PublicIdModel):
    """A meeting of a delegate group with voters, before or after a session, or on a theme."""

    council = models.ForeignKey(Council, on_delete=models.PROTECT, related_name="voter_meetings")
    group = models.ForeignKey(Body, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    held_on = models.DateField(_("Ngày"))
    place = models.CharField(_("Địa điểm"), max_length=200)

    class Meta:
        ordering = ["-held_on"]


class Petition(MovesBetweenStates, PublicIdModel):
    """One request of voters, named by place and never by person."""

    class Phase(models.TextChoices):
        BEFORE = "before", _("Trước kỳ họp")
        DURING = "during", _("Trong kỳ họp")
        AFTER = "after", _("Sau kỳ họp")

    class State(models.TextChoices):
        RECORDED = "recorded", _("Đã ghi nhận")
        REFERRED = "referred", _("Đã chuyển cơ quan")
        REPLIED = "replied", _("Đã có trả lời, chờ duyệt")
        PUBLISHED = "published", _("Đã trả lời")
        CLOSED = "closed", _("Lưu, không chuyển")

    NEXT = {
        State.RECORDED: {State.REFERRED, State.CLOSED},
        State.REFERRED: {State.REPLIED, State.RECORDED},
        State.REPLIED: {State.REFERRED, State.PUBLISHED},
        State.PUBLISHED: {State.REFERRED},
        State.CLOSED: {State.RECORDED},
    }

    council = models.ForeignKey(Council, on_delete=models.PROTECT, related_name="petitions")
    term = models.ForeignKey(Term, on_delete=models.PROTECT, related_name="petitions")
    code = models.CharField(_("Mã"), max_length=20)  # "KN-2026-0142"
    state = models.CharField(max_length=12, choices=State.choices, default=State.RECORDED)
    session_number = models.PositiveSmallIntegerField(_("Kỳ họp thứ"), null=True, blank=True)
    phase = models.CharField(_("Thời điểm"), max_length=8, choices=Phase.choices, default=Phase.BEFORE)
    meeting = models.ForeignKey(
        VoterMeeting, on_delete=models.SET_NULL, null=True, blank=True, related_name="petitions"
    )
    voters = models.CharField(_("Cử tri"), max_length=200)  # "Cử tri xã Châu Sơn", never a person
    place = models.CharField(_("Địa bàn"), max_length=200)
    former_place = models.CharField(_("Địa bàn cũ"), max_length=200, blank=True)
    field = models.CharField(_("Lĩnh vực"), max_length=20, choices=Field.choices, default=Field.OTHER)
    authority_level = models.CharField(
        _("Thẩm quyền"), max_length=10, choices=AuthorityLevel.choices, default=AuthorityLevel.PROVINCE
    )
    title = models.CharField(_("Tóm tắt"), max_length=200)
    text = models.TextField(_("Nội dung kiến nghị"))
    public_text = models.TextField(_("Nội dung công khai"), blank=True)  # without personal data
    internal_note = models.TextField(_("Ghi chú nội bộ"), blank=True)
    is_public = models.BooleanField(_("Công khai"), default=False)
    received_on = models.DateField(_("Ngày nhận"))
    search_text = models.TextField(blank=True)  # folded; what office and agency search
    public_search = models.TextField(blank=True)  # folded; only what the public may read
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["council", "code"], name="one_petition_code")]
        indexes = [models.Index(fields=["council", "-received_on", "-id"], name="petition_newest")]
        ordering = ["-received_on", "-pk"]

    def __str__(self):
        return self.title


class Referral(PublicIdModel):
    """A petition sent to a lead agency, due on a day counted in working days. Overdue is computed."""

    petition = models.ForeignKey(Petition, on_delete=models.CASCADE, related_name="referrals")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="referrals")
    supporting = models.ManyToManyField(Agency, blank=True, related_name="supporting_referrals")
    referred_on = models.DateField(_("Ngày chuyển"))
    working_days = models.PositiveSmallIntegerField(_("Số ngày làm việc"))
    due_on = models.DateField(_("Hạn trả lời"))
    note = models.TextField(_("Yêu cầu"), blank=True)
    referred_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_reason = models.TextField(_("Lý do thu hồi"), blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["petition"], condition=models.Q(withdrawn_at=None), name="one_running_referral"
            )
        ]
        ordering = ["due_on", "pk"]


class Reply(MovesBetweenStates, PublicIdModel):
    """An agency's answer; answered, how, on time and solved are four separate facts."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Đang soạn")
        SENT = "sent", _("Chờ văn phòng duyệt")
        SENT_BACK = "sent_back", _("Trả lại để bổ sung")
        ACCEPTED = "accepted", _("Đã chấp nhận")

    class Outcome(models.TextChoices):
        RESOLVED = "resolved", _("Đã giải quyết xong")
        IN_PROGRESS = "in_progress", _("Đang giải quyết")
        PLANNED = "planned", _("Sẽ giải quyết, đã đưa vào kế hoạch")
        EXPLAINED = "explained", _("Giải trình, thông tin để cử tri biết")
        NOT_YET = "not_yet", _("Chưa giải quyết được do nguyên nhân khách quan")

    NEXT = {
        State.DRAFT: {State.SENT},
        State.SENT: {State.SENT_BACK, State.ACCEPTED},
    }

    referral = models.ForeignKey(Referral, on_delete=models.CASCADE, related_name="replies")
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    outcome = models.CharField(_("Kết quả"), max_length=12, choices=Outcome.choices)
    number = models.CharField(_("Số văn bản"), max_length=60, blank=True)
    text = models.TextField(_("Nội dung trả lời"))
    promised_on = models.DateField(_("Thời hạn thực hiện"), null=True, blank=True)
    document = models.ForeignKey(Document, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    file_is_public = models.BooleanField(_("Công khai tệp đính kèm"), default=False)
    public_text = models.TextField(_("Nội dung trả lời công khai"), blank=True)
    written_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    sent_at = models.DateTimeField(null=True, blank=True)
    sent_on = models.DateField(null=True, blank=True)  # the day that counts against the due date
    sent_back_reason = models.TextField(_("Lý do trả lại"), blank=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["referral"], condition=models.Q(state__in=["draft", "sent"]), name="one_reply_in_hand"
            )
        ]
        ordering = ["pk"]
