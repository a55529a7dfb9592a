"""The papers of a session: dropped several at once, matched, confirmed; and one by one."""

from datetime import date

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from council.errors import BadInput, WrongState
from sessions import batches, selectors, services
from sessions.batches import clean_folder, is_zip
from sessions.forms import PaperForm, ReadersForm, WithdrawForm
from sessions.models import PaperBatch, StagedPaper
from sessions.views_office import form_page, get_item, get_paper, of_session

MOST_FILES = 200  # of one form without JavaScript


@of_session()
@require_http_methods(["GET"])
def papers(request, council_session):
    """What the agenda needs, what is there, and what was dropped and waits for its place."""
    return render(request, "sessions/office/papers.html", papers_context(council_session))


def papers_context(council_session, refused=()) -> dict:
    sittings = selectors.agenda(council_session)
    have, total = selectors.paper_counts(council_session)
    staged = list(
        council_session.staged_papers.shown()
        .select_related("document", "paper")
        .prefetch_related("document__versions")
    )
    for row in staged:
        row.version = row.document.versions.all()[0]
        row.found_day = date.fromisoformat(row.found["day"]) if row.found.get("day") else None
    return {
        "council_session": council_session,
        "sittings": sittings,
        "have": have,
        "total": total,
        "staged": staged,
        "proposed": sum(row.paper_id is not None for row in staged),
        "refused": refused,
        "batches": list(council_session.paper_batches.filter(is_closed=False)),
        "deadline": selectors.deadlines(council_session).papers,
        "steps_back": reverse("sessions:session", args=[council_session.public_id]),
    }


@of_session()
@require_POST
def drop(request, council_session):
    """Take in dropped files, each for itself: what is no sound paper is refused in words, the others wait."""
    files = request.FILES.getlist("files")
    if request.headers.get("X-File-Drop"):
        return _one_dropped(request, council_session, files)
    if not files or len(files) > MOST_FILES:
        words = _("Chọn ít nhất một tệp.") if not files else _("Mỗi lần nhiều nhất %(n)s tệp.") % {"n": MOST_FILES}
        messages.warning(request, words)
        return redirect("sessions:papers", council_session.public_id)
    refused = []
    for file in files:
        try:
            _take(request, council_session, file)
        except (BadInput, WrongState) as fault:
            refused.append({"name": file.name, "words": fault.message})
    if refused:
        context = papers_context(council_session, refused)
        status = 422 if len(refused) == len(files) else 200
        return render(request, "sessions/office/papers.html", context, status=status)
    return redirect("sessions:papers", council_session.public_id)


def _one_dropped(request, council_session, files) -> HttpResponse:
    """The answer to one file of a drop, for the script that shows each with its own bar."""
    if len(files) != 1:
        return JsonResponse({"message": str(_("Gửi từng tệp một."))}, status=422)
    try:
        staged = _take(request, council_session, files[0])
    except (BadInput, WrongState) as fault:
        return JsonResponse({"message": str(fault.message)}, status=422)
    if isinstance(staged, PaperBatch):
        words = _("Tệp nén có %(n)s tệp, đang được đọc lần lượt; tiến độ hiện ở danh sách dưới.")
        return JsonResponse({"message": words % {"n": staged.total}})
    if staged.paper_id is None:
        return JsonResponse({"message": str(_("Chưa rõ là văn bản nào, bạn chọn ở danh sách chờ."))})
    words = _("Mục %(item)s: %(title)s. %(why)s")
    paper = staged.paper
    values = {"item": paper.item.number, "title": paper.title, "why": staged.reason}
    return JsonResponse({"message": words % values})


def _take(request, council_session, file) -> StagedPaper | PaperBatch:
    """One dropped file: a zip is put aside for a job to unpack, everything else is checked and matched now."""
    folder = clean_folder(request.POST.get("thu-muc", ""))
    if is_zip(file):
        return batches.take_batch(council_session=council_session, by=request.user, upload=file)
    return services.stage_paper(council_session=council_session, by=request.user, upload=file, folder=folder)


@of_session()
@require_POST
def close_batch(request, council_session, batch_pk):
    """The office has read what a zip's line says."""
    found = council_session.paper_batches.filter(public_id=batch_pk).first()
    if found is None:
        raise Http404
    batches.close_batch(batch=found, by=request.user)
    return redirect("sessions:papers", council_session.public_id)


@of_session()
@require_POST
def file_staged(request, council_session):
    """Hang the waiting files where the office says; those left at "chưa xếp" go on waiting."""
    choices, adopt = {}, set()
    papers = {str(public_id): key for key, public_id in _papers_of(council_session)}
    for staged in council_session.staged_papers.shown():
        if request.POST.get(f"ghi-{staged.public_id}") == "1":
            adopt.add(staged.pk)
        chosen = request.POST.get(f"tep-{staged.public_id}", "")
        if chosen in papers:
            choices[staged.pk] = papers[chosen]
    if not choices:
        messages.info(request, _("Chưa chọn văn bản cho tệp nào."))
        return redirect("sessions:papers", council_session.public_id)
    filed, refused = services.file_staged(council_session=council_session, by=request.user, choices=choices, adopt=adopt)
    if filed:
        words = ngettext("Đã xếp %(n)s tệp vào chương trình.", "Đã xếp %(n)s tệp vào chương trình.", len(filed))
        messages.success(request, words % {"n": len(filed)})
    for words in refused:
        messages.error(request, words)
    return redirect("sessions:papers", council_session.public_id)


