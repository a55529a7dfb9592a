"""The desk prepares a vote of any kind: question, sheet of persons, tellers, a next round, a correction."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from council import regulations
from council.errors import BadInput, WrongState
from council.models import Delegate
from council.second_factor import second_factor_required
from sessions import polls
from sessions.models import AgendaItem, ItemPoll, Sitting
from sessions.permissions_room import can_enter_for_others
from sessions.selectors_room import (
    delegate_in,
    get_poll_in,
    get_sitting_for,
    get_sitting_to_conduct,
    members_of,
    presence_of,
    with_members,
)
from sessions.views_room import desk_act, room_scope, wants_json
from voting import objections
from voting import selectors as votes
from voting.models import Poll
from voting.rules import OPEN_RULES, RULES, Named
from voting.secret.modes import mode_help, mode_label, modes_for
from voting.tellers import serving_tellers

SECRET_KINDS = [(value, label) for value, label in Poll.Kind.choices if value not in (Poll.Kind.NAMED, Poll.Kind.OPINION)]


def sheet(request, name: str, context: dict, status: int = 200):
    """A small form: alone for the console's dialog, else inside a page of its own."""
    body = f"sessions/room/desk/_sheet_{name}.html"
    if request.headers.get("X-Sheet"):
        return render(request, body, context, status=status)
    return render(request, "sessions/room/sheet.html", context | {"body": body}, status=status)


def done(request, sitting: Sitting, said: str = ""):
    """Back to the desk, or JSON for its script."""
    if wants_json(request):
        return JsonResponse({"said": said})
    if said:
        messages.success(request, said)
    return redirect("sessions:console", sitting=sitting.public_id)


@login_required
@require_http_methods(["GET", "POST"])
@second_factor_required(room_scope)
def prepare_poll(request, sitting, item):
    """Prepare a vote on an item; without further words the named vote on its draft."""
    found = get_sitting_to_conduct(request.user, request.council, sitting)
    about = get_object_or_404(AgendaItem, sitting=found, public_id=item)
    if request.method == "GET":
        context = {
            "sitting": found,
            "item": about,
            "question": polls.question_for(about),
            "subjects": [
                (value, label, polls.usual_questions(about)[value]) for value, label in ItemPoll.About.choices
            ],
            "papers": [paper for paper in about.papers.all() if paper.document_id],
            "draft": polls.draft_of(about),
            "rules": OPEN_RULES.values(),
            "usual_rule": polls.usual_rule(found),
            "all_rules": RULES.values(),
            "methods": Poll.Method.choices,
            "secrecies": secrecies(found.council_session.council),
            "few_ballots": regulations.value(found.council_session.council, "few_ballots", on=found.date),
            "secret_kinds": SECRET_KINDS,
            "is_personnel": about.kind == AgendaItem.Kind.PERSONNEL,
            "has_tellers": serving_tellers(found.council_session.chain_key) is not None,
        }
        return sheet(request, "prepare", context)
    said = request.POST
    kind = said.get("kind") or Poll.Kind.NAMED
    is_secret = kind != Poll.Kind.NAMED
    secrecy = said.get("secrecy", "") if is_secret else ""
    people = people_in(said.get("people", ""), found) if is_secret else []
    if is_secret and not people:
        raise BadInput(_("Ghi ít nhất một người trên phiếu, mỗi dòng một người."))
    polls.prepare_item_poll(
        sitting=found,
        item=about,
        question=said.get("question", ""),
        paper=None if is_secret else about.papers.filter(public_id=_uuid_or_none(said.get("paper"))).first(),
        rule=(said.get("secret_rule") if is_secret else said.get("rule")) or "",
        by=request.user,
        about=(not is_secret and said.get("about")) or ItemPoll.About.DRAFT,
        kind=kind,
        method=_method(said, is_secret),
        secrecy=secrecy,
        nominees=people,
        seats=_int(said.get("seats")) if kind == Poll.Kind.ELECTION else 0,
        is_rehearsal=said.get("rehearsal") == "1",
    )
    return done(request, found)


