"""Hostile and broken uploads: refused in words, quickly, with nothing kept."""

import io
import random
import time
import zipfile
import zlib

import pytest

from council.errors import BadInput
from documents.check import check_upload
from documents.limits import LimitReached, Limits, run_limited
from tests.documents.papers import assemble, printed, tiny, upload


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


def refusal(content: bytes, name="x.pdf") -> str:
    with pytest.raises(BadInput) as fault:
        check_upload(upload(content, name))
    return fault.value.message


def test_an_empty_file_is_refused():
    assert "rỗng" in refusal(b"")


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04" + b"x" * 500,
        b"<html>%PDF-1.7 %%EOF",
        b"\xff\xd8\xff\xe0 JFIF",
        b"MZ" + b"\0" * 99,
        b"\n%PDF-1.7\n%%EOF",
    ],
)
def test_what_is_not_a_pdf_is_refused_whatever_its_name(content):
    assert "không phải tệp PDF" in refusal(content)


def test_a_file_over_the_size_limit_is_refused_with_the_limit(settings):
    settings.MAX_PAPER_BYTES = 1024 * 1024

    assert "1 MB" in refusal(tiny() + b" " * (1024 * 1024))


def test_a_file_over_the_page_limit_is_refused_with_both_numbers(settings):
    settings.MAX_PAPER_PAGES = 5

    message = refusal(tiny(pages=6))

    assert "6 trang" in message
    assert "5 trang" in message


def test_a_file_cut_off_half_way_is_refused():
    whole = printed("<p>Báo cáo</p>" * 200)

    assert "hỏng" in refusal(whole[: len(whole) // 2])


def test_a_file_with_a_destroyed_inside_is_refused():
    assert "hỏng" in refusal(b"%PDF-1.7\n" + bytes(range(256)) * 40 + b"\n%%EOF\n")


def test_a_file_with_a_password_is_refused(tmp_path):
    import shutil
    import subprocess

    if not shutil.which("qpdf"):
        pytest.skip("qpdf makes the encrypted file")
    (tmp_path / "plain.pdf").write_bytes(tiny())
    for user_password in ("mo-khoa", ""):
        command = ["qpdf", "--encrypt", user_password, "chu-so-huu", "256", "--", "plain.pdf", "locked.pdf"]
        subprocess.run(command, cwd=tmp_path, check=True)

        assert "mật khẩu" in refusal((tmp_path / "locked.pdf").read_bytes())


def test_a_pdf_that_is_also_a_zip_is_refused():
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("a.html", "<script>1</script>")

    assert "nội dung khác" in refusal(tiny() + archive.getvalue())


def test_a_pdf_that_is_also_a_web_page_is_refused():
    assert "nội dung khác" in refusal(tiny() + b"<html><script>alert(1)</script></html>%%EOF x<b>")
    assert "nội dung khác" in refusal(tiny(header="%PDF-1.7\n%<html><script>alert(1)</script>"))


@pytest.mark.parametrize(
    "hidden",
    [
        {"catalog": "/OpenAction << /S /JavaScript /JS (app.alert(1)) >>"},
        {"catalog": "/OpenAction << /S /Launch /F (cmd.exe) >>"},
        {"page": "/AA << /O << /S /JavaScript /JS (app.alert(1)) >> >>"},
        {"page": "/Annots [<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A << /S /Launch /F (x.exe) >> >>]"},
    ],
)
def test_scripts_and_launch_actions_are_noticed(hidden):
    assert check_upload(upload(tiny(**hidden))).has_scripts is True


def test_an_ordinary_paper_has_no_scripts():
    assert check_upload(upload(printed("<p>Báo cáo</p>"))).has_scripts is False


def bomb_of_nested_streams() -> bytes:
    """300 MB of page content in a few kilobytes, packed twice."""
    content = zlib.compress(zlib.compress(b"q Q " * 75_000_000, 9), 9)
    return assemble(
        [
            "<< /Type /Catalog /Pages 2 0 R >>",
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R >>",
            f"<< /Length {len(content)} /Filter [/FlateDecode /FlateDecode] >>\nstream\n{content.decode('latin-1')}\nendstream",
        ]
    )


def bomb_of_depth() -> bytes:
    return assemble(
        [
            "<< /Type /Catalog /Pages 2 0 R /X " + "[" * 200_000 + "]" * 200_000 + " >>",
            "<< /Type /Pages /Kids [] /Count 0 >>",
        ]
    )


def bomb_of_objects() -> bytes:
    return assemble(
        ["<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [] /Count 0 >>"] + ["null"] * 400_000
    )


def bomb_of_circles() -> bytes:
    """A page tree that is its own child, and a million pages promised."""
    return assemble(["<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 1000000 >>"])


@pytest.mark.parametrize("bomb", [bomb_of_nested_streams, bomb_of_depth, bomb_of_objects, bomb_of_circles])
def test_a_bomb_ends_within_its_limits_and_leaves_the_house_standing(bomb):
    content = bomb()

    started = time.monotonic()
    try:
        check_upload(upload(content)).close()
    except BadInput as fault:
        assert fault.message
    assert time.monotonic() - started < 60


def test_damaged_files_never_do_more_than_be_refused():
    """Bytes changed by chance, 40 files: either taken as sound or refused, nothing else."""
    whole, chance = tiny(pages=3), random.Random(2026)

    for _round in range(40):
        damaged = bytearray(whole)
        for _hit in range(chance.randint(1, 40)):
            damaged[chance.randrange(9, len(damaged))] = chance.randrange(256)
        try:
            check_upload(upload(bytes(damaged))).close()
        except BadInput as fault:
            assert fault.message


def test_the_child_gives_up_at_its_clock(tmp_path):
    program = tmp_path / "sleep.py"
    program.write_text("import time; time.sleep(60)")

    started = time.monotonic()
    with pytest.raises(LimitReached):
        run_limited(str(program), [], work_dir=str(tmp_path), limits=Limits(wall_seconds=1))

    assert time.monotonic() - started < 10


def test_the_child_gives_up_at_its_processor_time(tmp_path):
    program = tmp_path / "spin.py"
    program.write_text("while True: pass")

    with pytest.raises(LimitReached):
        run_limited(str(program), [], work_dir=str(tmp_path), limits=Limits(cpu_seconds=1, wall_seconds=20))


def test_the_child_gives_up_at_its_memory(tmp_path):
    program = tmp_path / "eat.py"
    program.write_text("x = bytearray(700 * 1024 * 1024)")

    with pytest.raises(LimitReached, match="MemoryError"):
        run_limited(str(program), [], work_dir=str(tmp_path))


def test_the_child_knows_no_secret_of_ours(tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "canary-of-the-environment")
    program = tmp_path / "tell.py"
    program.write_text("import os; print(dict(os.environ))")

    assert "canary" not in run_limited(str(program), [], work_dir=str(tmp_path))
