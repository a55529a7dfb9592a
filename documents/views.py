"""The office's register of resolutions: from the adopted draft to the published text."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from council import regulations
from council.errors import BadInput, NotAllowed, WrongState
from council.second_factor import OFFICE, second_factor_required
from documents import rules, search, services
from documents.forms import ArticleFormSet, PasteForm, ResolutionForm, SeriesForm, VoteForm
from documents.models import Resolution
from documents.permissions import can_keep_register
from documents.printing import sheet_context
from documents.resolution_text import faults_in
from documents.selectors import adoptions_waiting, get_resolution_for, resolutions_for
from documents.serving import send_pdf

PAGE_SIZE = 30
STATES = (Resolution.State.DRAFT, Resolution.State.NUMBERED, Resolution.State.PUBLISHED)


def desk(view):
    """A page of the office's desk: signed in, with the second factor; for others it does not exist."""

    def of_office(request, *args, **kwargs):
        if request.council is None or not can_keep_register(request.user, request.council):
            raise Http404
        return view(request, *args, **kwargs)

    return login_required(second_factor_required(OFFICE)(of_office))


@desk
@require_safe
def resolutions(request):
    """The register: what was adopted and waits, drafts, numbered and published ones."""
    rows = resolutions_for(request.user, request.council)
    state = request.GET.get("trang-thai", "")
    words = request.GET.get("q", "").strip()[:200]
    counted = {key: rows.filter(state=key).count() for key in STATES}
    if state in STATES:
        rows = rows.filter(state=state)
    if words:
        rows = search.search(rows, words)
    page = Paginator(rows.defer("text", "search_text"), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "waiting": adoptions_waiting(request.user, request.council),
        "tabs": [(key, key.label, counted[key]) for key in STATES],
        "state": state,
        "q": words,
        "series": series_today(request.council),
    }
    return render(request, "documents/resolutions.html", context)


@desk
@require_http_methods(["GET", "HEAD", "POST"])
def create(request):
    """Begin a resolution, from an adopted draft (`bieu-quyet`) or by hand."""
    adoption = _adoption_asked_for(request)
    if request.method != "POST":
        initial = {"kind": Resolution.Kind.INDIVIDUAL, "signer_title": _("Chủ tịch")}
        if adoption:
            initial |= {
                "kind": rules.likely_kind(adoption.title), "title": adoption.title, "adopted_on": adoption.adopted_on, "session_name": adoption.session_name
            }  # fmt: skip
        initial |= _last_signer(request.council)
        return _show_form(request, _forms(initial, articles=3), adoption=adoption)
    forms = _forms_from(request, has_poll=adoption is not None)
    if forms["asked"] or not forms["valid"]:
        return _show_form(request, forms, adoption=adoption, status=200 if forms["asked"] else 422)
    term = request.council.terms.on(timezone.localdate()).first() or request.council.terms.first()
    if adoption:
        source = {"adoption": adoption.vote, "session_url": adoption.session_url, "draft": adoption.draft}
    else:
        source = {"adoption": forms["vote"].adoption()}
    try:
        made = services.draft_resolution(
            council=request.council, term=term, by=request.user, **_fields(forms), **source
        )
    except (BadInput, WrongState) as fault:
        forms["form"].add_error(None, fault.message)
        return _show_form(request, forms, adoption=adoption, status=422 if isinstance(fault, BadInput) else 409)
    messages.success(request, _("Đã lưu nghị quyết."))
    return redirect("documents:resolution", made.public_id)


@desk
@require_http_methods(["GET", "HEAD", "POST"])
def resolution(request, public_id):
    """One resolution on the desk: its form while it is a draft, its facts and acts afterwards."""
    found = get_resolution_for(request.user, request.council, public_id)
    if found.state != Resolution.State.DRAFT:
        if request.method == "POST":
            raise WrongState(_("Nghị quyết đã vào số, không sửa được nữa."))
        context = sheet_context(found) | {"sheet": True}
        return render(request, "documents/resolution.html", context)
    by_hand = not found.adoption.get("poll")
    if request.method != "POST":
        return _show_form(request, _forms(_initial(found), vote=found.adoption, of=found.text), resolution=found)
    forms = _forms_from(request, has_poll=not by_hand)
    if forms["asked"] or not forms["valid"]:
        return _show_form(request, forms, resolution=found, status=200 if forms["asked"] else 422)
    try:
        services.edit_resolution(
            resolution=found,
            by=request.user,
            adoption=forms["vote"].adoption() if by_hand else None,
            **_fields(forms),
        )
    except BadInput as fault:
        forms["form"].add_error(None, fault.message)
        return _show_form(request, forms, resolution=found, status=422)
    messages.success(request, _("Đã lưu nghị quyết."))
    return redirect("documents:resolution", found.public_id)


