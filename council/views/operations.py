"""The house's own work: jobs that stopped, letters in doubt, whether the record holds."""

from django.contrib import messages
from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from council import audit, mail, outbox
from council.models import AuditChain, Job, Mail
from council.permissions import can_see_operations, can_verify_record


def _may_or_404(request):
    if not can_see_operations(request.user, request.council):
        raise Http404


def _jobs(request):
    """The jobs of this council, and the machine's own, which belong to none (the nightly checks)."""
    return Job.objects.filter(Q(council=request.council) | Q(council=None))


@require_GET
def operations(request):
    """What waits for a decision of the office, and the state of the record. An auditor sees the record alone."""
    if not can_verify_record(request.user, request.council):
        raise Http404
    heads = list(AuditChain.objects.filter(council=request.council).order_by("key"))
    names = audit.names_of(heads)
    chains = {"chains": [(head, names[head.key]) for head in heads]}
    if not can_see_operations(request.user, request.council):
        return render(request, "council/operations.html", chains)
    jobs = _jobs(request)
    mails = Mail.objects.filter(council=request.council)
    context = chains | {
        "may_decide": True,
        "parked": jobs.filter(state=Job.State.PARKED).order_by("created_at")[:100],
        "waiting": jobs.filter(state__in=[Job.State.DUE, Job.State.RUNNING], every_seconds=None).count(),
        "doubtful": mails.filter(state__in=[Mail.State.FAILED, Mail.State.UNKNOWN]).order_by("created_at")[:200],
        "mail_counts": {
            "sent": mails.filter(state=Mail.State.SENT).count(),
            "queued": mails.filter(state__in=[Mail.State.QUEUED, Mail.State.SENDING]).count(),
        },
    }
    return render(request, "council/operations.html", context)


@require_POST
def job_retry(request, public_id):
    """Give a parked job five new tries."""
    _may_or_404(request)
    job = get_object_or_404(_jobs(request), public_id=public_id)
    outbox.retry(job=job)
    audit.record(request.user, "council.job-retried", job, council=request.council, data={"kind": job.kind})
    messages.success(request, _("Việc này sẽ được làm lại ngay."))
    return redirect("council:operations")


@require_POST
def mail_decide(request, public_id):
    """A letter that failed or is in doubt: it arrived, or it goes again."""
    _may_or_404(request)
    letter = get_object_or_404(Mail, council=request.council, public_id=public_id)
    if request.POST.get("act") == "received":
        mail.mark_received(mail=letter, by=request.user)
        messages.success(request, _("Đã ghi: %(to)s đã nhận được thư.") % {"to": letter.to})
    else:
        mail.send_again(mail=letter, by=request.user)
        messages.success(request, _("Đang gửi lại cho %(to)s.") % {"to": letter.to})
    return redirect("council:operations")


@require_POST
def verify_record(request):
    """Walk every chain of this council's record and say whether it holds."""
    if not can_verify_record(request.user, request.council):
        raise Http404
    bad = []
    heads = list(AuditChain.objects.filter(council=request.council))
    names = audit.names_of(heads)
    for chain in heads:
        fault = audit.first_bad_entry(chain)
        if fault is not None:
            bad.append(_("dòng %(seq)s của %(name)s") % {"seq": fault[0], "name": names[chain.key]})
    if bad:
        messages.error(request, _("Nhật ký có chỗ không khớp: %(where)s.") % {"where": "; ".join(bad)})
    else:
        messages.success(request, _("Nhật ký nguyên vẹn: mọi dòng đều khớp."))
    return redirect("council:operations")
