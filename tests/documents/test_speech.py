"""What is read aloud: numbers of papers, days, money and Roman numerals as a Vietnamese reader says them."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TABLE = json.loads((Path(__file__).parent / "speech.json").read_text())
PAGE = (
    "Điều 4. Hỗ trợ phát triển vùng\n1. Hỗ trợ một lần không quá\n50% chi phí của vùng; mức tối đa 1.500 triệu.\n"
    "a) Một;\nb) Hai.\nII. KẾT QUẢ\n"
)
ASK = """
import {{ pathToFileURL }} from "node:url";
const {{ spoken, sentences }} = await import(pathToFileURL({module}));
const [texts, page] = JSON.parse({given});
const cut = sentences(page);
if (cut.some((one, i) => i && one.start < cut[i - 1].end)) throw new Error("sentences overlap");
console.log(JSON.stringify([texts.map(spoken), cut.map((one) => one.text)]));
"""


@pytest.fixture(scope="module")
def answered():
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs node; the browser test reads a page aloud as well")
    module = json.dumps(str(ROOT / "static/js/reader/speech-text.js"))
    given = json.dumps(json.dumps([[text for text, _ in TABLE], PAGE]))
    script = ASK.format(module=module, given=given)
    told = subprocess.run(
        [node, "--input-type=module", "-e", script], capture_output=True, text=True, timeout=30, check=True
    )
    return json.loads(told.stdout)


def test_a_voice_says_numbers_and_signs_as_a_reader_does(answered):
    said = dict(zip([text for text, _ in TABLE], answered[0], strict=True))

    assert {text: said[text] for text, expected in TABLE if said[text] != expected} == {}


def test_a_page_is_cut_at_articles_clauses_and_points_and_lines_are_joined(answered):
    assert answered[1] == [
        "Điều 4. Hỗ trợ phát triển vùng",
        "1. Hỗ trợ một lần không quá 50% chi phí của vùng;",
        "mức tối đa 1.500 triệu.",
        "a) Một;",
        "b) Hai.",
        "II. KẾT QUẢ",
    ]
