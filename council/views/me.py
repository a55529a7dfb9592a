"""The delegate's own corner of the tablet."""

from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from council.models import Body, Post
from council.permissions import delegate_for


@login_required
@require_safe
def me(request):
    """Who I am here, and the ways to my meetings, devices and text size; others see their devices."""
    delegate = delegate_for(request.user, request.council) if request.council else None
    if delegate is None:
        return redirect("council:devices")
    today = timezone.localdate()
    bodies = Body.objects.filter(
        pk__in=delegate.memberships.on(today).exclude(body__kind=Body.Kind.PLENARY).values("body")
    )
    posts = Post.objects.filter(user=request.user, body__council=request.council).on(today).select_related("body")
    titles = {post.body_id: post.get_kind_display() for post in posts}
    facts = [
        {"label": _("Chức vụ"), "value": delegate.title},
        {"label": _("Ghế"), "value": delegate.seat},
        {"label": _("Đơn vị bầu cử"), "value": delegate.electoral_unit},
        *(
            {"label": body.get_kind_display(), "value": ", ".join(filter(None, [titles.get(body.pk), body.name]))}
            for body in bodies
        ),
    ]
    return render(
        request, "council/me.html", {"delegate": delegate, "facts": [fact for fact in facts if fact["value"]]}
    )