@desk
@require_safe
def preview(request, public_id):
    """The sheet as it will be printed."""
    found = get_resolution_for(request.user, request.council, public_id)
    return render(request, "documents/preview.html", sheet_context(found))


@desk
@require_safe
def pdf(request, public_id):
    """The PDF of a numbered resolution, for the office, before and after it is published."""
    found = get_resolution_for(request.user, request.council, public_id)
    if not found.pdf:
        raise Http404
    name = _("Nghị quyết %(symbol)s.pdf") % {"symbol": found.symbol.replace("/", "-")}
    return send_pdf(request, found.pdf, size=found.pdf.size, sha256=found.pdf_sha256, name=name)


@desk
@require_POST
def issue(request, public_id):
    """Give the number. Faults come back on the resolution's page."""
    found = get_resolution_for(request.user, request.council, public_id)
    try:
        found = services.issue_resolution(resolution=found, by=request.user)
    except BadInput as fault:
        context = {"faults": fault.faults, "message": fault.message}
        return _show_form(
            request,
            _forms(_initial(found), vote=found.adoption, of=found.text),
            resolution=found,
            status=422,
            **context,
        )
    messages.success(request, _("Đã vào số %(symbol)s.") % {"symbol": found.symbol})
    return redirect("documents:resolution", found.public_id)


@desk
@require_POST
def publish(request, public_id):
    found = get_resolution_for(request.user, request.council, public_id)
    services.publish_resolution(resolution=found, by=request.user)
    messages.success(request, _("Đã công bố. Công dân đọc được nghị quyết từ bây giờ."))
    return redirect("documents:resolution", found.public_id)


@desk
@require_POST
def render_again(request, public_id):
    found = get_resolution_for(request.user, request.council, public_id)
    services.render_again(resolution=found, by=request.user)
    messages.success(request, _("Đang tạo lại bản PDF."))
    return redirect("documents:resolution", found.public_id)


@desk
@require_POST
def drop(request, public_id):
    found = get_resolution_for(request.user, request.council, public_id)
    services.drop_draft(resolution=found, by=request.user)
    messages.success(request, _("Đã xóa bản đang soạn."))
    return redirect("documents:resolutions")


@desk
@require_POST
def continue_series(request):
    """Say which number was the last one given on paper."""
    form = SeriesForm(request.POST)
    if not form.is_valid():
        raise BadInput(_("Nhập số cuối đã cấp, là một số từ 0."))
    known = {row["key"] for row in series_today(request.council)}
    if form.cleaned_data["key"] not in known:
        raise NotAllowed(_("Không có sổ này."))
    services.continue_series(council=request.council, by=request.user, **form.cleaned_data)
    messages.success(request, _("Đã ghi số cuối đã cấp."))
    return redirect("documents:resolutions")


# --- helpers of these pages ---------------------------------------------------------------------------


def series_today(council) -> list[dict]:
    """The two series that give numbers now: last number, next symbol, whether the start can still be set."""
    today = timezone.localdate()
    term = council.terms.on(today).first() or council.terms.first()
    reset = regulations.value(council, "individual_number_reset", on=today)
    rows = []
    for kind, label in Resolution.Kind.choices:
        key = rules.series_key(kind, today, reset=reset, term_id=term.pk if term else 0)
        last = council.number_series.filter(key=key).values_list("last", flat=True).first() or 0
        rows.append(
            {
                "key": key,
                "label": label,
                "last": last,
                "next": rules.symbol(kind, last + 1, today),
                "free": not council.resolutions.filter(series=key).exists(),
            }
        )
    return rows


