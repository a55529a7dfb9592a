"""A petition itself: recorded, corrected, shown to the public, set aside."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from council import audit
from council.errors import BadInput, NotAllowed, WrongState
from council.models import Council, Term, User
from documents.models import NumberSeries
from voters import privacy, search
from voters.models import Petition, Reply
from voters.permissions import can_manage

EDITABLE = frozenset(
    {
        "session_number",
        "phase",
        "voters",
        "place",
        "former_place",
        "field",
        "authority_level",
        "title",
        "text",
        "internal_note",
        "received_on",
    }
)
SHOWN = ("title", "voters", "place", "former_place")  # public as they stand


@transaction.atomic
def record_petition(*, council: Council, by: User, **fields) -> Petition:
    """Record one request of voters and give it the next code of its year; not public yet.

    `fields` are those in EDITABLE; `title` may be left out and is then suggested from the text.
    """
    ask(by, council)
    unknown = set(fields) - EDITABLE
    if unknown:
        raise TypeError(f"unknown fields: {sorted(unknown)}")
    fields.setdefault("received_on", timezone.localdate())
    fields["title"] = fields.get("title") or suggested_title(fields["text"])
    petition = Petition(council=council, term=term_on(council, fields["received_on"]), created_by=by, **fields)
    (petition.code,) = next_codes(council, petition.received_on.year, 1)
    petition.save()
    search.reindex([petition.pk])
    petition.refresh_from_db(fields=["search_text", "public_search"])
    audit.record(by, "voters.petition-recorded", petition, data={"code": petition.code})
    return petition


@transaction.atomic
def edit_petition(*, petition: Petition, by: User, **fields) -> Petition:
    """Correct what was recorded; a petition in public keeps its public text."""
    petition = locked(petition, by)
    unknown = set(fields) - EDITABLE
    if unknown:
        raise TypeError(f"unknown fields: {sorted(unknown)}")
    changed = [name for name, value in fields.items() if getattr(petition, name) != value]
    for name in changed:
        setattr(petition, name, fields[name])
    if petition.is_public:
        refuse_personal_data(petition, petition.public_text, reviewed=True)
    petition.save(update_fields=changed)
    search.reindex([petition.pk])
    audit.record(by, "voters.petition-edited", petition, data={"code": petition.code, "fields": sorted(changed)})
    return petition


@transaction.atomic
def publish_petition(
    *, petition: Petition, by: User, public_text: str, reply_text: str = "", reviewed: bool = False
) -> Petition:
    """Show a petition to the public with a text that the office has freed of personal data.

    `reply_text` is the public text of its accepted reply, needed once there is one. BadInput while a phone number, an identity number or an e-mail address is left, or while anything
    else that looks personal was not `reviewed`.
    """
    petition = locked(petition, by)
    if petition.state == Petition.State.CLOSED:
        raise WrongState(_("Kiến nghị đã lưu, không công khai được."))
    if not public_text.strip():
        raise BadInput(_("Nhập nội dung công khai."))
    reply = accepted_reply(petition)
    if reply is not None:
        reply_text = reply_text.strip() or reply.public_text
        if not reply_text:
            raise BadInput(_("Nhập nội dung trả lời công khai."))
    refuse_personal_data(petition, public_text, reply_text if reply else "", reviewed=reviewed)
    if reply is not None:
        reply.public_text = reply_text
        reply.save(update_fields=["public_text"])
    petition.public_text, petition.is_public = public_text.strip(), True
    petition.save(update_fields=["public_text", "is_public"])
    search.reindex([petition.pk])
    audit.record(by, "voters.petition-published", petition, data={"code": petition.code})
    return petition


@transaction.atomic
def hide_petition(*, petition: Petition, by: User, reason: str) -> Petition:
    """Take a petition off the public pages, with a reason for the record."""
    petition = locked(petition, by)
    if not reason.strip():
        raise BadInput(_("Nhập lý do ngừng công khai."))
    petition.is_public = False
    petition.save(update_fields=["is_public"])
    search.reindex([petition.pk])
    audit.record(by, "voters.petition-hidden", petition, data={"code": petition.code, "reason": reason[:300]})
    return petition


@transaction.atomic
def close_petition(*, petition: Petition, by: User, reason: str) -> Petition:
    """Set aside what is not for an agency (repeated, not a petition); nothing is deleted."""
    petition = locked(petition, by)
    if not reason.strip():
        raise BadInput(_("Nhập lý do lưu, không chuyển."))
    step(petition, Petition.State.CLOSED)
    petition.is_public = False
    note = _("Lưu, không chuyển: %(reason)s") % {"reason": reason.strip()}
    petition.internal_note = f"{petition.internal_note}\n{note}".strip()
    petition.save(update_fields=["state", "is_public", "internal_note"])
    search.reindex([petition.pk])
    audit.record(by, "voters.petition-closed", petition, data={"code": petition.code})
    return petition


@transaction.atomic
def restore_petition(*, petition: Petition, by: User) -> Petition:
    """Take a petition that was set aside up again."""
    petition = locked(petition, by)
    step(petition, Petition.State.RECORDED)
    petition.save(update_fields=["state"])
    audit.record(by, "voters.petition-restored", petition, data={"code": petition.code})
    return petition


# --- shared by the other verbs --------------------------------------------------------------------


def accepted_reply(petition: Petition) -> Reply | None:
    """The accepted reply of the running referral, once the petition is answered."""
    if petition.state != Petition.State.PUBLISHED:
        return None
    running = Reply.objects.filter(referral__petition=petition, referral__withdrawn_at=None)
    return running.filter(state=Reply.State.ACCEPTED).order_by("-pk").first()


def ask(by: User, council: Council) -> None:
    if not can_manage(by, council):
        raise NotAllowed(_("Chỉ văn phòng được làm việc này."))


def locked(petition: Petition, by: User | None) -> Petition:
    """The row under its lock, fetched alone; with `by`, the office's permission asked under it."""
    petition = Petition.objects.select_for_update(no_key=True).get(pk=petition.pk)
    if by is not None:
        ask(by, petition.council)
    return petition


