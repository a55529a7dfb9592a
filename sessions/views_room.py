"""Pages and acts of the running sitting: today, agenda, console, attendance, wall, live snapshot.

A page includes the parts of the room's snapshot, so what a screen shows at first and what it follows
are rendered by the same templates (sessions/room.py).
"""

import json
import uuid
from functools import wraps

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, HttpResponseNotModified, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from council import live
from council.errors import BadInput
from council.models import Delegate
from council.second_factor import has_stepped_up, second_factor_required
from documents.models import ReadReceipt, Version
from documents.reading import read_url
from sessions import conduct, polls
from sessions.handin.selectors import owed_by
from sessions.models import AgendaItem, Attendance, CouncilSession, Sitting
from sessions.permissions_room import (
    can_check_in,
    can_conduct,
    can_enter_for_others,
    can_follow,
    can_show_wall,
    holds_wall_token,
    wall_token,
)
from sessions.precheck import checks_before_opening
from sessions.room import DESK, may_watch
from sessions.selectors_room import (
    agenda_for,
    counts_here,
    delegate_in,
    get_poll_in,
    get_sitting_for,
    get_sitting_to_conduct,
    is_readable,
    item_poll_of,
    meetings_of,
    mine_in,
    my_presence,
    own_papers,
    presence_of,
    presented_to,
    sitting_by_key,
    sitting_now,
    to_count,
    to_open,
    to_seal,
)
from sessions.views_pack import take_along
from voting import selectors as votes
from voting import services as voting
from voting.models import Poll
from voting.opinions.selectors import to_count as opinions_to_count
from voting.opinions.selectors import waiting_for

# --- Shared --------------------------------------------------------------------------------------


def room_scope(request, sitting, **kwargs) -> str:
    return f"sitting:{sitting}"


def desk_act(view):
    """An act of chair or secretary: POST, second factor, then back to the desk (or JSON for a script)."""

    @login_required
    @require_POST
    @second_factor_required(room_scope)
    @wraps(view)
    def acting(request, sitting, **kwargs):
        found = get_sitting_to_conduct(request.user, request.council, sitting)
        said = view(request, found, **kwargs)
        if wants_json(request):
            return JsonResponse({"said": str(said or "")})
        if said:
            messages.success(request, said)
        name = "sessions:attendance" if request.POST.get("back") == "diem-danh" else "sessions:console"
        return redirect(name, sitting=found.public_id)

    return acting


def wants_json(request) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")


def _live_context(sitting: Sitting, audience: str, token: str = "") -> dict:
    """What a live page needs: its parts as of now, and where the next ones come from."""
    snapshot = live.snapshot(sitting.room, audience)
    query = f"?khoa={token}" if token else ""
    return {
        "sitting": sitting,
        "council_session": sitting.council_session,
        "parts": snapshot.parts,
        "live": {
            "seq": snapshot.seq,
            "facts": snapshot.facts,
            "url": reverse("sessions:live", args=[sitting.public_id, audience]) + query,
            "socket": f"/ws/hop/{sitting.public_id}/{audience}{query}",
        },
    }


# --- The snapshot over HTTP ----------------------------------------------------------------------


@require_GET
def live_snapshot(request, sitting, audience):
    """The same snapshot that sockets carry; ETag is the room's number. Works under WSGI."""
    found = _sitting_to_watch(request, sitting, audience)
    snapshot = live.snapshot(found.room, audience)
    tag = f'"{snapshot.seq}"'
    if request.headers.get("If-None-Match") == tag:
        response = HttpResponseNotModified()
    else:
        response = HttpResponse(snapshot.frame(), content_type="application/json")
    response["ETag"] = tag
    response["Cache-Control"] = "no-cache" if audience == "public" else "no-store"
    return response


def _sitting_to_watch(request, public_id, audience) -> Sitting:
    if audience not in live.AUDIENCES:
        raise Http404
    try:
        sitting = sitting_by_key(f"sitting:{public_id}")
    except Sitting.DoesNotExist:
        raise Http404 from None
    council_session = sitting.council_session
    if audience == "public":
        is_public = council_session.body.kind == "plenary" and council_session.state != CouncilSession.State.DRAFT
        if is_public and council_session.council == request.council:
            return sitting
        raise Http404
    if audience == "wall" and holds_wall_token(request.GET.get("khoa", ""), sitting):
        return sitting
    if not request.user.is_authenticated or council_session.council != request.council:
        raise Http404
    if not may_watch(request.user, sitting, audience):
        raise Http404
    if audience in DESK and not has_stepped_up(request.session.session_key, request.user, sitting.room):
        raise Http404
    return sitting


