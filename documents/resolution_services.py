"""What can happen to a resolution: written from an adopted draft, numbered, printed, published."""

from datetime import date

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from council import audit, outbox, regulations
from council.errors import BadInput, NotAllowed, WrongState
from council.models import Council, Term, User
from documents import rules, search
from documents.models import Document, NumberSeries, Resolution
from documents.permissions import can_keep_register
from documents.printing import attached_regulation, print_resolution, resolution_lines
from documents.resolution_text import clean_text, faults_in


@transaction.atomic
def draft_resolution(
    *,
    council: Council,
    term: Term | None,
    by: User,
    kind: str,
    title: str,
    text: dict | None = None,
    adoption: dict | None = None,
    adopted_on: date | None = None,
    effective_on: date | None = None,
    session_name: str = "",
    session_url: str = "",
    draft: Document | None = None,
) -> Resolution:
    """Begin a resolution from what was adopted; it has no number and nobody outside the office sees it.

    `adoption` is the vote as values: "poll" (the key of the adoption), "for", "against", "other", "silent", "absent",
    "total", "present", "needed", "passed", "why", "article", "text_name", "text_digest". One question
    of a poll gives one resolution (WrongState).
    """
    if not can_keep_register(by, council):
        raise NotAllowed(_("Chỉ văn phòng được soạn nghị quyết."))
    if term is None:
        raise BadInput(_("Hội đồng chưa có khóa nào. Hãy ghi khóa trước."))
    if term.council_id != council.pk or (draft is not None and draft.council_id != council.pk):
        raise NotAllowed(_("Khóa và dự thảo phải thuộc hội đồng này."))
    adoption = adoption or {}
    if adoption.get("passed") is False:
        raise WrongState(_("Dự thảo này không được thông qua."))
    if adoption.get("poll") and _of_poll(council, adoption["poll"]).exists():
        raise WrongState(_("Lần biểu quyết này đã có nghị quyết."))
    resolution = Resolution(
        council=council, term=term, created_by=by, adoption=adoption, draft=draft, session_name=session_name,
        session_url=session_url,
    )  # fmt: skip
    _write(resolution, kind, title, text or {}, adopted_on, effective_on)
    resolution.save()
    audit.record(by, "documents.resolution-drafted", resolution, data={"title": resolution.title})
    return resolution


@transaction.atomic
def edit_resolution(
    *,
    resolution: Resolution,
    by: User,
    kind: str,
    title: str,
    text: dict,
    adopted_on: date | None,
    effective_on: date | None,
    session_name: str,
    adoption: dict | None = None,
) -> Resolution:
    """Write the text anew while it has no number; afterwards it is not changed by anybody (409)."""
    resolution = _locked(resolution, by)
    if resolution.state != Resolution.State.DRAFT:
        raise WrongState(_("Nghị quyết đã vào số, không sửa được nữa."))
    resolution.session_name = session_name
    if adoption is not None:
        resolution.adoption = adoption
    _write(resolution, kind, title, text, adopted_on, effective_on)
    resolution.save()
    audit.record(by, "documents.resolution-edited", resolution)
    return resolution


@transaction.atomic
def issue_resolution(*, resolution: Resolution, by: User) -> Resolution:
    """Give the next number of its series and let the PDF be made.

    The number is counted under the lock of its series in the same transaction: none is left out, none
    is given twice. Issuing twice gives the same number. BadInput lists what the text still lacks.
    """
    resolution = _locked(resolution, by)
    if resolution.state != Resolution.State.DRAFT:
        return resolution
    faults = faults_in(resolution.text)
    if resolution.adopted_on is None:
        faults.insert(0, _("Chưa có ngày thông qua."))
    if faults:
        raise BadInput(_("Nghị quyết chưa đủ nội dung để vào số."), faults)
    council = resolution.council
    reset = regulations.value(council, "individual_number_reset", on=resolution.adopted_on)
    key = rules.series_key(resolution.kind, resolution.adopted_on, reset=reset, term_id=resolution.term_id)
    series = _locked_series(council, key)
    series.last += 1
    series.save(update_fields=["last"])
    resolution.series, resolution.number = key, series.last
    resolution.symbol = rules.symbol(resolution.kind, series.last, resolution.adopted_on)
    resolution.slug = rules.slug(resolution.symbol)
    resolution.search_text = _search_text(resolution)
    resolution.move_to(Resolution.State.NUMBERED)
    resolution.save()
    audit.record(by, "documents.resolution-numbered", resolution, data={"symbol": resolution.symbol})
    _ask_for_pdf(resolution, "issue")
    return resolution


@transaction.atomic
def publish_resolution(*, resolution: Resolution, by: User) -> Resolution:
    """Make a numbered resolution public: this explicit act and no other. Twice is once."""
    resolution = _locked(resolution, by)
    if resolution.state == Resolution.State.PUBLISHED:
        return resolution
    if resolution.state == Resolution.State.DRAFT:
        raise WrongState(_("Nghị quyết chưa vào số nên chưa công bố được."))
    if not resolution.pdf:
        raise WrongState(_("Bản PDF đang được tạo. Hãy đợi ít giây rồi công bố."))
    resolution.move_to(Resolution.State.PUBLISHED)
    resolution.published_at = timezone.now()
    resolution.save(update_fields=["state", "published_at"])
    data = {"symbol": resolution.symbol, "sha256": resolution.pdf_sha256}
    audit.record(by, "documents.resolution-published", resolution, data=data)
    return resolution


