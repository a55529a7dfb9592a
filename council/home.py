"""The roof's own pages, without an account: the first page, the search over everything, the delegates."""

from collections import defaultdict

from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from council.models import Body, Council, Delegate, Membership, Post
from council.text import fold
from documents.find_views import papers_found
from documents.models import Resolution
from documents.search import search as search_resolutions
from documents.selectors import published_resolutions
from sessions.models import CouncilSession, Sitting
from voters.models import Petition, Reply
from voters.selectors import WAITING, Days, narrow, overdue, public_petitions, with_referrals

NEW_RESOLUTIONS = 4
FOUND = 10  # of each kind on the common search page; the rooms' own lists show all


@require_safe
def home(request):
    """What a citizen looks for: the search, the session going on, what is new."""
    council = request.council
    if council is None:
        return render(request, "council/not_set_up.html")
    resolutions = published_resolutions(council)
    petitions = public_petitions(council)
    return render(
        request,
        "council/home.html",
        {
            "live": session_now(council),
            "resolutions": [resolution_line(r) for r in resolutions[:NEW_RESOLUTIONS]],
            "resolution_count": resolutions.count(),
            "resolutions_url": reverse("documents:public_resolutions"),
            "petitions": petition_lines(telling_petitions(petitions), council),
            "petition_count": petitions.count(),
            "petitions_url": reverse("voters:public_petitions"),
            "figures": petition_figures(council),
        },
    )


@require_safe
def search(request):
    """Papers that the person may read, resolutions and petitions, whose text holds every word of `q`."""
    council = request.council
    if council is None:
        raise Http404
    words = request.GET.get("q", "").strip()[:200]
    context = {"q": words, "asked": bool(fold(words))}
    if context["asked"]:
        resolutions = search_resolutions(published_resolutions(council), words)
        petitions = narrow(public_petitions(council), words=words, public=True)
        context |= papers_found(request)
        context |= {
            "resolutions": [resolution_line(r) for r in resolutions[:FOUND]],
            "resolution_count": resolutions.count(),
            "resolutions_url": reverse("documents:public_resolutions"),
            "petitions": petition_lines(with_referrals(petitions[:FOUND]), council),
            "petition_count": petitions.count(),
            "petitions_url": reverse("voters:public_petitions"),
        }
    return render(request, "council/search.html", context)


@require_safe
def delegates(request):
    """The delegates by group, with their boards and posts; never how to reach them."""
    council = request.council
    if council is None:
        raise Http404
    words = request.GET.get("q", "").strip()[:100]
    groups = delegates_by_group(council, words)
    count = sum(len(group["delegates"]) for group in groups)
    term = council.terms.on(timezone.localdate()).first() or council.terms.first()
    return render(request, "council/delegates.html", {"groups": groups, "count": count, "q": words, "term": term})


# --- what the pages read ------------------------------------------------------------------------


def session_now(council: Council) -> dict | None:
    """The plenary's session going on, else the next convened one, as title, note and address."""
    sessions = CouncilSession.objects.filter(council=council, body__kind=Body.Kind.PLENARY)
    running = sessions.filter(state=CouncilSession.State.RUNNING).first()
    if running:
        sitting = running.sittings.filter(state=Sitting.State.OPEN).first()
        return {
            "session": running,
            "sitting": sitting,
            "sitting_words": sitting_words(sitting),
            "url": session_url(running),
        }
    coming = (
        sessions.filter(state=CouncilSession.State.CONVENED, ends_on__gte=timezone.localdate())
        .order_by("starts_on")
        .first()
    )
    if coming:
        return {"session": coming, "sitting": None, "coming": True, "url": session_url(coming)}
    return None


def sitting_words(sitting: Sitting | None) -> str:
    """A sitting's number and title, without saying "Phiên" twice."""
    if sitting is None:
        return ""
    if sitting.title.lower().startswith("phiên"):
        return sitting.title
    return _("Phiên %(number)s: %(title)s") % {"number": sitting.number, "title": sitting.title}


def session_url(session: CouncilSession) -> str:
    return reverse("sessions:public_session", args=[session.slug])