# --- The delegate --------------------------------------------------------------------------------


@login_required
@require_GET
def today(request):
    """What is discussed now, what is asked of me, its papers; the ballot when a vote is open."""
    chosen = request.GET.get("phien")
    if chosen:
        try:
            sitting = get_sitting_for(request.user, request.council, uuid.UUID(chosen))
        except ValueError:
            raise Http404 from None
    else:
        sitting = sitting_now(request.user, request.council) if request.council else None
    asked = waiting_for(request.user, request.council) if request.council else []
    to_count = opinions_to_count(request.user, request.council) if request.council else []
    owed = owed_by(request.user, request.council) if request.council else []
    if sitting is None:
        context = {"asked": asked, "to_count": to_count, "owed": owed}
        return render(request, "sessions/room/no_sitting.html", context)
    delegate = delegate_in(request.user, sitting)
    context = _live_context(sitting, "delegate")
    if delegate is None and can_conduct(request.user, sitting) and not chosen:
        return redirect("sessions:console", sitting=sitting.public_id)
    others = meetings_of(request.user, request.council).filter(state=Sitting.State.OPEN).exclude(pk=sitting.pk)
    context |= _mine_context(sitting, delegate) | _ask_context(request, sitting, delegate)
    context |= presented_context(request.user, sitting)
    context |= {
        "asked": asked,
        "to_count": to_count,
        "owed": owed,
        "others": others,
        "where_title": _("Kỳ họp thứ %(n)s") % {"n": sitting.council_session.number}
        if sitting.council_session.kind != CouncilSession.Kind.MEETING
        else sitting.council_session.body.short_name,
        "reads": _reads_of(request.user, sitting.council_session),
    }
    context |= take_along(request, sitting.council_session)
    return render(request, "sessions/room/today.html", context)


def presented_context(user, sitting: Sitting) -> dict:
    """The paper that the hall is led through, for one who may read it, and where it opens."""
    running = presented_to(user, sitting)
    if running is None:
        return {"presented": None, "presented_url": ""}
    url = read_url(running.version.document, reverse("sessions:today"))
    return {"presented": running, "presented_url": f"{url}&ban={running.version.number}&theo=1"}


def _mine_context(sitting: Sitting, delegate: Delegate | None) -> dict:
    """The delegate's own vote beside the ballot; never part of a snapshot."""
    mine = mine_in(sitting, delegate)
    poll = Poll.objects.filter(public_id=mine["poll"]).first() if mine["poll"] else None
    vote = votes.my_vote(poll, delegate) if poll else None
    return {
        "delegate": delegate,
        "mine": mine,
        "my_poll": poll,
        "my_vote": vote,
        "my_answers": votes.answers_in(poll, vote.choice) if vote else [],
        "vote_key": uuid.uuid4(),
    }


def _ask_context(request, sitting: Sitting, delegate: Delegate | None) -> dict:
    presence = my_presence(sitting, delegate) if delegate else None
    row = sitting.attendance.filter(delegate=delegate).first() if delegate else None
    return {
        "ask": {
            "can_conduct": can_conduct(request.user, sitting),
            "is_present": presence == Attendance.State.PRESENT,
            "is_excused": presence == Attendance.State.EXCUSED,
            "arrived_at": row.arrived_at if row else None,
            "can_check_in": can_check_in(delegate, sitting),
            "to_count": to_count(request.user, sitting),
            "to_seal": to_seal(request.user, sitting),
            "to_open": to_open(request.user, sitting),
            "is_teller": counts_here(delegate, sitting),
            "papers": own_papers(request.user, sitting),
            "has_tried": bool(
                delegate and delegate.tablet_checks.filter(date=timezone.localdate(), passed=True).exists()
            ),
        }
    }


def _reads_of(user, council_session: CouncilSession) -> dict[str, list]:
    """By document: how far a person has read each paper of a session in words, and the number of the version read."""
    receipts = ReadReceipt.objects.filter(
        user=user, version__document__item_papers__item__council_session=council_session
    ).select_related("version__document")
    said, opened = {}, {}
    for receipt in receipts.order_by("version__number"):
        version = receipt.version
        read_all = version.pages and receipt.furthest_page >= version.pages
        words = _("đã đọc") if read_all else _("trang %(n)s/%(all)s") % {"n": receipt.page, "all": version.pages}
        said[str(version.document.public_id)] = [words, version.number]
        opened[version.document_id] = version
    newer = Version.objects.filter(document__in=opened, state=Version.State.READY).order_by("number")
    for version in newer.select_related("document"):
        if version.number > opened[version.document_id].number:  # read before, in an older version
            said[str(version.document.public_id)][0] = _("bản mới, lần %(n)s") % {"n": version.number}
    return said


