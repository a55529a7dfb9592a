"""The office's desk: the list of sessions, one session with its agenda, changing it."""

from functools import wraps

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from council.errors import BadInput, WrongState
from council.models import SeatCard
from council.permissions import Role
from council.second_factor import OFFICE, second_factor_required
from sessions import rules, selectors, services
from sessions.forms import CopyForm, ItemForm, NewItemForm, NewSessionForm, SessionForm, SittingForm
from sessions.handin.selectors import overview, tally
from sessions.models import AgendaItem, CouncilSession, ItemPaper, Sitting
from sessions.permissions import bodies_served, can_prepare

UNDO = "agenda_undo"  # key in the browser's session: the last act that can be taken back


def desk(view):
    """A page of the desk: signed in, with the second factor of the day for who has a privileged role."""
    return login_required(second_factor_required(OFFICE)(view))


def of_session(*, prepares: bool = True):
    """Fetch the session that the address names; 404 for who may not see (or prepare) it."""

    def decorate(view):
        @desk
        @wraps(view)
        def fetched(request, pk, *args, **kwargs):
            get = selectors.get_prepared_session_for if prepares else selectors.get_council_session_for
            return view(request, get(request.user, request.council, pk), *args, **kwargs)

        return fetched

    return decorate


def serves_somewhere(view):
    """404 for who prepares no body's meetings in this council."""

    @desk
    @wraps(view)
    def checked(request, *args, **kwargs):
        bodies = bodies_served(request.user, request.council, Role.OFFICE)
        if not bodies.exists():
            raise Http404
        return view(request, bodies, *args, **kwargs)

    return checked


# --- List ---------------------------------------------------------------------------------------------
@desk
@require_GET
def session_list(request):
    """All sessions and meetings of the bodies that this person serves."""
    bodies = bodies_served(request.user, request.council)
    if not bodies.exists():
        raise Http404
    rows = selectors.sessions_for(request.user, request.council)
    body = request.GET.get("co-quan", "")
    chosen = bodies.filter(code=body).first() if body else None
    if chosen:
        rows = rows.filter(body=chosen)
    with_meetings = [b for b in bodies if b.council_sessions.exists()]
    tabs = [{"label": _("Tất cả"), "url": reverse("sessions:list"), "current": not chosen}]
    tabs += [
        {"label": b.short_name, "url": f"{reverse('sessions:list')}?co-quan={b.code}", "current": b == chosen}
        for b in with_meetings
    ]
    context = {
        "rows": rows,
        "tabs": tabs if len(with_meetings) > 1 else [],
        "may_create": bodies_served(request.user, request.council, Role.OFFICE).exists(),
    }
    return render(request, "sessions/office/list.html", context)


@serves_somewhere
@require_http_methods(["GET", "POST"])
def create(request, bodies):
    """An empty session, to be furnished by hand."""
    form = NewSessionForm(request.POST or None, bodies=bodies)
    if form.is_valid():
        try:
            made = services.create_session(council=request.council, by=request.user, **form.cleaned_data)
        except BadInput as fault:
            form.add_error(None, fault.message)
        else:
            messages.success(request, _("Đã lập kỳ họp. Thêm phiên đầu tiên."))
            return redirect("sessions:add_sitting", made.public_id)
    context = {"form": form, "title": _("Lập kỳ họp"), "back": reverse("sessions:list"), "act": _("Lập kỳ họp")}
    return render(request, "sessions/office/form.html", context, status=422 if form.errors else 200)


# --- One session ------------------------------------------------------------------------------------
@of_session(prepares=False)
@require_GET
def session(request, council_session):
    """Where the preparation stands: steps, agenda with papers, what is missing, the notice."""
    return render(request, "sessions/office/session.html", session_context(request, council_session))


