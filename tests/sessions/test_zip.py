"""A zip dropped on a session (decision 0019; security 58): looked through, unpacked by a job, shown when all is read."""

import io
import os
import stat
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from council import outbox
from council.errors import BadInput
from council.models import AuditEntry, Job
from documents.children.read_zip import list_entries, take
from sessions import batches
from sessions.models import PaperBatch, StagedPaper
from sessions.services import save_paper
from tests.documents.papers import tiny

MANY, MUCH = 20, 5_000_000


def packed(*files, change=None) -> bytes:
    """A zip of (name, bytes); `change(info)` may spoil each entry's head."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            if change:
                change(info)
            archive.writestr(info, content)
    return out.getvalue()


def listed(tmp_path, content: bytes, most=MANY) -> dict:
    path = tmp_path / "a.zip"
    path.write_bytes(content)
    return list_entries(str(path), most, MUCH)


def raw_name(name: bytes) -> bytes:
    """A zip whose only name is written in some old encoding, without the UTF-8 mark."""
    stand_in = "x" * len(name)
    return packed((stand_in, tiny())).replace(stand_in.encode(), name)


def link(info):
    info.external_attr = (stat.S_IFLNK | 0o777) << 16


def encrypted(content: bytes) -> bytes:
    """The same zip with the mark of encryption in both heads of its entry."""
    content = bytearray(content)
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (packed(("../../etc/cron.d/a.pdf", b"x")), "outside"),
        (packed(("/etc/passwd", b"x")), "outside"),
        (packed(("C:\\Windows\\a.pdf", b"x")), "outside"),
        (packed(("a\\..\\..\\b.pdf", b"x")), "outside"),
        (packed(("a.pdf", b"/etc/passwd"), change=link), "link"),
        (encrypted(packed(("a.pdf", b"secret"))), "encrypted"),
        (packed(("a.pdf", b"0" * 4_000_000)), "bomb"),
        (packed(*[(f"{n}.pdf", b"x") for n in range(MANY + 1)]), "many"),
        (packed(*[(f"{n}.txt", os.urandom(3_000_000)) for n in range(2)]), "large"),
        (b"PK\x03\x04 and nothing more", "damaged"),
    ],
    ids=["upwards", "absolute", "drive", "backslash", "link", "encrypted", "bomb", "many", "large", "damaged"],
)
def test_58_a_hostile_zip_is_refused_whole(tmp_path, content, fault):
    assert listed(tmp_path, content)["fault"] == fault


def test_58_entries_that_share_bytes_are_refused(tmp_path):
    """The bomb without nesting: many heads in the directory that all point at one body."""
    content = packed(("a.pdf", b"x" * 500), ("b.pdf", b"y" * 500))
    second = content.index(b"PK\x01\x02", content.index(b"PK\x01\x02") + 4)
    spoiled = bytearray(content)
    spoiled[second + 42 : second + 46] = (0).to_bytes(4, "little")

    assert listed(tmp_path, bytes(spoiled))["fault"] == "overlap"


def test_58_a_file_larger_than_its_head_says_is_cut_off(tmp_path):
    path = tmp_path / "a.zip"
    path.write_bytes(packed(("a.bin", b"0" * 100_000)))

    assert take(str(path), 0, str(tmp_path / "out"), 1000)["fault"] == "large"
    assert take(str(path), 7, str(tmp_path / "out"), 1000)["fault"] == "damaged"


def test_58_a_zip_in_a_zip_is_refused_by_name_and_the_others_are_taken(tmp_path):
    inner = packed(("a.pdf", b"x"))

    found = listed(tmp_path, packed(("b.zip", inner), ("c.pdf", tiny()), ("__MACOSX/._c.pdf", b"x"), ("Thumbs.db", b"x")))

    assert [(row["name"], row.get("fault")) for row in found["entries"]] == [("b.zip", "archive"), ("c.pdf", None)]
    assert found["skipped"] == 2


@pytest.mark.parametrize("encoding", ["utf-8", "cp1258", "cp437"])
def test_names_in_old_encodings_are_readable(tmp_path, encoding):
    # Windows-1258 writes the five tone marks as letters of their own
    spelled = {"utf-8": "Tờ trình số 5.pdf", "cp1258": "Tơ\u0300 tri\u0300nh sô\u0301 5.pdf", "cp437": "Caf\u00e9 5.pdf"}[encoding]

    found = listed(tmp_path, raw_name(spelled.encode(encoding)))

    assert found["entries"][0]["name"] == {"cp437": "Café 5.pdf"}.get(encoding, "Tờ trình số 5.pdf")


# --- the whole way --------------------------------------------------------------------------------------


@pytest.fixture
def paper(council_session, office):
    item = council_session.items.get(number=2)
    return save_paper(item=item, by=office, kind="submission", title="Tờ trình kế hoạch", number="279/TTr-UBND")


def drop(client, council_session, content, name="Tài liệu kỳ họp.zip"):
    file = SimpleUploadedFile(name, content, content_type="application/zip")
    return client.post(
        reverse("sessions:drop_papers", args=[council_session.public_id]), {"files": [file]}, headers={"X-File-Drop": "1"}
    )


def work():
    for job in Job.objects.filter(kind=batches.JOB, state=Job.State.DUE):
        assert outbox.run(job.pk), Job.objects.get(pk=job.pk).last_error


@pytest.fixture
def mixed():
    return packed(
        ("Mục 2/279-TTr-UBND.pdf", tiny("mot")),
        ("Mục 2/hong.pdf", b"%PDF-1.7 nothing"),
        ("Mục 3/bao-cao.pdf", tiny("hai")),
        ("Mục 3/ban sao.pdf", tiny("hai")),
        ("ben trong.zip", packed(("a.pdf", b"x"))),
    )


def test_a_zip_is_read_by_a_job_and_shown_when_all_is_read(
    client, council_session, paper, office, mixed, monkeypatch, django_capture_on_commit_callbacks
):
    client.force_login(office)
    monkeypatch.setattr(batches, "SECONDS", 0)  # one file, or none, for each turn of the job
    assert "5 tệp" in drop(client, council_session, mixed).json()["message"]
    batch = PaperBatch.objects.get()
    page = reverse("sessions:papers", args=[council_session.public_id])
    assert "Đã đọc 0/5 tệp" in client.get(page).content.decode()

    monkeypatch.setattr(batches, "SECONDS", 60)
    stored = batch.file.name
    with django_capture_on_commit_callbacks(execute=True):
        work()

    batch.refresh_from_db()
    first, second = StagedPaper.objects.order_by("pk")
    assert (batch.state, batch.done, batch.taken, batch.file.name) == ("ready", 5, 2, "")
    assert not batch._meta.get_field("file").storage.exists(stored)
    assert (first.paper, first.folder) == (paper, "Mục 2")
    assert second.name == "bao-cao.pdf"
    refused = {row["name"]: row["words"] for row in batch.refused}
    assert set(refused) == {"Mục 2/hong.pdf", "Mục 3/ban sao.pdf", "ben trong.zip"}
    assert "bao-cao.pdf" in refused["Mục 3/ban sao.pdf"]
    shown = client.get(page).content.decode()
    assert "Nhận 2/5 tệp" in shown
    assert all(name in shown for name in refused)


def test_a_worker_that_dies_in_the_middle_leaves_nothing_double_and_nothing_shown(
    client, council_session, paper, office, mixed, monkeypatch
):
    client.force_login(office)
    drop(client, council_session, mixed)
    batch = PaperBatch.objects.get()

    def dies(*args):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(batches, "_note", dies)  # the first file is in, its line is not
        with pytest.raises(KeyboardInterrupt):
            batches.unpack(batch.pk)
    assert StagedPaper.objects.count() == 1
    assert StagedPaper.objects.shown().count() == 0
    assert "279-TTr-UBND.pdf" not in client.get(reverse("sessions:papers", args=[council_session.public_id])).content.decode()

    assert batches.unpack(batch.pk) is False
    assert StagedPaper.objects.shown().count() == 2


def test_a_hostile_zip_is_told_in_words_and_nothing_is_kept(client, council_session, office):
    client.force_login(office)

    answer = drop(client, council_session, packed(("../a.pdf", tiny())))

    assert answer.status_code == 422
    assert "trỏ ra ngoài thư mục" in answer.json()["message"]
    assert not PaperBatch.objects.exists()


def test_78_a_zip_named_secret_is_refused(client, council_session, office):
    with pytest.raises(BadInput):
        batches.take_batch(
            council_session=council_session, by=office,
            upload=SimpleUploadedFile("Tối mật.zip", packed(("a.pdf", tiny()))),
        )  # fmt: skip
    assert not AuditEntry.objects.filter(event="sessions.batch-dropped").exists()