@login_required
@require_GET
def mine(request, sitting):
    """What is one's own, as JSON: for a tablet whose socket is blocked."""
    found = get_sitting_for(request.user, request.council, sitting)
    return JsonResponse(mine_in(found, delegate_in(request.user, found)))


@login_required
@require_GET
def ask(request, sitting):
    """The card "Việc của đại biểu lúc này", fetched again when something in the room may have changed it."""
    found = get_sitting_for(request.user, request.council, sitting)
    context = {"sitting": found} | _ask_context(request, found, delegate_in(request.user, found))
    return render(request, "sessions/room/_ask.html", context)


@login_required
@require_POST
def check_in(request, sitting):
    """I am here."""
    found = get_sitting_for(request.user, request.council, sitting)
    delegate = delegate_in(request.user, found)
    if delegate is None:
        raise Http404
    conduct.check_in(sitting=found, delegate=delegate, by=request.user)
    if request.headers.get("HX-Request"):
        found.refresh_from_db()
        context = {"sitting": found, "delegate": delegate} | _ask_context(request, found, delegate)
        return render(request, "sessions/room/_ask.html", context)
    messages.success(request, _("Đã điểm danh có mặt."))
    return redirect("sessions:today")


@login_required
@require_GET
def agenda(request, council_session):
    """The whole agenda: every paper of the session is one tap from here."""
    found = CouncilSession.objects.filter(public_id=council_session, council=request.council).first()
    sitting = found.sittings.select_related("council_session__body").first() if found else None
    if sitting is None or not can_follow(request.user, sitting):
        raise Http404
    items = agenda_for(request.user, found)
    sittings = [(s, [item for item in items if item.sitting_id == s.pk]) for s in found.sittings.all()]
    context = {
        "council_session": found,
        "sittings": sittings,
        "count": len(items),
        "reads": _reads_of(request.user, found),
    }
    return render(request, "sessions/room/agenda.html", context | take_along(request, found))


@login_required
@require_GET
def my_agenda(request):
    """The agenda of the session that is on, or of the next."""
    sitting = sitting_now(request.user, request.council) if request.council else None
    if sitting is None:
        return redirect("sessions:calendar")
    return agenda(request, sitting.council_session.public_id)


@login_required
@require_GET
def my_papers(request):
    """All papers of the session that is on, item by item, to be found by a word."""
    sitting = sitting_now(request.user, request.council) if request.council else None
    if sitting is None:
        return redirect("sessions:calendar")
    council_session = sitting.council_session
    agenda_ = agenda_for(request.user, council_session)
    items = [(item, [p for p in item.known_papers if is_readable(p)]) for item in agenda_]
    context = {
        "council_session": council_session,
        "items": [(item, papers) for item, papers in items if papers],
        "count": sum(len(papers) for _item, papers in items),
        "reads": _reads_of(request.user, council_session),
    }
    return render(request, "sessions/room/papers.html", context | take_along(request, council_session))