def session_context(request, council_session: CouncilSession) -> dict:
    """What the session page shows; the agenda's partial needs a part of it."""
    sittings = selectors.agenda(council_session)
    missing = selectors.missing_papers(council_session)
    have, total = selectors.paper_counts(council_session)
    requests = overview(council_session)
    notice = selectors.current_notice(council_session)
    delivery = selectors.delivery_of(notice) if notice else None
    deadlines = selectors.deadlines(council_session)
    items = sum(len(s.agenda_items) for s in sittings)
    chosen, only_missing = request.GET.get("phien", ""), request.GET.get("loc") == "thieu"
    here = reverse("sessions:session", args=[council_session.public_id])
    tabs = [{"label": _("Tất cả"), "url": here, "count": items, "current": not chosen and not only_missing}]
    tabs += [
        {
            "label": _("Phiên %(n)s") % {"n": s.number},
            "url": f"{here}?phien={s.number}",
            "count": len(s.agenda_items),
            "current": chosen == str(s.number) and not only_missing,
        }
        for s in sittings
    ]
    lacking = {paper.item_id for paper in missing}
    tabs.append(
        {"label": _("Thiếu"), "url": f"{here}?loc=thieu", "count": len(lacking), "current": only_missing}
    )
    shown = [s for s in sittings if not chosen or str(s.number) == chosen]
    for sitting in shown:
        sitting.shown = [i for i in sitting.agenda_items if not only_missing or i.pk in lacking]
    if only_missing:
        shown = [s for s in shown if s.shown]
    may_prepare = can_prepare(request.user, council_session)
    way = steps(council_session, items, len(sittings), have, total, delivery, deadlines)
    if not may_prepare:  # who only looks on is not led to the desks of those who prepare
        way = [row | {"url": ""} for row in way]
    undo_row = request.session.get(UNDO)
    return {
        "council_session": council_session,
        "sittings": sittings,
        "shown": shown,
        "tabs": tabs,
        "missing": missing,
        "lacking": _grouped(missing, requests),
        "collecting": tally(requests) if may_prepare else None,
        "have": have,
        "total": total,
        "item_count": items,
        "notice": notice,
        "delivery": delivery,
        "deadlines": deadlines,
        "papers_late": bool(missing) and deadlines.papers.days_late(_today()) > 0,
        "steps": way,
        "may_prepare": may_prepare and council_session.state != CouncilSession.State.CLOSED,
        "arranging": request.GET.get("sap-xep") == "1" and may_prepare,
        "undo": undo_row if undo_row and undo_row["session"] == str(council_session.public_id) else None,
        "staged": council_session.staged_papers.shown().count(),
        "filtered": bool(chosen or only_missing),
        "chosen": chosen if chosen.isdigit() else "",
    }


def _grouped(missing: list[ItemPaper], lines) -> list[dict]:
    """Missing papers of one kind of one item as one line: the first of them and how many there are.

    One that somebody was asked for has a line of its own: from whom, and how late.
    """
    standings = {line.paper.pk: line.standing for line in lines if line.standing and line.standing.is_live}
    groups: dict[tuple, dict] = {}
    for paper in missing:
        standing = standings.get(paper.pk)
        key = (paper.item_id, paper.kind, paper.pk if standing else None)
        group = groups.setdefault(key, {"paper": paper, "count": 0, "standing": standing})
        group["count"] += 1
    return sorted(groups.values(), key=lambda group: -(group["standing"].days_late if group["standing"] else 0))


def _today():
    from django.utils import timezone

    return timezone.localdate()


def steps(council_session, items, sittings, have, total, delivery, deadlines) -> list[dict]:
    """The five steps of preparing a session, each with what is known of it."""
    here = council_session.public_id
    next_sitting = council_session.sittings.exclude(state=Sitting.State.CLOSED).first()
    cards, printed = _cards(council_session)

    def step(label, note, done, current, url):
        return {"label": label, "note": note, "url": url, "state": "done" if done else "current" if current else ""}

    if delivery is None and council_session.state != CouncilSession.State.DRAFT:
        sent = council_session.notice_number or _("đã triệu tập")
    elif delivery is None:
        sent = _("hạn %(day)s") % {"day": f"{deadlines.notice.day:%d/%m}"}
    else:
        sent = _("đã gửi %(n)s/%(all)s") % {"n": delivery.sent, "all": delivery.total}
    cards_note = _("đã in %(n)s/%(all)s") % {"n": printed, "all": cards} if printed else _("chưa in")
    return [
        step(
            _("Chương trình"),
            _("%(items)s mục, %(sittings)s phiên") % {"items": items, "sittings": sittings},
            items > 0,
            items == 0,
            reverse("sessions:session", args=[here]),
        ),
        step(
            _("Tài liệu"),
            _("%(have)s/%(all)s văn bản, hạn %(day)s")
            % {"have": have, "all": total, "day": f"{deadlines.papers.day:%d/%m}"},
            total > 0 and have == total,
            items > 0,
            reverse("sessions:papers", args=[here]),
        ),
        step(
            _("Thông báo triệu tập"),
            sent,
            delivery.sent == delivery.total if delivery else council_session.state != CouncilSession.State.DRAFT,
            items > 0,
            reverse("sessions:notice", args=[here]),
        ),
        step(
            _("Thẻ ghế"),
            cards_note,
            cards > 0 and printed == cards,
            0 < printed < cards,
            selectors.address("council:delegates"),
        ),
        step(
            _("Kiểm tra trước khai mạc"),
            rules.day_words(next_sitting.date) if next_sitting else _("đã họp xong"),
            next_sitting is None and sittings > 0,
            council_session.state == CouncilSession.State.RUNNING,
            selectors.address("sessions:precheck", next_sitting.public_id) if next_sitting else "",
        ),
    ]


