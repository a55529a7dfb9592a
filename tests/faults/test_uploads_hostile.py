"""Hostile and broken uploads: refused in words, quickly, with nothing kept."""

import io
import random
import socket
import struct
import threading
import time
import zipfile
import zlib
from contextlib import suppress

import pypdfium2
import pytest
from PIL import Image

from council.errors import BadInput
from documents import check
from documents.check import check_upload
from documents.limits import LimitReached, Limits, run_limited, turn
from tests.documents import office_files
from tests.documents.papers import assemble, printed, tiny, upload


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


WAITING = 5  # seconds that a busy machine may add to what a file takes


def refusal(content: bytes, name="x.pdf") -> str:
    with pytest.raises(BadInput) as fault:
        check_upload(upload(content, name))
    return fault.value.message


def test_an_empty_file_is_refused():
    assert "rỗng" in refusal(b"")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"PK\x03\x04" + b"x" * 500, "hỏng"),
        (b"<html>%PDF-1.7 %%EOF", "trang web"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "SVG"),
        (b"\xff\xd8\xff\xe0 JFIF", "ảnh bị hỏng"),
        (b"MZ" + b"\0" * 99, "không phải tệp PDF"),
        (b"\n%PDF-1.7\n%%EOF", "không phải tệp PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 900, "kiểu cũ"),
        (b"{\\rtf1 x}", "không phải tệp PDF"),
    ],
)
def test_55_what_is_no_paper_is_refused_in_words_whatever_its_name(content, words):
    assert words in refusal(content)


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
    assert time.monotonic() - started < 20 + WAITING


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


def test_57_the_wait_for_a_place_is_part_of_the_doors_time(settings, monkeypatch):
    """Others' files are looked into: who waits is told in words, and not kept for the time of two."""
    assert check.PATIENCE < check.CHECK.wall_seconds < check.DOOR
    monkeypatch.setattr(check, "PATIENCE", 0.2)

    with turn("check", patience=1), turn("check", patience=1):
        assert "nhiều tệp khác" in refusal(tiny())


# --- A scanner (security 61) --------------------------------------------------------------------------


@pytest.fixture
def scanner(settings):
    """Stands for clamd: reads what INSTREAM sends and answers what the test says; gives the list of files it was sent."""
    server, sent = socket.create_server(("127.0.0.1", 0)), []
    settings.CLAMD = f"tcp://127.0.0.1:{server.getsockname()[1]}"

    def serve():
        with suppress(OSError):
            while True:
                line, _address = server.accept()
                with line, line.makefile("rb") as said:
                    assert said.read(10) == b"zINSTREAM\0"
                    content = b""
                    while size := int.from_bytes(said.read(4), "big"):
                        content += said.read(size)
                    sent.append(content)
                    line.sendall(b"stream: Eicar-Test-Signature FOUND\0" if b"EICAR" in content else b"stream: OK\0")

    threading.Thread(target=serve, daemon=True).start()
    yield sent
    server.shutdown(socket.SHUT_RDWR)
    server.close()


def test_61_the_scanner_is_asked_about_the_very_bytes_and_what_it_finds_is_refused(scanner):
    clean, infected = tiny(), tiny("EICAR")

    check_upload(upload(clean)).close()

    assert "mã độc (Eicar-Test-Signature)" in refusal(infected)
    assert scanner == [clean, infected]


def test_61_a_scanner_that_is_silent_lets_nothing_in(settings):
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings.CLAMD = f"tcp://127.0.0.1:{server.getsockname()[1]}"
    assert "không trả lời" in refusal(tiny())

    settings.CLAMD = "unix:///nowhere/clamd.ctl"
    assert "không trả lời" in refusal(tiny())


# --- Office files (security 58) ------------------------------------------------------------------------


def test_58_a_file_with_macros_is_refused_and_told_how_to_save_it():
    parts = office_files.docx_parts("Báo cáo")
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(
        "openxmlformats-officedocument.wordprocessingml.document.main", "ms-word.document.macroEnabled.main"
    )

    assert "macro" in refusal(office_files.packed(parts), "a.docm")
    assert "macro" in refusal(office_files.docx("Báo cáo", **{"word/vbaProject.bin": b"x"}))
    assert "macro" in refusal(office_files.odt("Báo cáo", **{"Basic/Standard/Module1.xml": "<x/>"}))


