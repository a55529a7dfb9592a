"""A session from a file: choose, see what it holds, then take it in."""

from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from council.errors import BadInput
from sessions import importing, services
from sessions.forms import ImportForm
from sessions.import_template import as_json, as_xlsx, example
from sessions.importing import SessionPlan
from sessions.views_office import serves_somewhere

SALT = "sessions.import"
PREVIEW_HOURS = 4
MOST_SEALED = 2 * 1024 * 1024  # characters; a form of 5 MB is refused by the server
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@serves_somewhere
@require_http_methods(["GET", "POST"])
def upload(request, bodies):
    """The file is read and shown; nothing is written yet."""
    if request.method == "GET":
        return _page(request, ImportForm(bodies=bodies))
    form = ImportForm(request.POST, request.FILES, bodies=bodies)
    if not form.is_valid():
        return _page(request, form, status=422)
    file, body = form.cleaned_data["file"], form.cleaned_data["body"]
    try:
        if file.size > importing.MAX_BYTES:
            raise BadInput(_("Tệp lớn hơn 5 MB. Tài liệu PDF được tải lên ở bước sau, không nằm trong tệp này."))
        plan = importing.read(name=file.name, data=file.read(), council=request.council)
        sealed = _seal(request, body, plan)
    except BadInput as fault:
        return _page(request, ImportForm(bodies=bodies), status=422, fault=fault, name=file.name)
    return _preview(request, body, plan, sealed)


def _page(request, form, status=200, fault=None, name=""):
    context = {"form": form, "fault": fault, "name": name}
    return render(request, "sessions/office/import.html", context, status=status)


def _seal(request, body, plan: SessionPlan) -> str:
    """What was understood travels with the page, signed for this person and council, and comes back whole."""
    content = {"by": request.user.pk, "council": request.council.pk, "body": body.pk, "plan": plan.as_dict()}
    sealed = signing.dumps(content, salt=SALT, compress=True)
    if len(sealed) > MOST_SEALED:
        raise BadInput(_("Chương trình quá dài để xem trước. Chia thành nhiều kỳ họp."))
    return sealed


def _preview(request, body, plan: SessionPlan, sealed: str, status=200, problem=""):
    context = {"plan": plan, "body": body, "sealed": sealed, "problem": problem}
    return render(request, "sessions/office/import_preview.html", context, status=status)


@serves_somewhere
@require_POST
def commit(request, bodies):
    """Make the session that was shown."""
    try:
        sealed = signing.loads(request.POST.get("plan", ""), salt=SALT, max_age=PREVIEW_HOURS * 3600)
    except signing.BadSignature:
        messages.error(request, _("Bản xem trước đã quá hạn. Chọn lại tệp."))
        return redirect("sessions:import")
    body = bodies.filter(pk=sealed["body"]).first()
    if body is None or sealed["by"] != request.user.pk or sealed["council"] != request.council.pk:
        raise Http404
    plan = SessionPlan.from_dict(sealed["plan"])
    try:
        made = services.create_from_plan(council=request.council, body=body, by=request.user, plan=plan)
    except BadInput as fault:
        return _preview(request, body, plan, request.POST["plan"], status=422, problem=fault.message)
    counts = {"items": len(plan.items), "sittings": len(plan.sittings), "papers": len(plan.papers)}
    messages.success(request, _("Đã nhập %(items)s mục, %(sittings)s phiên, %(papers)s văn bản.") % counts)
    return redirect("sessions:session", made.public_id)


@serves_somewhere
@require_GET
def template(request, bodies, kind):
    """The template to fill in: a small session that goes in as it stands."""
    if kind == "xlsx":
        response = HttpResponse(as_xlsx(example()), content_type=XLSX)
    elif kind == "json":
        response = HttpResponse(as_json(example()), content_type="application/json; charset=utf-8")
    else:
        raise Http404
    response["Content-Disposition"] = f'attachment; filename="mau-ky-hop.{kind}"'
    return response