@transaction.atomic
def render_again(*, resolution: Resolution, by: User) -> None:
    """Ask anew for a PDF that could not be made."""
    resolution = _locked(resolution, by)
    if resolution.state != Resolution.State.NUMBERED:
        raise WrongState(_("Chỉ tạo lại được bản PDF của nghị quyết đã vào số và chưa công bố."))
    resolution.pdf_error = ""
    resolution.save(update_fields=["pdf_error"])
    _ask_for_pdf(resolution, timezone.now().isoformat())


@transaction.atomic
def drop_draft(*, resolution: Resolution, by: User) -> None:
    """Throw away a draft that has no number yet; a numbered one stays for ever."""
    resolution = _locked(resolution, by)
    if resolution.state != Resolution.State.DRAFT:
        raise WrongState(_("Nghị quyết đã vào số, không xóa được."))
    audit.record(by, "documents.resolution-dropped", resolution, data={"title": resolution.title})
    resolution.delete()


@transaction.atomic
def continue_series(*, council: Council, by: User, key: str, last: int) -> NumberSeries:
    """Say which number was the last one given on paper, before this register gave any of the series."""
    if not can_keep_register(by, council):
        raise NotAllowed(_("Chỉ văn phòng được giữ sổ đăng ký nghị quyết."))
    series = _locked_series(council, key)
    if council.resolutions.filter(series=key).exists():
        raise WrongState(_("Sổ này đã cấp số, không đặt lại được."))
    if last < 0:
        raise BadInput(_("Số cuối đã cấp không được nhỏ hơn 0."))
    series.last = last
    series.save(update_fields=["last"])
    audit.record(by, "documents.series-continued", series, council=council, data={"key": key, "last": last})
    return series


def store_pdf(*, resolution_id: int) -> None:
    """Print a numbered resolution and keep its PDF; doing it again changes nothing. Run by the outbox.

    The same text gives the same bytes, so a second run after a crash stores what was there already.
    """
    resolution = Resolution.objects.select_related("council", "term").get(pk=resolution_id)
    if resolution.state == Resolution.State.DRAFT or resolution.pdf:
        return
    content, sha256 = print_resolution(resolution)
    with transaction.atomic():
        locked = Resolution.objects.select_for_update(no_key=True).get(pk=resolution_id)
        if locked.pdf:
            return
        locked.pdf.save(f"{locked.public_id.hex}.pdf", ContentFile(content), save=False)
        locked.pdf_sha256, locked.pdf_error = sha256, ""
        locked.save(update_fields=["pdf", "pdf_sha256", "pdf_error"])
        audit.record(None, "documents.resolution-printed", locked, data={"sha256": sha256})


def note_pdf_fault(*, resolution_id: int, fault: str) -> None:
    """Tell the office that the PDF could not be made."""
    Resolution.objects.filter(pk=resolution_id, pdf="").update(pdf_error=fault[:300])


def _locked(resolution: Resolution, by: User) -> Resolution:
    locked = Resolution.objects.select_for_update(no_key=True).get(pk=resolution.pk)
    if not can_keep_register(by, locked.council):
        raise NotAllowed(_("Chỉ văn phòng được giữ sổ đăng ký nghị quyết."))
    return locked


def _locked_series(council: Council, key: str) -> NumberSeries:
    NumberSeries.objects.get_or_create(council=council, key=key)
    return NumberSeries.objects.select_for_update(no_key=True).get(council=council, key=key)


def _of_poll(council: Council, poll: str):
    return Resolution.objects.filter(council=council, adoption__poll=str(poll))


def _write(resolution: Resolution, kind, title, text, adopted_on, effective_on) -> None:
    title = " ".join(title.split())
    if not title:
        raise BadInput(_("Hãy ghi trích yếu nghị quyết."))
    if kind not in Resolution.Kind.values:
        raise BadInput(_("Chọn loại nghị quyết."))
    if adopted_on and effective_on and effective_on < adopted_on:
        raise BadInput(_("Ngày có hiệu lực không được trước ngày thông qua."))
    resolution.kind, resolution.title = kind, title[:500]
    resolution.text = clean_text(text)
    if resolution.text.get("regulation") and kind != Resolution.Kind.NORMATIVE:
        raise BadInput(_("Chỉ nghị quyết quy phạm pháp luật ban hành kèm theo một quy định."))
    resolution.adopted_on, resolution.effective_on = adopted_on, effective_on


def _search_text(resolution: Resolution) -> str:
    lines = [line.text for line in resolution_lines(resolution)]
    if attached := attached_regulation(resolution):
        lines += [resolution.text["regulation_title"], *(line.text for line in attached["lines"])]
    return search.index_text(resolution.symbol, resolution.title, *lines)


def _ask_for_pdf(resolution: Resolution, reason: str) -> None:
    outbox.enqueue(
        "documents.render_resolution", key=f"documents.render_resolution:{resolution.pk}:{reason}",
        council=resolution.council, resolution_id=resolution.pk,
        title=_("Tạo bản PDF nghị quyết %(symbol)s") % {"symbol": resolution.symbol},
    )  # fmt: skip