@pytest.mark.parametrize("name", ["../../etc/cron.d/x", "/etc/passwd", "..\\..\\x", "C:/x"])
def test_58_a_path_that_leads_out_of_the_file_is_refused(name):
    assert "đường dẫn ra ngoài" in refusal(office_files.docx("Báo cáo", **{name: "x"}))


def test_58_a_link_to_a_file_of_the_server_is_refused():
    link = zipfile.ZipInfo("word/media/image1.png")
    link.external_attr = 0o120777 << 16
    out = io.BytesIO(office_files.docx("Báo cáo"))
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(link, "/etc/passwd")

    assert "đường dẫn ra ngoài" in refusal(out.getvalue())


def test_58_an_ordinary_archive_is_no_paper():
    assert "tệp nén" in refusal(office_files.packed({"a.docx": office_files.docx("Báo cáo")}))


def test_58_a_file_with_a_password_is_refused():
    parts = office_files.odt_parts("Báo cáo")
    manifest = parts["META-INF/manifest.xml"].replace(
        'text/xml"/>', 'text/xml"><manifest:encryption-data/></manifest:file-entry>'
    )

    assert "mật khẩu" in refusal(office_files.packed(parts | {"META-INF/manifest.xml": manifest}))


@pytest.mark.parametrize(
    "part",
    [
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>',
        '<?xml version="1.0" encoding="UTF-7"?><x/>',
        "<x/>".encode("utf-16"),
    ],
)
def test_57_a_part_that_declares_entities_or_hides_its_text_is_refused(part):
    assert "bất thường" in refusal(office_files.docx("Báo cáo", **{"word/styles.xml": part}))


def test_57_a_part_that_is_nested_without_end_is_refused():
    assert "quá phức tạp" in refusal(office_files.docx("Báo cáo", body="<w:p>" * 5000 + "</w:p>" * 5000))


def test_57_a_file_that_unpacks_to_gigabytes_is_refused_quickly():
    zeros = b"\0" * (64 * 1024 * 1024)
    bomb = office_files.docx("Báo cáo", **{f"word/media/{n}.png": zeros for n in range(6)})

    started = time.monotonic()

    assert "quá lớn" in refusal(bomb)
    assert time.monotonic() - started < 20 + WAITING


def test_57_a_directory_that_lies_about_sizes_does_not_help_a_bomb():
    """The archive says that a part has ten bytes; what is unpacked is counted all the same."""
    content = bytearray(office_files.docx("Báo cáo", **{"word/media/1.png": b"\0" * 1_000_000}))
    size = (1_000_000).to_bytes(4, "little")
    place = content.rfind(size)
    content[place : place + 4] = (10).to_bytes(4, "little")

    assert "hỏng" in refusal(bytes(content))


def test_59_an_office_file_that_is_also_something_else_is_refused():
    whole = office_files.docx("Báo cáo")

    assert refusal(whole + b"<html><script>alert(1)</script></html>")
    assert refusal(b"GIF89a" + whole)


def harmless_copy(content: bytes, tmp_path) -> dict[str, str]:
    """The parts of the copy that the converter would open."""
    (tmp_path / "a").write_bytes(content)
    run_limited("inspect_office.py", [str(tmp_path / "a"), str(tmp_path / "b")], work_dir=str(tmp_path))
    with zipfile.ZipFile(tmp_path / "b") as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_58_addresses_from_which_a_word_file_would_fetch_are_taken_out(tmp_path):
    fetching = [("image", "http://canary.example/a.png"), ("attachedTemplate", "file:///canary/b.dotm")]
    field = '<w:p><w:fldSimple w:instr="INCLUDETEXT &quot;/canary/passwd&quot;"/><w:r><w:instrText>INCLUDE</w:instrText></w:r><w:r><w:instrText>PICTURE "canary"</w:instrText></w:r></w:p>'
    content = office_files.docx(
        "Báo cáo", body=field,
        **{
            "word/_rels/document.xml.rels": office_files.relations(*fetching, external=True),
            "word/embeddings/oleObject1.bin": b"canary",
        },
    )  # fmt: skip

    parts = harmless_copy(content, tmp_path)

    assert "Báo cáo" in parts["word/document.xml"]
    assert "word/embeddings/oleObject1.bin" not in parts
    assert not [name for name, text in parts.items() if "canary" in text]