@login_required
@require_http_methods(["GET", "POST"])
@second_factor_required(room_scope)
def prepare_several(request, sitting):
    """Choose drafts of the agenda and their order: one vote for all, or one after the other."""
    found = get_sitting_to_conduct(request.user, request.council, sitting)
    rows = polls.drafts_to_vote(found)
    if request.method == "GET":
        context = {"sitting": found, "rows": rows, "rules": OPEN_RULES.values()}
        context |= {"usual_rule": polls.usual_rule(found)}
        return sheet(request, "several", context)
    said = request.POST
    picked = [
        (_int(said.get(f"order-{n}")) or n, n, row)
        for n, row in enumerate(rows, 1)
        if said.get(f"pick-{n}") == row.key
    ]
    if len(picked) != sum(name.startswith("pick-") for name in said):
        raise WrongState(_("Chương trình vừa thay đổi. Hãy chọn lại."))
    chosen = [
        polls.Choice(row.item, row.paper, said.get(f"question-{n}", ""), said.get(f"rule-{n}", ""))
        for _order, n, row in sorted(picked, key=lambda one: one[:2])
    ]
    is_rehearsal = said.get("rehearsal") == "1"
    if said.get("way") == "together":
        polls.prepare_together(sitting=found, chosen=chosen, by=request.user, is_rehearsal=is_rehearsal)
        return done(request, found, _("Đã chuẩn bị biểu quyết %(n)s nội dung cùng lúc.") % {"n": len(chosen)})
    polls.prepare_in_turn(sitting=found, chosen=chosen, by=request.user, is_rehearsal=is_rehearsal)
    return done(request, found, _("Đã chuẩn bị %(n)s cuộc biểu quyết lần lượt.") % {"n": len(chosen)})


@desk_act
def open_next(request, sitting):
    polls.open_next(sitting=sitting, by=request.user)


def secrecies(council) -> list[dict]:
    """How a secret vote may be held here: on paper always, on tablets as the council and the machine allow."""
    return [
        {"value": mode, "label": mode_label(mode), "help": mode_help(mode)} for mode in ("", *modes_for(council))
    ]


def people_in(text: str, sitting: Sitting) -> list[Named]:
    """The persons on a sheet, one a line: "Họ tên; chức vụ"."""
    lines = [[part.strip() for part in line.partition(";")] for line in text.splitlines()]
    return with_members(sitting, [Named(name, note) for name, _mark, note in lines if name])


@login_required
@require_http_methods(["GET", "POST"])
@second_factor_required(room_scope)
def propose_tellers(request, sitting, item):
    """Put a counting board (Ban kiểm phiếu) to an open vote."""
    found = get_sitting_to_conduct(request.user, request.council, sitting)
    about = get_object_or_404(AgendaItem, sitting=found, public_id=item)
    if request.method == "GET":
        present = [row.delegate for row in presence_of(found).rows if row.is_present]
        least = regulations.value(found.council_session.council, "tellers_least", on=found.date)
        context = {"sitting": found, "item": about, "delegates": present, "least": least}
        return sheet(request, "tellers", context)
    by_id = {member.pk: member for member in members_of(found)}
    members = [by_id[pk] for pk in map(_int, request.POST.getlist("member")) if pk in by_id]
    head = by_id.get(_int(request.POST.get("head")))
    if head is None:
        raise BadInput(_("Chọn Trưởng ban kiểm phiếu."))
    if head not in members:
        members.insert(0, head)
    polls.propose_tellers(
        sitting=found,
        item=about,
        members=members,
        head=head,
        by=request.user,
        method=Poll.Method.HANDS if request.POST.get("method") == "hands" else Poll.Method.TABLET,
        is_rehearsal=request.POST.get("rehearsal") == "1",
    )
    return done(request, found)


@desk_act
def second_round(request, sitting, poll):
    polls.prepare_second_round(sitting=sitting, poll=get_poll_in(sitting, poll), by=request.user)
    return _("Đã chuẩn bị lần bầu tiếp theo.")


@desk_act
def start_casting(request, sitting, poll):
    """All ballots are handed out: the hall casts them."""
    polls.start_casting(sitting=sitting, poll=get_poll_in(sitting, poll), by=request.user)
    return _("Đã chuyển sang bỏ phiếu.")


@desk_act
def to_paper(request, sitting, poll):
    """Give up the tablets for this secret vote: cancelled with a reason, the same sheet prepared on paper."""
    polls.back_to_paper(
        sitting=sitting, poll=get_poll_in(sitting, poll), reason=request.POST.get("reason", ""), by=request.user
    )
    return _("Đã hủy bỏ phiếu trên máy và chuẩn bị phiếu giấy với đúng danh sách này.")


@desk_act
def confirm_result(request, sitting, poll):
    polls.prepare_confirmation(sitting=sitting, poll=get_poll_in(sitting, poll), by=request.user)
    return _("Đã chuẩn bị biểu quyết nghị quyết xác nhận kết quả.")


