"""The office's desk for delegates, seats, cards and tablets; the administrator's for accounts and roles."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from council import second_factor
from council.accounts import people, printing, selectors, services
from council.accounts.people_forms import (
    BodyPlaceForm,
    EndForm,
    NewPersonForm,
    PersonForm,
    PlaceForm,
    RoleForm,
)
from council.errors import BadInput, HouseError
from council.models import CardScan, Membership, Post, RoleGrant
from council.permissions import can_manage_accounts, can_manage_people
from council.text import fold


def _office_or_404(request):
    if not can_manage_people(request.user, request.council):
        raise Http404


# --- Delegates and cards -----------------------------------------------------------------------------


@require_GET
def delegates(request):
    """Every delegate with seat, group, card, tablet; who asks for a tablet first."""
    _office_or_404(request)
    rows = selectors.delegate_rows(request.council)
    words = fold(request.GET.get("q", ""))
    state = request.GET.get("state", "")
    shown = [row for row in rows if words in fold(f"{row.delegate.full_name} {row.delegate.seat} {row.group}")]
    if state == "asking":
        shown = [row for row in shown if row.asking]
    elif state:
        shown = [row for row in shown if row.state == state]
    window = max(
        (row.card.binding_open_until for row in rows if row.card and row.card.binding_open_until), default=None
    )
    context = {
        "rows": shown,
        "total": len(rows),
        "counts": {
            "bound": sum(row.device is not None for row in rows),
            "no_card": sum(row.card is None for row in rows),
            "asking": sum(bool(row.asking) for row in rows),
        },
        "asking": [row for row in rows if row.asking],
        "open_until": window if window and window > timezone.now() else None,
        "q": request.GET.get("q", ""),
        "state": state,
    }
    return render(request, "council/delegates_desk.html", context)


@require_http_methods(["GET", "POST"])
def delegate(request, public_id):
    """One delegate: seat and address, card, tablets, what the office may do at the door."""
    found = selectors.get_delegate_for(request.user, request.council, public_id)
    form = PlaceForm(request.POST or None, instance=None, initial=PlaceForm.of(found))
    if request.method == "POST" and form.is_valid():
        try:
            services.place_delegate(delegate=found, by=request.user, **form.cleaned_data)
        except BadInput as fault:
            form.add_error("seat_number", fault.message)
        else:
            messages.success(request, _("Đã lưu ghế và địa chỉ."))
            return redirect("council:delegate", public_id)
    return _show_delegate(request, found, form, status=422 if form.errors else 200)


@require_POST
def card_act(request, public_id):
    """One act on a delegate's card: confirm, refuse, free, revoke, reissue, reset the PIN."""
    found = selectors.get_delegate_for(request.user, request.council, public_id)
    act = request.POST.get("act")
    card = found.cards.filter(revoked_at=None).first()
    if act == "reissue":
        return _print(request, [found])
    if act == "reset_pin":
        services.reset_pin(delegate=found, by=request.user)
        words = _("Đã xóa mã PIN. Đại biểu đặt mã mới trên máy của mình.")
    elif card is None:
        raise Http404
    elif act in ("confirm", "refuse"):
        scan = get_object_or_404(CardScan, card=card, public_id=request.POST.get("scan"))
        if act == "confirm":
            services.confirm_scan(scan=scan, by=request.user)
            words = _("Đã cho máy %(label)s dùng thẻ này. Máy cũ (nếu có) đã bị đăng xuất.") % {
                "label": scan.label
            }
        else:
            services.refuse_scan(scan=scan, by=request.user)
            words = _("Đã từ chối máy %(label)s.") % {"label": scan.label}
    elif act == "free":
        services.free_card(card=card, by=request.user)
        words = _("Thẻ đã rời máy cũ. Máy tiếp theo quét thẻ sẽ chờ văn phòng xác nhận.")
    elif act == "revoke":
        services.revoke_card(
            card=card, by=request.user, reason=request.POST.get("reason", "") or _("Văn phòng thu hồi")
        )
        words = _("Đã thu hồi thẻ.")
    else:
        raise Http404
    messages.success(request, f"{found.full_name}: {words}")
    if request.POST.get("back") == "list":
        return redirect("council:delegates")
    return redirect("council:delegate", public_id)


@require_POST
def print_cards(request):
    """Issue cards and print them in one PDF: for those without a tablet, or for all anew."""
    _office_or_404(request)
    second_factor.require_fresh_proof(request)
    rows = selectors.delegate_rows(request.council)
    if request.POST.get("who") != "all":
        rows = [row for row in rows if row.device is None]
    if not rows:
        messages.info(request, _("Mọi đại biểu đã nhận thẻ trên máy; không có thẻ nào cần in."))
        return redirect("council:delegates")
    return _print(request, [row.delegate for row in rows])


@require_POST
def check_in(request):
    """Open the first check-in for everybody, or close it."""
    _office_or_404(request)
    if request.POST.get("act") == "close":
        services.close_check_in(council=request.council, by=request.user)
        messages.success(request, _("Đã đóng nhận thẻ. Từ nay văn phòng xác nhận từng người."))
    else:
        count = services.open_check_in(council=request.council, by=request.user)
        messages.success(request, _("Đã mở nhận thẻ trong 4 giờ cho %(count)s thẻ.") % {"count": count})
    return redirect("council:delegates")


