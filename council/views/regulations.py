"""The council's own numbers: value in force, since when, by which rule, and its history."""

from django import forms
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from council import regulations as rules
from council.errors import BadInput
from council.permissions import can_edit_regulations

GROUPS = {
    "session": gettext_lazy("Kỳ họp và phiên họp"),
    "vote": gettext_lazy("Biểu quyết"),
    "secret": gettext_lazy("Bầu cử, tín nhiệm và phiếu kín"),
    "opinion": gettext_lazy("Phiếu xin ý kiến"),
    "resolution": gettext_lazy("Nghị quyết"),
    "petition": gettext_lazy("Kiến nghị cử tri"),
    "device": gettext_lazy("Máy tính bảng"),
    "": gettext_lazy("Khác"),
}


class NewValueForm(forms.Form):
    """A new value from a day on. The kind of the setting decides how it is asked."""

    valid_from = forms.DateField(
        label=gettext_lazy("Áp dụng từ ngày"),
        initial=timezone.localdate,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    legal_basis = forms.CharField(
        label=gettext_lazy("Căn cứ"),
        max_length=300,
        help_text=gettext_lazy("Ví dụ: Điều 12 Quy chế làm việc ban hành kèm Nghị quyết số 05/NQ-HĐND."),
    )
    field_order = ["value", "valid_from", "legal_basis"]

    def __init__(self, *args, rule, **kwargs):
        super().__init__(*args, **kwargs)
        label = rule.label
        if rule.kind == "int":
            self.fields["value"] = forms.IntegerField(
                label=label, error_messages={"invalid": _("Nhập một số nguyên.")}
            )
        elif rule.kind == "choice":
            self.fields["value"] = forms.ChoiceField(label=label, choices=rule.choices)
        elif rule.kind == "bool":
            self.fields["value"] = forms.BooleanField(label=label, required=False)
        else:
            self.fields["value"] = forms.CharField(label=label, max_length=200)
        self.fields["value"].help_text = rule.help
        self.order_fields(self.field_order)


def _in_words(rule, value) -> str:
    if rule.kind == "choice":
        return str(dict(rule.choices).get(value, value))
    if rule.kind == "bool":
        return _("có") if value else _("không")
    return str(value)


def _may_or_404(request):
    if not can_edit_regulations(request.user, request.council):
        raise Http404


@require_GET
def regulations(request):
    """All settings, group by group."""
    _may_or_404(request)
    groups: dict[str, list] = {}
    coming = request.council.regulation_values.filter(valid_from__gt=timezone.localdate())
    coming = {row.key: row for row in coming.order_by("-valid_from", "-pk")}
    for rule in rules.RULES.values():
        now = rules.setting(request.council, rule.key)
        line = {"rule": rule, "now": now, "words": _in_words(rule, now.value), "coming": None}
        if rule.key in coming:
            line["coming"] = {
                "words": _in_words(rule, coming[rule.key].value),
                "from": coming[rule.key].valid_from,
            }
        groups.setdefault(rule.group if rule.group in GROUPS else "", []).append(line)
    shown = [{"title": GROUPS[key], "lines": lines} for key, lines in groups.items()]
    return render(request, "council/regulations.html", {"groups": shown})


@require_http_methods(["GET", "POST"])
def regulation(request, key):
    """One setting: its history, and a form for a new value."""
    _may_or_404(request)
    rule = rules.RULES.get(key)
    if rule is None:
        raise Http404
    now = rules.setting(request.council, key)
    form = NewValueForm(request.POST or None, rule=rule, initial={"value": now.value})
    if request.method == "POST" and form.is_valid():
        try:
            rules.set_value(council=request.council, key=key, by=request.user, **form.cleaned_data)
        except BadInput as fault:
            form.add_error("value", fault.message)
        else:
            messages.success(request, _("Đã ghi quy định mới."))
            return redirect("council:regulation", key)
    history = [
        {"row": row, "words": _in_words(rule, row.value)}
        for row in request.council.regulation_values.filter(key=key).select_related("set_by")
    ]
    context = {"rule": rule, "now": now, "words": _in_words(rule, now.value), "history": history, "form": form}
    return render(request, "council/regulation.html", context, status=422 if form.errors else 200)
