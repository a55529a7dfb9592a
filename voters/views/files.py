"""A reply's PDF, always as a download and never from a page's own origin rights (security 59)."""

from django.http import FileResponse, Http404

from voters.models import Reply


def reply_file(reply: Reply | None) -> FileResponse:
    """The newest sound version of a reply's file, or 404."""
    version = None
    if reply is not None and reply.document_id and reply.document.withdrawn_at is None:
        version = reply.document.versions.exclude(state="failed").order_by("-number").first()
    if version is None:
        raise Http404
    code = reply.referral.petition.code
    response = FileResponse(
        version.file.open("rb"),
        as_attachment=True,
        filename=f"tra-loi-{code.lower()}.pdf",
        content_type="application/pdf",
    )
    response["Content-Security-Policy"] = "sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    return response