def resolution_line(resolution: Resolution) -> dict:
    return {
        "title": resolution.title,
        "symbol": resolution.symbol,
        "adopted_on": resolution.adopted_on,
        "url": reverse("documents:public_resolution", args=[resolution.adopted_on.year, resolution.slug]),
    }


def telling_petitions(petitions):
    """Three that show how it goes: the last one answered, the one due first (or longest overdue), the newest."""
    answered = petitions.filter(state=Petition.State.PUBLISHED).order_by("-referrals__replies__decided_at", "-pk")
    due = petitions.filter(state=Petition.State.REFERRED, referrals__withdrawn_at=None).order_by(
        "referrals__due_on"
    )
    keys = []
    for rows in (due, answered, petitions):
        found = rows.exclude(pk__in=keys).values_list("pk", flat=True).first()
        if found is not None:
            keys.append(found)
    order = {pk: place for place, pk in enumerate(keys)}
    return sorted(with_referrals(petitions.filter(pk__in=keys)), key=lambda petition: order[petition.pk])


def petition_lines(petitions, council: Council) -> list[dict]:
    """Petitions (fetched with_referrals) as lines of a list: title, place, badge in words, address."""
    days = Days(council)
    return [
        {
            "title": case.petition.title,
            "place": case.petition.place,
            "badge": case.tone,
            "icon": case.icon,
            "words": case.words,
            "url": reverse("voters:public_petition", args=[case.petition.code.lower()]),
        }
        for case in map(days.case, petitions)
    ]


def petition_figures(council: Council) -> dict | None:
    """Counts over the public petitions of the newest session: answered, in time, overdue, solved."""
    rows = public_petitions(council)
    number = (
        rows.exclude(session_number=None).order_by("-received_on").values_list("session_number", flat=True).first()
    )
    if number is None:
        return None
    rows = rows.filter(session_number=number)
    solved = narrow(rows, state=Reply.Outcome.RESOLVED)
    counted = {
        "answered": rows.filter(state=Petition.State.PUBLISHED).count(),
        "waiting": rows.filter(state__in=WAITING).count(),
        "overdue": overdue(rows, timezone.localdate()).count(),
        "solved": solved.count(),
    }
    return counted | {"number": number, "in_time": counted["waiting"] - counted["overdue"]}


def delegates_by_group(council: Council, words: str = "") -> list[dict]:
    """The running mandates by delegate group: name, title, unit, seat, boards, posts."""
    today = timezone.localdate()
    delegates = (
        Delegate.objects.filter(council=council, mandate_from__lte=today)
        .exclude(mandate_to__lt=today)
        .order_by("code")
    )
    memberships = (
        Membership.objects.filter(body__council=council, delegate__isnull=False)
        .on(today)
        .select_related("body")
        .order_by("body__order")
    )
    posts = Post.objects.filter(body__council=council).on(today).select_related("body")
    titles = {(post.user_id, post.body_id): post.get_kind_display() for post in posts}
    group_of, boards_of = {}, defaultdict(list)
    for membership in memberships:
        body = membership.body
        if body.kind == Body.Kind.DELEGATE_GROUP:
            group_of[membership.delegate_id] = body
        elif body.kind in (Body.Kind.BOARD, Body.Kind.STANDING_COMMITTEE):
            post = titles.get((membership.user_id, body.pk))
            boards_of[membership.delegate_id].append(f"{post}, {body.name}" if post else body.name)
    wanted = fold(words).split()
    by_group = defaultdict(list)
    for delegate in delegates:
        group = group_of.get(delegate.pk)
        if not all(word in fold(f"{delegate.full_name} {delegate.electoral_unit}") for word in wanted):
            continue
        title = "" if delegate.title.startswith("Đại biểu") else delegate.title
        by_group[group].append({"delegate": delegate, "title": title, "boards": boards_of[delegate.pk]})
    ordered = sorted(
        by_group, key=lambda body: (body is None, body.order if body else 0, body.code if body else "")
    )
    return [{"name": body.name if body else _("Đại biểu"), "delegates": by_group[body]} for body in ordered]
