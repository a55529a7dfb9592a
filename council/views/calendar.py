"""The working-day calendar as the office keeps it: holidays and make-up days by year."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from council import holidays
from council.errors import BadInput, WrongState
from council.models import CalendarDay
from council.permissions import can_edit_regulations


class DayForm(forms.Form):
    date = forms.DateField(
        label=gettext_lazy("Ngày"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    kind = forms.ChoiceField(label=gettext_lazy("Loại"), choices=CalendarDay.Kind.choices)
    name = forms.CharField(label=gettext_lazy("Tên"), max_length=200)
    is_official = forms.BooleanField(label=gettext_lazy("Đã công bố chính thức"), required=False, initial=True)

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("kind") == CalendarDay.Kind.MAKE_UP and "date" in cleaned and cleaned["date"].weekday() < 5:
            self.add_error("date", _("Ngày làm bù phải là thứ Bảy hoặc Chủ nhật."))
        return cleaned


class FileForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("Tệp Excel (.xlsx) hoặc JSON"),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.json"}),
    )


def _may_or_404(request):
    if not can_edit_regulations(request.user, request.council):
        raise Http404


@require_http_methods(["GET", "POST"])
def calendar(request):
    """The days of one year, and a form for one more."""
    _may_or_404(request)
    form = DayForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            day = holidays.add_day(council=request.council, by=request.user, **form.cleaned_data)
        except WrongState as fault:
            form.add_error("date", fault.message)
        else:
            messages.success(request, _("Đã thêm vào lịch."))
            return redirect(f"{reverse('council:calendar')}?nam={day.date.year}")
    return _show(request, form=form, status=422 if form.errors else 200)


@require_POST
def calendar_import(request):
    """Take a file over whole, or tell every fault with its row and column."""
    _may_or_404(request)
    form = FileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _show(request, file_form=form, status=422)
    upload = form.cleaned_data["file"]
    try:
        if upload.size > holidays.MAX_BYTES:
            raise BadInput(_("Tệp lớn hơn 1 MB."))
        days = holidays.read_days(name=upload.name, content=upload.read())
        new, renewed = holidays.import_days(council=request.council, by=request.user, days=days)
    except BadInput as fault:
        if not fault.faults:
            form.add_error("file", fault.message)
        return _show(request, file_form=form, faults=fault.faults, status=422)
    messages.success(
        request, _("Đã nhập %(new)s ngày mới, cập nhật %(renewed)s ngày.") % {"new": new, "renewed": renewed}
    )
    return redirect("council:calendar")


@require_POST
def calendar_remove(request, pk):
    """Take one day out."""
    _may_or_404(request)
    day = get_object_or_404(CalendarDay, pk=pk, council=request.council)
    year = day.date.year
    holidays.remove_day(day=day, by=request.user)
    messages.success(request, _("Đã xóa khỏi lịch."))
    return redirect(f"{reverse('council:calendar')}?nam={year}")


@require_GET
def calendar_template(request):
    """The file to fill in."""
    _may_or_404(request)
    response = HttpResponse(
        holidays.template(), content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    )
    response["Content-Disposition"] = 'attachment; filename="mau-ngay-nghi.xlsx"'
    return response


def _show(request, form=None, file_form=None, faults=(), status=200):
    days = request.council.calendar_days
    years = sorted({day.year for day in days.values_list("date", flat=True)} | {timezone.localdate().year})
    asked = request.GET.get("nam", "")
    year = int(asked) if asked.isdigit() and int(asked) in years else timezone.localdate().year
    context = {
        "days": days.filter(date__year=year),
        "year": year,
        "tabs": [
            {"label": str(each), "url": f"{reverse('council:calendar')}?nam={each}", "current": each == year}
            for each in years
        ],
        "form": form or DayForm(),
        "file_form": file_form or FileForm(),
        "faults": faults,
    }
    return render(request, "council/calendar.html", context, status=status)