def _cards(council_session) -> tuple[int, int]:
    """(delegates convened, of them with a printed live card)."""
    delegates = selectors.session_members(council_session)
    cards = SeatCard.objects.filter(delegate__in=[d.pk for d in delegates], revoked_at=None)
    return len(delegates), cards.exclude(printed_at=None).count()


def _agenda_answer(request, council_session):
    """After a change: the agenda alone for htmx, the page for everybody else."""
    if request.headers.get("HX-Request"):
        context = session_context(request, council_session) | {"arranging": True}
        return render(request, "sessions/office/_agenda.html", context)
    here = reverse("sessions:session", args=[council_session.public_id])
    return redirect(f"{here}?sap-xep=1" if request.POST.get("sap-xep") else here)


@of_session()
@require_http_methods(["GET", "POST"])
def edit(request, council_session):
    fields = ("number", "kind", "title", "place", "starts_on", "ends_on")
    form = SessionForm(request.POST or None, initial={name: getattr(council_session, name) for name in fields})
    if form.is_valid():
        try:
            services.edit_session(council_session=council_session, by=request.user, **form.cleaned_data)
        except BadInput as fault:
            form.add_error(None, fault.message)
        else:
            messages.success(request, _("Đã lưu."))
            return redirect("sessions:session", council_session.public_id)
    is_draft = council_session.state == CouncilSession.State.DRAFT
    remove = {
        "url": reverse("sessions:remove", args=[council_session.public_id]),
        "act": _("Xóa kỳ họp này"),
        "hint": _("Chỉ xóa được kỳ họp chưa triệu tập và chưa có tài liệu nào. Không hoàn tác được."),
    }
    return form_page(
        request, council_session, form, _("Sửa thông tin kỳ họp"), remove=remove if is_draft else None
    )


@of_session()
@require_POST
def remove(request, council_session):
    """Throw away a draft, for instance after the import of a wrong file."""
    title = council_session.title
    services.remove_session(council_session=council_session, by=request.user)
    messages.success(request, _("Đã xóa “%(title)s”.") % {"title": title})
    return redirect("sessions:list")


@of_session()
@require_http_methods(["GET", "POST"])
def copy(request, council_session):
    """A new session from an earlier one: same sittings, items and expected papers, no files."""
    form = CopyForm(request.POST or None, initial={"title": council_session.title})
    if form.is_valid():
        try:
            made = services.copy_session(source=council_session, by=request.user, **form.cleaned_data)
        except BadInput as fault:
            form.add_error(None, fault.message)
        else:
            messages.success(request, _("Đã sao chép chương trình. Xem lại ngày giờ và tên từng mục."))
            return redirect("sessions:session", made.public_id)
    return form_page(request, council_session, form, _("Sao chép thành kỳ họp mới"), _("Sao chép"))


def form_page(request, council_session, form, title, act="", **more):
    """A page with one form of the session; `act` is what its button says, `back` in `more` where it leads back to."""
    context = {
        "council_session": council_session,
        "form": form,
        "title": title,
        "act": act or _("Lưu"),
        "back": reverse("sessions:session", args=[council_session.public_id]),
        **more,
    }
    return render(request, "sessions/office/form.html", context, status=422 if form.errors else 200)


@of_session()
@require_http_methods(["GET", "POST"])
def sitting(request, council_session, sitting_pk=None):
    """Add a sitting, or change one."""
    found = get_object_or_404(council_session.sittings, public_id=sitting_pk) if sitting_pk else None
    initial = {"date": council_session.starts_on, "starts_at": "08:00"}
    if found:
        initial = {name: getattr(found, name) for name in ("title", "date", "starts_at", "is_closed_door")}
    form = SittingForm(request.POST or None, initial=initial)
    if form.is_valid():
        services.save_sitting(
            council_session=council_session, by=request.user, sitting=found, **form.cleaned_data
        )
        messages.success(request, _("Đã lưu phiên."))
        return redirect("sessions:session", council_session.public_id)
    title = _("Sửa phiên %(n)s") % {"n": found.number} if found else _("Thêm phiên")
    remove = found and {
        "url": reverse("sessions:remove_sitting", args=[council_session.public_id, found.public_id]),
        "act": _("Xóa phiên này"),
        "hint": _("Chỉ xóa được phiên chưa họp và không còn mục nào."),
    }
    return form_page(request, council_session, form, title, remove=remove)


@of_session()
@require_POST
def remove_sitting(request, council_session, sitting_pk):
    found = get_object_or_404(council_session.sittings, public_id=sitting_pk)
    services.remove_sitting(sitting=found, by=request.user)
    messages.success(request, _("Đã xóa phiên."))
    return redirect("sessions:session", council_session.public_id)