def test_58_a_link_to_click_is_left(tmp_path):
    link = office_files.relations(("hyperlink", "https://vanban.chinhphu.vn/"), external=True)

    parts = harmless_copy(office_files.docx("Báo cáo", **{"word/_rels/document.xml.rels": link}), tmp_path)

    assert "https://vanban.chinhphu.vn/" in parts["word/_rels/document.xml.rels"]


def test_58_addresses_from_which_an_open_document_would_fetch_are_taken_out(tmp_path):
    body = (
        '<text:section text:name="x"><text:section-source xlink:href="file:///canary/passwd"/></text:section>'
        "<draw:frame><draw:image xlink:href='http://canary.example/a.png'/></draw:frame>"
        '<draw:frame><draw:image xlink:href="Pictures/a.png"/></draw:frame>'
        '<text:p><text:a xlink:href="https://vanban.chinhphu.vn/">xem</text:a></text:p>'
    )

    parts = harmless_copy(office_files.odt("Báo cáo", body=body), tmp_path)

    assert "canary" not in parts["content.xml"]
    assert "Pictures/a.png" in parts["content.xml"]
    assert "https://vanban.chinhphu.vn/" in parts["content.xml"]


# --- Pictures -----------------------------------------------------------------------------------------


def test_57_a_picture_of_endless_size_is_refused_before_it_is_unpacked():
    """Four kilobytes that say they are 30,000 by 30,000 pixels."""
    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    data = zlib.compress(b"\0" * 100_000, 9)

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    picture = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")

    assert "quá lớn" in refusal(picture, "a.png")


def test_59_a_picture_with_a_script_in_it_becomes_a_picture_without(tmp_path):
    """GIF and JavaScript in one: nothing of it reaches the paper."""
    whole = office_files.scan("Trang", format_="GIF") + b"/*canary*/=1;alert(1)"
    (tmp_path / "a").write_bytes(whole)

    run_limited("picture_to_pdf.py", [str(tmp_path / "a"), str(tmp_path / "b.pdf")], work_dir=str(tmp_path))

    assert b"canary" not in (tmp_path / "b.pdf").read_bytes()
    assert check_upload(upload((tmp_path / "b.pdf").read_bytes())).pages == 1


def test_62_a_photograph_tells_the_paper_neither_where_nor_with_what_it_was_taken(tmp_path):
    """The paper is made anew from the picture's dots; the file as it was brought stays with the office."""
    photo = Image.open(io.BytesIO(office_files.scan("Trang", format_="JPEG")))
    exif = Image.Exif()
    exif[0x010F] = "canary camera"
    exif.get_ifd(0x8825).update({1: "N", 2: (19.0, 48.0, 27.0), 3: "E", 4: (105.0, 46.0, 36.0)})
    photo.save(tmp_path / "a", "JPEG", exif=exif, comment=b"canary comment")
    assert (tmp_path / "a").read_bytes().count(b"canary") == 2

    run_limited("picture_to_pdf.py", [str(tmp_path / "a"), str(tmp_path / "b.pdf")], work_dir=str(tmp_path))

    made = (tmp_path / "b.pdf").read_bytes()
    assert b"canary" not in made
    assert b"Exif" not in made
    with pypdfium2.PdfDocument(tmp_path / "b.pdf") as paper:
        [picture] = [one for one in paper[0].get_objects() if one.type == pypdfium2.raw.FPDF_PAGEOBJ_IMAGE]
        assert picture.get_px_size() == photo.size
        assert not any(word in bytes(picture.get_data()) for word in (b"Exif", b"canary"))