def step(petition: Petition, state: str) -> None:
    """Take a legal step, or refuse in words with the state that the petition is in."""
    if state not in Petition.NEXT.get(Petition.State(petition.state), set()):
        raise WrongState(
            _("Không làm được: kiến nghị %(code)s đang ở trạng thái “%(state)s”.")
            % {"code": petition.code, "state": petition.get_state_display()}
        )
    petition.move_to(state)


def refuse_personal_data(petition: Petition, *texts: str, reviewed: bool) -> None:
    """Refuse texts that must not be published, naming every place."""
    shown = " \n".join([*(getattr(petition, name) for name in SHOWN), *texts])
    found = privacy.findings(shown)
    stop = [finding for finding in found if finding.is_blocking]
    if stop:
        raise BadInput(
            _("Không công khai được, còn dữ liệu cá nhân: %(found)s.") % {"found": privacy.in_words(stop)},
            faults=[privacy.in_words([finding]) for finding in stop],
        )
    if found and not reviewed:
        raise BadInput(
            _("Có chỗ giống dữ liệu cá nhân: %(found)s. Sửa lại, hoặc đánh dấu đã xem và không phải của cử tri.")
            % {"found": privacy.in_words(found)},
            faults=[privacy.in_words([finding]) for finding in found],
        )


def suggested_title(text: str) -> str:
    """The first sentence of a petition without personal data, cut at a word, up to 120 characters."""
    text = privacy.without_personal_data(" ".join(text.split()))
    for end in (". ", "; "):
        text = text.partition(end)[0]
    text = text.rstrip(".;")
    if len(text) <= 120:
        return text
    return text[:119].rsplit(" ", 1)[0].rstrip(",;:") + "…"


def term_on(council: Council, day) -> Term:
    """The term in force on a day; for a day before the first term, the term of today."""
    term = council.terms.on(day).first() or council.terms.on(timezone.localdate()).first() or council.terms.first()
    if term is None:
        raise BadInput(_("Hội đồng chưa có khóa nào."))
    return term


def next_codes(council: Council, year: int, count: int) -> list[str]:
    """The next codes of a year, KN-2026-0001 …; the series row is locked until the transaction ends."""
    key = f"petition:{year}"
    NumberSeries.objects.get_or_create(council=council, key=key)
    series = NumberSeries.objects.select_for_update(no_key=True).get(council=council, key=key)
    taken = set(
        Petition.objects.filter(council=council, code__startswith=f"KN-{year}-").values_list("code", flat=True)
    )
    codes = []
    while len(codes) < count:
        series.last += 1
        code = f"KN-{year}-{series.last:04d}"
        if code not in taken:
            codes.append(code)
    series.save(update_fields=["last"])
    return codes