@of_session()
@require_http_methods(["GET", "POST"])
def add_item(request, council_session):
    if not council_session.sittings.exists():
        messages.info(request, _("Thêm một phiên trước, rồi thêm mục."))
        return redirect("sessions:add_sitting", council_session.public_id)
    last = council_session.sittings.last()
    wanted = council_session.sittings.filter(number=request.GET.get("phien", "0") or 0).first() if (
        request.GET.get("phien", "").isdigit()
    ) else None
    form = NewItemForm(
        request.POST or None, council_session=council_session, initial={"sitting": (wanted or last).public_id}
    )
    if form.is_valid():
        made = services.save_item(council_session=council_session, by=request.user, **form.cleaned_data)
        messages.success(request, _("Đã thêm mục %(n)s.") % {"n": made.number})
        return redirect("sessions:item", council_session.public_id, made.public_id)
    return form_page(request, council_session, form, _("Thêm mục"), _("Thêm mục"))


def get_item(council_session, item_pk) -> AgendaItem:
    found = (
        council_session.items.filter(public_id=item_pk)
        .select_related("sitting", "agency", "council_session", "council_session__body", "council_session__council")
        .first()
    )
    if found is None:
        raise Http404
    return found


def get_paper(council_session, paper_pk) -> ItemPaper:
    found = (
        ItemPaper.objects.filter(item__council_session=council_session, public_id=paper_pk)
        .select_related("item__sitting", "item__agency", "item__council_session__body", "document")
        .first()
    )
    if found is None:
        raise Http404
    return found


@of_session()
@require_http_methods(["GET", "POST"])
def item(request, council_session, item_pk):
    """One item: its particulars and its papers."""
    found = get_item(council_session, item_pk)
    names = ("title", "short_title", "kind", "presenter", "starts_at", "minutes")
    initial = {name: getattr(found, name) for name in names}
    initial |= {"sitting": found.sitting.public_id, "agency": found.agency.public_id if found.agency else None}
    form = ItemForm(request.POST or None, council_session=council_session, initial=initial)
    if form.is_valid():
        services.save_item(council_session=council_session, by=request.user, item=found, **form.cleaned_data)
        messages.success(request, _("Đã lưu mục %(n)s.") % {"n": found.number})
        return redirect("sessions:session", council_session.public_id)
    context = {
        "council_session": council_session,
        "item": found,
        "form": form,
        "papers": papers_of(found),
        "before": council_session.items.filter(number=found.number - 1).first(),
        "after": council_session.items.filter(number=found.number + 1).first(),
    }
    return render(request, "sessions/office/item.html", context, status=422 if form.errors else 200)


def papers_of(found: AgendaItem) -> list[ItemPaper]:
    """The papers of an item, each with its newest version as `version`."""
    papers = list(found.papers.select_related("document").prefetch_related("document__versions"))
    for row in papers:
        versions = list(row.document.versions.all()) if row.document else []
        row.version = versions[0] if versions else None
    return papers


@of_session()
@require_POST
def move_item(request, council_session, item_pk):
    found = get_item(council_session, item_pk)
    up = request.POST.get("len") == "1"
    try:
        moved = services.move_item(item=found, by=request.user, up=up)
    except WrongState as fault:
        messages.warning(request, fault.message)
    else:
        words = _("Đã chuyển “%(title)s” thành mục %(n)s.") % {"title": moved.name, "n": moved.number}
        _remember(request, council_session, words, {"verb": "move", "item": str(moved.public_id), "up": not up})
    return _agenda_answer(request, council_session)


@of_session()
@require_POST
def remove_item(request, council_session, item_pk):
    found = get_item(council_session, item_pk)
    kept = services.remove_item(item=found, by=request.user)
    words = _("Đã xóa mục %(n)s: %(title)s.") % {"n": kept["number"], "title": kept["title"]}
    _remember(request, council_session, words, {"verb": "restore", "kept": kept})
    return _agenda_answer(request, council_session)


def _remember(request, council_session, words: str, act: dict) -> None:
    request.session[UNDO] = {"session": str(council_session.public_id), "words": words, **act}


@of_session()
@require_POST
def undo(request, council_session):
    """Take back the last move or removal of this browser; once."""
    act = request.session.pop(UNDO, None)
    if act is None or act["session"] != str(council_session.public_id):
        messages.info(request, _("Không còn gì để hoàn tác."))
    elif act["verb"] == "restore":
        restored = services.restore_item(council_session=council_session, by=request.user, kept=act["kept"])
        messages.success(request, _("Đã khôi phục mục %(n)s.") % {"n": restored.number})
    else:
        services.move_item(item=get_item(council_session, act["item"]), by=request.user, up=act["up"])
        messages.success(request, _("Đã trả mục về chỗ cũ."))
    return _agenda_answer(request, council_session)