@login_required
@require_GET
def calendar(request):
    """All own meetings of every body and council in one list."""
    today_ = timezone.localdate()
    meetings = list(meetings_of(request.user))
    context = {
        "coming": [m for m in meetings if m.date >= today_ and m.state != Sitting.State.CLOSED],
        "past": [m for m in reversed(meetings) if m.date < today_ or m.state == Sitting.State.CLOSED][:50],
        "today": today_,
        "councils": {m.council_session.council_id for m in meetings},
    }
    return render(request, "sessions/room/calendar.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def tablet_check(request, sitting):
    """ "Thử máy của tôi": socket, HTTP, reader, sound, screen; what it found is kept for the secretary."""
    found = get_sitting_for(request.user, request.council, sitting)
    delegate = delegate_in(request.user, found)
    if delegate is None:
        raise Http404
    if request.method == "POST":
        try:
            details = (
                json.loads(request.body) if request.content_type == "application/json" else request.POST.dict()
            )
        except ValueError:
            raise BadInput(_("Không đọc được kết quả thử máy.")) from None
        if not isinstance(details, dict):
            raise BadInput(_("Không đọc được kết quả thử máy."))
        check = conduct.note_tablet_check(sitting=found, delegate=delegate, details=details, by=request.user)
        return JsonResponse({"passed": check.passed, "details": check.details})
    last = delegate.tablet_checks.filter(date=timezone.localdate()).first()
    live_context = {
        "url": reverse("sessions:live", args=[found.public_id, "delegate"]),
        "socket": f"/ws/hop/{found.public_id}/delegate",
    }
    return render(
        request, "sessions/room/tablet_check.html", {"sitting": found, "last": last, "live": live_context}
    )


# --- Chair and secretary -------------------------------------------------------------------------


@login_required
@require_GET
@second_factor_required(room_scope)
def console(request, sitting):
    """One screen to run the sitting: agenda, what comes next and its one primary act, attendance."""
    found = get_sitting_to_conduct(request.user, request.council, sitting)
    context = _live_context(found, "desk") | {
        "is_secretary": can_enter_for_others(request.user, found),
        "my_seat": delegate_in(request.user, found),
    }
    return render(request, "sessions/room/console.html", context)


@login_required
@require_GET
@second_factor_required(room_scope)
def attendance(request, sitting):
    """The attendance of the sitting: search, three states, all present, check-in."""
    found = get_sitting_to_conduct(request.user, request.council, sitting)
    return render(request, "sessions/room/attendance.html", _live_context(found, "roll"))


@login_required
@require_GET
@second_factor_required(room_scope)
def precheck(request, sitting):
    """The check before opening: what is ready, what is missing, sheets for an outage."""
    found = get_sitting_to_conduct(request.user, request.council, sitting)
    checks = checks_before_opening(found)
    context = {
        "sitting": found,
        "council_session": found.council_session,
        "checks": checks,
        "bad": sum(not check.is_good for check in checks),
        "wall_url": request.build_absolute_uri(
            reverse("sessions:wall", args=[found.public_id]) + f"?khoa={wall_token(found)}"
        ),
    }
    return render(request, "sessions/room/precheck.html", context)


@desk_act
def open_sitting(request, sitting):
    conduct.open_sitting(sitting=sitting, by=request.user)
    return _("Đã mở phiên họp.")


@desk_act
def close_sitting(request, sitting):
    conduct.close_sitting(sitting=sitting, by=request.user)
    return _("Đã kết thúc phiên họp.")


@desk_act
def close_session(request, sitting):
    conduct.close_session(council_session=sitting.council_session, by=request.user)
    return _("Đã bế mạc kỳ họp.")


@desk_act
def go_to_item(request, sitting, item):
    conduct.go_to_item(sitting=sitting, item=_item_in(sitting, item), by=request.user)


@desk_act
def finish_item(request, sitting):
    conduct.finish_item(sitting=sitting, by=request.user)


@desk_act
def skip_item(request, sitting, item):
    conduct.skip_item(sitting=sitting, item=_item_in(sitting, item), by=request.user)
    return _("Đã bỏ qua mục này.")


@desk_act
def show_on_wall(request, sitting):
    conduct.show_on_wall(sitting=sitting, view=request.POST.get("view", ""), by=request.user)


@desk_act
def set_check_in(request, sitting):
    conduct.set_check_in(sitting=sitting, is_open=request.POST.get("open") == "1", by=request.user)


@desk_act
def mark_rest_present(request, sitting):
    count = conduct.mark_rest_present(sitting=sitting, by=request.user)
    return _("Đã ghi có mặt thêm %(n)s đại biểu.") % {"n": count}


@login_required
@require_http_methods(["GET", "POST"])
@second_factor_required(room_scope)
def mark(request, sitting, delegate):
    """Mark one delegate; the page is for a reason, and for a browser without scripts."""
    found = get_sitting_to_conduct(request.user, request.council, sitting)
    person = get_object_or_404(Delegate, public_id=delegate, council=found.council_session.council)
    row = next((row for row in presence_of(found).rows if row.delegate == person), None)
    if row is None:
        raise Http404
    if request.method == "GET":
        return _sheet(request, "mark", {"sitting": found, "row": row, "states": Attendance.State.choices})
    state = request.POST.get("state", "")
    reason = request.POST.get("reason", row.reason if state == Attendance.State.EXCUSED else "")
    conduct.set_attendance(sitting=found, delegate=person, state=state, reason=reason, by=request.user)
    if wants_json(request):
        return JsonResponse({"said": ""})
    return redirect("sessions:attendance", sitting=found.public_id)


@desk_act
def open_poll(request, sitting, poll):
    polls.open_item_poll(sitting=sitting, poll=get_poll_in(sitting, poll), by=request.user)


@desk_act
def close_poll(request, sitting, poll):
    voting.close_poll(poll=get_poll_in(sitting, poll), by=request.user)


@desk_act
def declare_result(request, sitting, poll):
    voting.declare_result(
        poll=get_poll_in(sitting, poll),
        by=request.user,
        despite_objections=request.POST.get("despite") == "1",
    )
    return _("Đã công bố kết quả.")


@login_required
@require_http_methods(["GET", "POST"])
@second_factor_required(room_scope)
def cancel_poll(request, sitting, poll):
    """Cancel a vote that was opened by mistake, with the reason that everybody reads."""
    found = get_sitting_to_conduct(request.user, request.council, sitting)
    about = get_poll_in(found, poll)
    if request.method == "GET":
        return _sheet(request, "cancel", {"sitting": found, "poll": about, "item_poll": item_poll_of(about)})
    voting.cancel_poll(poll=about, reason=request.POST.get("reason", ""), by=request.user)
    if wants_json(request):
        return JsonResponse({"said": _("Đã hủy biểu quyết.")})
    messages.success(request, _("Đã hủy biểu quyết."))
    return redirect("sessions:console", sitting=found.public_id)


@login_required
@require_http_methods(["GET", "POST"])
@second_factor_required(room_scope)
def secretary_vote(request, sitting, poll):
    """Enter the vote of a present delegate whose tablet failed; every screen marks it as such."""
    found = get_sitting_to_conduct(request.user, request.council, sitting)
    if not can_enter_for_others(request.user, found):
        raise Http404
    about = get_poll_in(found, poll)
    if request.method == "GET":
        context = {
            "sitting": found,
            "poll": about,
            "options": votes.options_of(about),
            "questions": votes.questions_of(about),
            "waiting": votes.not_voted_yet(about),
            "entered": votes.secretary_votes(about),
        }
        return _sheet(request, "secretary_vote", context)
    delegate = Delegate.objects.filter(
        council=found.council_session.council, pk=_int_or_none(request.POST.get("delegate"))
    ).first()
    if delegate is None:
        raise BadInput(_("Chọn đại biểu."))
    polls.vote_through_secretary(
        sitting=found,
        poll=about,
        delegate=delegate,
        choice=_choice_in(request.POST, about),
        reason=request.POST.get("reason", ""),
        by=request.user,
    )
    said = _("Đã ghi phiếu của %(name)s qua thư ký.") % {"name": delegate.full_name}
    if wants_json(request):
        return JsonResponse({"said": said})
    messages.success(request, said)
    return redirect("sessions:console", sitting=found.public_id)


def _sheet(request, name: str, context: dict):
    """A small form: alone for the console's dialog, else inside a page of its own."""
    if request.headers.get("X-Sheet"):
        return render(request, f"sessions/room/desk/_sheet_{name}.html", context)
    return render(
        request, "sessions/room/sheet.html", context | {"body": f"sessions/room/desk/_sheet_{name}.html"}
    )


def _item_in(sitting: Sitting, public_id) -> AgendaItem:
    return get_object_or_404(AgendaItem, sitting=sitting, public_id=public_id)


def _choice_in(said, poll: Poll) -> str:
    """The choice on a form: one word, or of several questions q1, q2, … joined."""
    if not poll.is_joint:
        return said.get("choice", "")
    return ",".join(said.get(f"q{place}", "") for place in range(1, poll.asks + 1))


def _int_or_none(text):
    return int(text) if str(text or "").isdigit() else None


# --- The wall ------------------------------------------------------------------------------------


@require_GET
def wall(request, sitting):
    """The big screen: opened signed in by the desk, or by its link on the hall's computer."""
    try:
        found = sitting_by_key(f"sitting:{sitting}")
    except Sitting.DoesNotExist:
        raise Http404 from None
    token = request.GET.get("khoa", "")
    if not (token and holds_wall_token(token, found)):
        token = ""
        if not request.user.is_authenticated:
            raise Http404
        if found.council_session.council != request.council or not can_show_wall(request.user, found):
            raise Http404
    context = _live_context(found, "wall", token) | {"council": found.council_session.council}
    response = render(request, "sessions/room/wall.html", context)
    response["Referrer-Policy"] = "no-referrer"  # the link's secret goes nowhere
    return response
