"""Work of this room that the outbox runs."""

import hashlib
import logging

from council import audit, outbox
from documents import compare_views, finding, notes, pack, pipeline
from documents.models import Version
from documents.pdf import CannotPrint
from documents.resolution_services import note_pdf_fault, store_pdf

log = logging.getLogger(__name__)
PIECE = 1024 * 1024


@outbox.handler("documents.render_resolution")
def render_resolution(resolution_id: int) -> None:
    try:
        store_pdf(resolution_id=resolution_id)
    except CannotPrint as fault:
        note_pdf_fault(resolution_id=resolution_id, fault=str(fault))
        raise


@outbox.handler(
    pipeline.JOB, on_parked=lambda error, version_id: pipeline.work_was_given_up(version_id), patient=True
)
def process_version(version_id: int):
    version = Version.objects.filter(pk=version_id).first()
    if version is not None and version.state == Version.State.READY:
        pack.prepare_pdf(version)  # first: tablets may take it along while its pages are still drawn
    if pipeline.work(version_id):
        return outbox.MORE
    version = Version.objects.filter(pk=version_id, state=Version.State.READY).first()
    if version is not None:
        pack.prepare_pdf(version)
        pack.prepare_pages(version)
    return None


@outbox.handler(notes.JOB)
def carry_notes(version_id: int) -> None:
    """Carry the older notes to a version, and keep what its readers are told of the changes."""
    version = Version.objects.select_related("document__council").filter(pk=version_id).first()
    if version is None:
        return
    notes.carry_notes(version)
    Version.objects.filter(pk=version.pk).update(changes=compare_views.summary(version))


@outbox.handler("documents.check_files")
def check_files() -> None:
    """Compute every digest anew (security 49); what does not match goes on record and to the office."""
    broken = []
    versions = Version.objects.exclude(state=Version.State.REFUSED)  # of those nothing is kept
    for version in versions.select_related("document__council").iterator():
        stored = [(version.file, version.sha256), (version.source, version.source_sha256)]
        stored.append((version.layered, version.layered_sha256))
        for file, expected in stored:
            if file and digest_of(file) != expected:
                broken.append(version.pk)
                data = {"version": version.number, "expected": expected}
                audit.record(None, "documents.file-broken", version.document, data=data)
    if broken:
        raise outbox.Parked(f"broken files: versions {broken}")


def digest_of(file) -> str:
    """SHA-256 (hex) of the stored bytes, "" when they are not there."""
    digest = hashlib.sha256()
    try:
        with file.open("rb") as stored:
            while piece := stored.read(PIECE):
                digest.update(piece)
    except FileNotFoundError:
        return ""
    return digest.hexdigest()


@outbox.handler("documents.rebuild_search")
def rebuild_search() -> None:
    finding.rebuild()
