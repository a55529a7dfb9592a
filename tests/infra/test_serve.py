"""The start: what was done at the last one is not done again."""

import pytest

from scripts import serve


@pytest.fixture
def house(tmp_path, monkeypatch):
    """A checkout with one static file."""
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "a.css").write_text("a {}")
    (tmp_path / "requirements.txt").write_text("django==5.2\n")
    (tmp_path / "data").mkdir()
    monkeypatch.setattr(serve, "ROOT", tmp_path)
    monkeypatch.setenv("STATIC_ROOT", str(tmp_path / "collected"))
    monkeypatch.delenv("DATA_DIR", raising=False)
    return tmp_path


@pytest.fixture
def collected(house, monkeypatch):
    """The commands that the start ran, as they come."""
    calls = []

    def manage(*arguments):
        calls.append(arguments[0])
        (house / "collected").mkdir(exist_ok=True)
        (house / "collected" / "staticfiles.json").write_text("{}")

    monkeypatch.setattr(serve, "manage", manage)
    return calls


def test_a_second_start_collects_nothing(collected):
    serve.collect_static()
    serve.collect_static()

    assert collected == ["collectstatic"]


@pytest.mark.parametrize("change", ["static/b.css", "static/a.css", "requirements.txt"])
def test_a_change_is_collected(house, collected, change):
    serve.collect_static()
    (house / change).write_text("something else")

    serve.collect_static()

    assert collected == ["collectstatic"] * 2


def test_collected_files_that_are_gone_are_collected_again(house, collected):
    serve.collect_static()
    (house / "collected" / "staticfiles.json").unlink()

    serve.collect_static()

    assert len(collected) == 2