def _print(request, some) -> HttpResponse:
    issued = services.issue_cards(council=request.council, delegates=some, by=request.user)
    pdf = printing.cards_pdf(council=request.council, issued=issued)
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = 'attachment; filename="the-ghe.pdf"'
    response["Cache-Control"] = "no-store"
    return response


def _show_delegate(request, found, form, status=200):
    card = found.cards.filter(revoked_at=None).first()
    context = {
        "delegate": found,
        "group": selectors.group_of(found),
        "card": card,
        "device": card.devices.filter(revoked_at=None).first() if card else None,
        "scans": card.scans.filter(confirmed_at=None, refused_at=None).order_by("-asked_at") if card else [],
        "old_cards": found.cards.exclude(revoked_at=None).order_by("-revoked_at")[:10],
        "form": form,
    }
    return render(request, "council/delegate.html", context, status=status)


# --- Accounts and roles ----------------------------------------------------------------------------------


def _administrator_or_404(request):
    if not can_manage_accounts(request.user, request.council):
        raise Http404


@require_http_methods(["GET", "POST"])
def accounts(request):
    """Everybody with an account in this council; a form for a new one."""
    _administrator_or_404(request)
    if request.method == "POST":
        second_factor.require_fresh_proof(request)
        return _new_account(request)
    return _show_accounts(request, NewPersonForm(council=request.council))


def _new_account(request):
    form = NewPersonForm(request.POST, council=request.council)
    if form.is_valid():
        try:
            person = people.create_person(council=request.council, by=request.user, **form.cleaned_data)
        except BadInput as fault:
            form.add_error("username", fault.message)
        else:
            people.send_password_link(person=person, by=request.user, request=request)
            messages.success(
                request, _("Đã tạo tài khoản. Liên kết đặt mật khẩu đã gửi tới %(to)s.") % {"to": person.email}
            )
            return redirect("council:account", person.username)
    return _show_accounts(request, form)


def _show_accounts(request, form):
    words = fold(request.GET.get("q", ""))
    rows = [
        row
        for row in people.person_rows(request.council)
        if words in fold(f"{row.user.full_name} {row.user.username} {row.roles_words}")
    ]
    context = {"rows": rows, "form": form, "q": request.GET.get("q", "")}
    return render(request, "council/accounts.html", context, status=422 if form.errors else 200)


@require_GET
def account(request, username):
    """One person: roles, bodies and posts with their dates."""
    person = selectors.get_person_for(request.user, request.council, username)
    return _show_account(request, person)


@require_POST
def account_act(request, username):
    """One act on an account; each is a line of the record."""
    person = selectors.get_person_for(request.user, request.council, username)
    second_factor.require_fresh_proof(request)
    act = request.POST.get("act", "")
    forms = {"grant": RoleForm, "place": BodyPlaceForm, "edit": PersonForm}
    try:
        if act in forms:
            form = forms[act](request.POST, council=request.council)
            if not form.is_valid():
                return _show_account(request, person, **{f"{act}_form": form}, status=422)
            verb = {"grant": people.grant_role, "place": people.place_in_body, "edit": people.edit_person}[act]
            verb(council=request.council, person=person, by=request.user, **form.cleaned_data)
        elif act in ("end_role", "end_membership", "end_post"):
            model = {"end_role": RoleGrant, "end_membership": Membership, "end_post": Post}[act]
            row = get_object_or_404(model, pk=_number(request.POST.get("row")), user=person)
            form = EndForm(request.POST)
            if not form.is_valid():
                return _show_account(request, person, fault=_("Ngày kết thúc không hợp lệ."), status=422)
            people.end(council=request.council, row=row, by=request.user, ends_on=form.cleaned_data["ends_on"])
        elif act in ("deactivate", "reactivate"):
            people.set_active(
                council=request.council, person=person, by=request.user, is_active=act == "reactivate"
            )
        elif act == "password_link":
            people.send_password_link(person=person, by=request.user, request=request)
        else:
            raise Http404
    except HouseError as fault:
        return _show_account(request, person, fault=fault.message, status=422)
    messages.success(request, _("Đã lưu."))
    return redirect("council:account", person.username)


def _number(text) -> int:
    try:
        return int(text)
    except (TypeError, ValueError) as fault:
        raise Http404 from fault


def _show_account(request, person, status=200, fault="", **forms):
    council = request.council
    context = {
        "person": person,
        "grants": person.role_grants.filter(council=council)
        .select_related("agency", "body")
        .order_by("-starts_on"),
        "memberships": person.memberships.filter(body__council=council)
        .select_related("body")
        .order_by("-starts_on"),
        "posts": person.posts.filter(body__council=council).select_related("body").order_by("-starts_on"),
        "mandates": person.mandates.filter(council=council).select_related("term"),
        "devices": selectors.devices_of(person),
        "has_authenticator": second_factor.has_authenticator(person),
        "today": timezone.localdate(),
        "grant_form": forms.get("grant_form") or RoleForm(council=council),
        "place_form": forms.get("place_form") or BodyPlaceForm(council=council),
        "edit_form": forms.get("edit_form")
        or PersonForm(council=council, initial={"full_name": person.full_name, "email": person.email}),
        "fault": fault,
    }
    for name in ("grant_form", "place_form", "edit_form"):  # three forms on one page: each field its own id
        context[name].auto_id = f"{name}_%s"
    return render(request, "council/account.html", context, status=status)