def _papers_of(council_session):
    from sessions.models import ItemPaper

    return ItemPaper.objects.filter(item__council_session=council_session).values_list("pk", "public_id")


@of_session()
@require_POST
def discard(request, council_session, staged_pk):
    found = StagedPaper.objects.filter(council_session=council_session, public_id=staged_pk).first()
    if found is None:
        raise Http404
    services.discard_staged(staged=found, by=request.user)
    messages.success(request, _("Đã bỏ tệp %(name)s.") % {"name": found.name})
    return redirect("sessions:papers", council_session.public_id)


@of_session()
@require_http_methods(["GET", "POST"])
def paper(request, council_session, item_pk=None, paper_pk=None):
    """Name a paper that an item needs, or change its particulars."""
    found = get_paper(council_session, paper_pk) if paper_pk else None
    item = found.item if found else get_item(council_session, item_pk)
    names = ("kind", "title", "number", "issuer", "issued_on", "is_public")
    initial = {name: getattr(found, name) for name in names} if found else {}
    form = PaperForm(request.POST or None, initial=initial)
    back = reverse("sessions:item", args=[council_session.public_id, item.public_id])
    if form.is_valid():
        services.save_paper(item=item, by=request.user, paper=found, **form.cleaned_data)
        messages.success(request, _("Đã lưu văn bản."))
        return redirect(back)
    title = _("Sửa văn bản của mục %(n)s") if found else _("Thêm văn bản cho mục %(n)s")
    return form_page(request, council_session, form, title % {"n": item.number}, back=back)


@of_session()
@require_POST
def file_one(request, council_session, paper_pk):
    """Upload one file for one paper: the first makes it, a later one is a new version."""
    found = get_paper(council_session, paper_pk)
    files = request.FILES.getlist("files")
    is_new = found.document_id is None
    try:
        if len(files) != 1:
            raise BadInput(_("Chọn một tệp."))
        services.file_paper(paper=found, by=request.user, upload=files[0])
    except (BadInput, WrongState) as fault:
        messages.error(request, fault.message)
    else:
        messages.success(request, _("Đã nhận tệp.") if is_new else _("Đã thêm bản mới; bản cũ vẫn được giữ."))
    return redirect(_item_of(council_session, found))


def _item_of(council_session, found) -> str:
    return reverse("sessions:item", args=[council_session.public_id, found.item.public_id])


@of_session()
@require_http_methods(["GET", "POST"])
def readers(request, council_session, paper_pk):
    """Who reads a paper, and whether it is restricted."""
    found = get_paper(council_session, paper_pk)
    initial = {
        "visibility": "public" if found.is_public else found.readers,
        "bodies": [body.public_id for body in found.named_bodies.all()],
        "is_restricted": found.is_restricted,
    }
    is_closed_door = found.item.sitting.is_closed_door
    form = ReadersForm(
        request.POST or None, initial=initial, council_session=council_session, is_closed_door=is_closed_door
    )
    if form.is_valid():
        services.set_paper_readers(paper=found, by=request.user, **form.cleaned_data)
        messages.success(request, _("Đã ghi ai được đọc văn bản này."))
        return redirect(_item_of(council_session, found))
    title = _("Ai được đọc: %(title)s") % {"title": found.title}
    return form_page(request, council_session, form, title, back=_item_of(council_session, found))


@of_session()
@require_http_methods(["GET", "POST"])
def withdraw(request, council_session, paper_pk):
    """Take a filed paper away from its readers, with a reason that they are told."""
    found = get_paper(council_session, paper_pk)
    form = WithdrawForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.withdraw_paper(paper=found, by=request.user, **form.cleaned_data)
        messages.success(request, _("Đã rút văn bản. Mọi máy đang mở được báo ngay."))
        return redirect(_item_of(council_session, found))
    title = _("Rút văn bản: %(title)s") % {"title": found.title}
    return form_page(request, council_session, form, title, _("Rút văn bản"), back=_item_of(council_session, found))


@of_session()
@require_POST
def public(request, council_session, paper_pk):
    found = get_paper(council_session, paper_pk)
    is_public = request.POST.get("cong-khai") == "1"
    services.set_paper_public(paper=found, by=request.user, is_public=is_public)
    messages.success(request, _("Công dân đọc được văn bản này.") if is_public else _("Văn bản này không còn công khai."))
    return redirect(_item_of(council_session, found))


@of_session()
@require_POST
def move(request, council_session, paper_pk):
    found = get_paper(council_session, paper_pk)
    services.move_paper(paper=found, by=request.user, up=request.POST.get("len") == "1")
    return redirect(_item_of(council_session, found))


@of_session()
@require_POST
def remove(request, council_session, paper_pk):
    found = get_paper(council_session, paper_pk)
    item = found.item
    services.remove_paper(paper=found, by=request.user)
    messages.success(request, _("Đã xóa văn bản khỏi mục %(n)s.") % {"n": item.number})
    return redirect("sessions:item", council_session.public_id, item.public_id)


@of_session()
@require_POST
def remind(request, council_session, paper_pk):
    """Ask the agency for a paper that is missing, by mail."""
    found = get_paper(council_session, paper_pk)
    try:
        services.remind_of_paper(
            paper=found, by=request.user, deadline=selectors.deadlines(council_session).papers
        )
    except (BadInput, WrongState) as fault:
        messages.warning(request, fault.message)
    else:
        messages.success(request, _("Đã gửi thư nhắc %(agency)s.") % {"agency": found.item.agency.name})
    return redirect("sessions:session", council_session.public_id)