@desk_act
def correct(request, sitting, poll):
    polls.prepare_correction(sitting=sitting, poll=get_poll_in(sitting, poll), by=request.user)
    return _("Đã chuẩn bị biểu quyết lại.")


@login_required
@require_http_methods(["GET", "POST"])
def object_to_record(request, sitting, poll):
    """ "Ghi chưa đúng": a delegate says that the own vote is recorded wrongly, within the council's time."""
    found = get_sitting_for(request.user, request.council, sitting)
    about, delegate = get_poll_in(found, poll), delegate_in(request.user, found)
    if delegate is None or not about.roll.filter(delegate=delegate).exists():
        raise Http404
    if request.method == "GET":
        vote, until = votes.my_vote(about, delegate), objections.objection_until(about)
        context = {
            "sitting": found,
            "poll": about,
            "answers": votes.answers_in(about, vote.choice) if vote else [],
            "is_present": about.roll.filter(delegate=delegate, is_present=True).exists(),
            "objection": about.objections.filter(delegate=delegate).first(),
            "until": until if until and timezone.now() <= until else None,
        }
        return render(request, "sessions/room/objection.html", context)
    made = objections.object_to_record(
        poll=about, delegate=delegate, words=request.POST.get("words", ""), by=request.user
    )
    if wants_json(request):
        return JsonResponse({"objection": objections.as_json(made)})
    messages.success(request, _("Chủ tọa đã nhận được. Phiếu không bị sửa; chủ tọa sẽ trả lời."))
    return redirect("sessions:object", sitting=found.public_id, poll=about.public_id)


@login_required
@require_http_methods(["GET", "POST"])
@second_factor_required(room_scope)
def answer_objection(request, sitting, poll, objection):
    """The chair answers an objection: it is rejected with a reason, or the council votes anew."""
    found = get_sitting_to_conduct(request.user, request.council, sitting)
    about = get_poll_in(found, poll)
    made = get_object_or_404(about.objections.select_related("delegate"), public_id=objection)
    if request.method == "GET":
        vote = votes.my_vote(about, made.delegate)
        answers = votes.answers_in(about, vote.choice) if vote else []
        context = {"sitting": found, "poll": about, "objection": made, "vote": vote, "answers": answers}
        return sheet(request, "objection", context)
    objections.reject_objection(objection=made, reason=request.POST.get("reason", ""), by=request.user)
    return done(request, found, _("Đã trả lời đại biểu."))


@login_required
@require_http_methods(["GET", "POST"])
@second_factor_required(room_scope)
def step_out(request, sitting, poll):
    """Note who takes no part in the open vote because of a conflict of interest, or take that back."""
    found = get_sitting_to_conduct(request.user, request.council, sitting)
    if not can_enter_for_others(request.user, found):
        raise Http404
    about = get_poll_in(found, poll)
    if request.method == "GET":
        roll = list(about.roll.order_by("seat", "name"))
        voted = set(about.votes.values_list("delegate_id", flat=True))
        context = {
            "sitting": found,
            "poll": about,
            "waiting": [e for e in roll if e.is_present and e.delegate_id not in voted],
            "out": [e for e in roll if e.steps_out],
        }
        return sheet(request, "step_out", context)
    delegate = Delegate.objects.filter(
        council=found.council_session.council, pk=_int(request.POST.get("delegate"))
    ).first()
    if delegate is None:
        raise BadInput(_("Chọn đại biểu."))
    if request.POST.get("back_in") == "1":
        polls.step_into_poll(sitting=found, poll=about, delegate=delegate, by=request.user)
        return done(request, found, _("%(name)s tham gia biểu quyết trở lại.") % {"name": delegate.full_name})
    polls.step_out_of_poll(
        sitting=found, poll=about, delegate=delegate, reason=request.POST.get("reason", ""), by=request.user
    )
    return done(request, found, _("Đã ghi %(name)s không tham gia biểu quyết.") % {"name": delegate.full_name})


def _method(said, is_secret: bool) -> str:
    """Open votes say how; a secret one is on tablets where it is sealed, else on paper."""
    if not is_secret:
        return said.get("method") or Poll.Method.TABLET
    return Poll.Method.TABLET if said.get("secrecy") else Poll.Method.PAPER


def _uuid_or_none(text):
    try:
        return uuid.UUID(str(text))
    except ValueError:
        return None


def _int(text) -> int:
    return int(text) if str(text or "").isdigit() else 0
