"""Making a session's PDF: asked for, made by a job within limits, kept for a day, fetched by its asker alone."""

import hashlib
import json
import tempfile
from datetime import timedelta
from pathlib import Path

from django.core.files.base import File
from django.db import transaction
from django.template.defaultfilters import date as date_words
from django.utils import timezone
from django.utils.translation import gettext as _

from council import audit, outbox
from council.errors import BadInput, NotAllowed
from council.models import User
from documents.check import ask_for_room
from documents.limits import LimitReached, Limits, run_limited
from documents.pdf import render_pdf
from sessions.models import CouncilSession, SessionExport
from sessions.out.selectors import Plan, plan_for
from sessions.permissions import can_attend

KEPT = timedelta(days=1)
MOST_PAGES = 20_000
MOST_BYTES = 1024**3
JOB, FORGET = "sessions.make_export", "sessions.forget_export"
# Joining holds one paper at a time in memory, of 100 MB at most; never in the web process's.
JOINING = Limits(cpu_seconds=600, wall_seconds=900, memory=1024**3, file_size=2 * 1024**3)
State = SessionExport.State


@transaction.atomic
def ask_for_pdf(*, council_session: CouncilSession, by: User) -> SessionExport:
    """Order the whole session as one PDF; while one is being made, asking again gives that one."""
    if not can_attend(by, council_session):
        raise NotAllowed(_("Kỳ họp này không dành cho ông (bà)."))
    locked = CouncilSession.objects.select_for_update(no_key=True).get(pk=council_session.pk)
    running = locked.exports.filter(user=by, state=State.MAKING).first()
    if running is not None:
        return running
    plan = plan_for(by, locked)
    if not plan.parts:
        raise BadInput(_("Chưa có tài liệu nào để ghép."))
    if plan.pages > MOST_PAGES or plan.size > MOST_BYTES:
        raise BadInput(_("Kỳ họp có quá nhiều tài liệu để ghép thành một tệp. Hãy tải gói ZIP."))
    ask_for_room(2 * plan.size)
    made = SessionExport.objects.create(
        council_session=locked, user=by, total=len(plan.parts), expires_at=timezone.now() + KEPT,
        delegate_rights_only=getattr(by, "delegate_rights_only", False),
    )  # fmt: skip
    title = (_("Ghép tài liệu: %(title)s") % {"title": locked.title})[:200]
    outbox.enqueue(JOB, key=f"{JOB}:{made.public_id}", council=locked.council, title=title, export_id=made.pk, delay=outbox.A_PERSON_WAITS)
    outbox.enqueue(
        FORGET, key=f"{FORGET}:{made.public_id}", council=locked.council, title=title, delay=KEPT, export_id=made.pk
    )
    audit.record(by, "sessions.export-asked", locked, chain=locked.chain_key, data={"papers": len(plan.parts)})
    return made


def make_pdf(export_id: int) -> None:
    """Make the file (handler of the job). What may go out is asked anew; doing it twice gives the same file."""
    export = SessionExport.objects.select_related("council_session__council", "user").filter(pk=export_id).first()
    if export is None or export.state != State.MAKING:
        return
    export.user.delegate_rights_only = export.delegate_rights_only
    plan = plan_for(export.user, export.council_session)
    with tempfile.TemporaryDirectory(prefix="export-") as folder:
        paths = _fetch(export, plan, Path(folder))
        unreadable = _join(export, plan, paths, Path(folder))
        if unreadable:  # the contents page told pages that are not there: once more without them
            for place in sorted(unreadable, reverse=True):
                part = plan.parts.pop(place)
                paths.pop(place)
                plan.left_out.append({"title": part.paper.heading, "why": _("không đọc được tệp")})
            if _join(export, plan, paths, Path(folder)):
                raise outbox.Parked("papers cannot be joined")
        _keep(export, plan, Path(folder) / "out.pdf")


def _fetch(export: SessionExport, plan: Plan, folder: Path) -> list[Path]:
    """The papers as files; those of a storage with paths are read where they lie."""
    paths = []
    for place, part in enumerate(plan.parts):
        try:
            path = Path(part.version.file.path)
        except NotImplementedError:  # a storage without paths
            path = folder / f"{place}.pdf"
            with part.version.file.open("rb") as stored, path.open("wb") as copy:
                for piece in stored.chunks():
                    copy.write(piece)
        paths.append(path)
        SessionExport.objects.filter(pk=export.pk).update(done=place + 1, total=len(plan.parts))
    return paths