def _adoption_asked_for(request):
    key = request.GET.get("bieu-quyet") or request.POST.get("bieu-quyet")
    if not key:
        return None
    for adoption in adoptions_waiting(request.user, request.council):
        if adoption.key == key:
            return adoption
    raise Http404


def _last_signer(council) -> dict:
    """Recipients and signer as in the newest resolution: they seldom change."""
    last = council.resolutions.order_by("-created_at").values_list("text", flat=True).first() or {}
    return {name: last[name] for name in ("signer", "signer_title", "recipients") if last.get(name)}


def _initial(resolution: Resolution) -> dict:
    names = ("kind", "title", "session_name", "adopted_on", "effective_on")
    return {name: getattr(resolution, name) for name in names} | resolution.text


def _forms(initial: dict, *, vote: dict | None = None, of: dict | None = None, articles: int = 1) -> dict:
    """Unbound forms: `of` is a stored text, else `articles` empty ones are offered."""
    votes = {f"votes_{key}": (vote or {}).get(key) for key in ("for", "against", "other")}
    votes |= {key: (vote or {}).get(key) for key in ("silent", "absent")}
    stored = (of or {}).get("articles") or [{} for _place in range(articles)]
    return {
        "form": ResolutionForm(initial=initial),
        "vote": VoteForm(initial=votes),
        "articles": ArticleFormSet(initial=stored, prefix="dieu"),
        "paste": PasteForm(),
        "asked": False,
        "valid": True,
    }


def _forms_from(request, *, has_poll: bool) -> dict:
    """Bound forms. `asked` says that a button asked for another form (add, split), not for saving."""
    forms = {
        "form": ResolutionForm(request.POST),
        "vote": VoteForm(request.POST),
        "articles": ArticleFormSet(request.POST, prefix="dieu"),
        "paste": PasteForm(request.POST),
        "asked": False,
    }
    if {"them-dieu", "tach", "len", "xuong"} & set(request.POST):
        forms["asked"] = True
        data = request.POST.copy()
        articles = list(forms["articles"].cleaned_data) if forms["articles"].is_valid() else []
        if "tach" in request.POST and forms["paste"].is_valid():
            text = forms["paste"].text()
            articles = text["articles"] or articles
            for name in ("bases", "considering", "recipients"):
                if text[name]:
                    data[name] = "\n".join(text[name])
        elif "them-dieu" in request.POST:
            articles.append({})
        else:
            articles = _moved(articles, request.POST)
        initial = {name: data.get(name, "") for name in ResolutionForm.base_fields}
        votes = {name: data.get(name, "") for name in VoteForm.base_fields}
        forms["form"], forms["vote"] = ResolutionForm(initial=initial), VoteForm(initial=votes)
        forms["articles"] = ArticleFormSet(initial=articles, prefix="dieu")
        forms["paste"] = PasteForm()
    else:
        checked = [forms["form"].is_valid(), forms["articles"].is_valid(), has_poll or forms["vote"].is_valid()]
        forms["valid"] = all(checked)
    return forms


def _moved(articles: list[dict], asked) -> list[dict]:
    """The articles with one of them a place earlier ("len") or later ("xuong"); an impossible wish changes nothing."""
    step = -1 if "len" in asked else 1
    place = asked.get("len" if step < 0 else "xuong", "")
    if not place.isdigit() or not 0 <= int(place) < len(articles) or not 0 <= int(place) + step < len(articles):
        return articles
    moved = list(articles)
    moved.insert(int(place) + step, moved.pop(int(place)))
    return moved


def _fields(forms: dict) -> dict:
    cleaned = forms["form"].cleaned_data
    names = ("kind", "title", "adopted_on", "effective_on", "session_name")
    return {name: cleaned[name] for name in names} | {"text": forms["form"].text(forms["articles"].cleaned_data)}


def _show_form(request, forms: dict, *, adoption=None, resolution=None, status=200, **more):
    vote = resolution.adoption if resolution else (adoption.vote if adoption else {})
    context = forms | {
        "adoption": adoption,
        "resolution": resolution,
        "vote_known": vote if vote.get("poll") else None,
        "lacks": faults_in(resolution.text) if resolution else [],
        "action": reverse("documents:resolution", args=[resolution.public_id])
        if resolution
        else reverse("documents:create_resolution"),
    }
    return render(request, "documents/resolution_form.html", context | more, status=status)