def _join(export: SessionExport, plan: Plan, paths: list[Path], folder: Path) -> list[int]:
    """Write out.pdf with its contents before it; gives the places of parts that could not be read."""
    contents, first = _contents(export, plan, folder)
    job = {
        "parts": [str(contents), *map(str, paths)],
        "marks": _marks(plan, first),
        "out": str(folder / "out.pdf"),
    }
    (folder / "job.json").write_text(json.dumps(job))
    try:
        answer = run_limited("join_papers.py", [str(folder / "job.json")], work_dir=str(folder), limits=JOINING)
    except LimitReached as fault:
        raise outbox.Parked(str(fault)[-250:]) from None
    counts = json.loads(answer)["counts"][1:]
    told = [part.version.pages for part in plan.parts]
    return [place for place, (count, wanted) in enumerate(zip(counts, told, strict=True)) if count != wanted]


def _contents(export: SessionExport, plan: Plan, folder: Path) -> tuple[Path, int]:
    """The contents page or pages, and how many: their own number moves the pages they tell."""
    length, path = 1, folder / "contents.pdf"
    for _try in range(3):
        context = {
            "council_session": export.council_session,
            "council": export.council_session.council,
            "lines": _lines(plan, length),
            "left_out": plan.left_out,
            "name": export.user.get_full_name(),
            "at": date_words(timezone.localtime(), "H:i d/m/Y"),
        }
        path.write_bytes(render_pdf("pdf/contents.html", context))
        answer = run_limited("inspect_paper.py", [str(path), "500"], work_dir=str(folder))
        pages = json.loads(answer)["pages"]
        if pages == length:
            break
        length = pages
    return path, length


def _lines(plan: Plan, first: int) -> list[dict]:
    """The contents: each item with its papers and the page, counted from 1, on which each begins."""
    lines, page = [], first + 1
    for part in plan.parts:
        if not lines or lines[-1]["item"].pk != part.item.pk:
            lines.append({"item": part.item, "page": page, "papers": []})
        lines[-1]["papers"].append({"title": part.paper.heading, "page": page})
        page += part.version.pages
    return lines


def _marks(plan: Plan, first: int) -> list[dict]:
    marks = [{"title": _("Mục lục"), "page": 0, "level": 0}]
    for line in _lines(plan, first):
        title = _("Mục %(n)s. %(title)s") % {"n": line["item"].number, "title": line["item"].name}
        marks.append({"title": title, "page": line["page"] - 1, "level": 0})
        marks += [{"title": row["title"], "page": row["page"] - 1, "level": 1} for row in line["papers"]]
    return marks


def _keep(export: SessionExport, plan: Plan, path: Path) -> None:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1024 * 1024):
            digest.update(piece)
        file.seek(0)
        export.file.save(f"{export.public_id.hex}.pdf", File(file), save=False)
    try:
        with transaction.atomic():
            export.move_to(State.READY)
            export.sha256, export.size = digest.hexdigest(), path.stat().st_size
            export.versions, export.left_out = [part.version.pk for part in plan.parts], plan.left_out
            export.pages, export.done = plan.pages, len(plan.parts)
            export.total = len(plan.parts)
            export.save()
    except BaseException:
        export.file.delete(save=False)
        raise


@transaction.atomic
def give_up(export_id: int, error: str) -> None:
    """Its job was parked: say so to its asker."""
    export = SessionExport.objects.filter(pk=export_id, state=State.MAKING).first()
    if export is not None:
        export.move_to(State.FAILED)
        export.error = error[:300]
        export.save(update_fields=["state", "error"])


@transaction.atomic
def forget(export_id: int) -> None:
    """Its time is over: the row goes, and the file with it."""
    export = SessionExport.objects.filter(pk=export_id).first()
    if export is not None:
        name, storage = export.file.name, export.file.storage
        export.delete()
        if name:
            transaction.on_commit(lambda: storage.delete(name))

