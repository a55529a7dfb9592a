"""How a tablet sends its notes (static/js/notes/queue.js), with a house that is slow, deaf, or of another opinion."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

QUEUE = Path(__file__).resolve().parents[2] / "static/js/notes/queue.js"

# A house as documents/notes.py is one: revisions one after the other, the same again changes nothing.
STORY = """
globalThis.addEventListener = () => {};
globalThis.document = { addEventListener() {}, hidden: false };
globalThis.navigator ??= {};
const { NoteQueue } = await import(SOURCE);
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
const disk = new Map();
const storage = {
  load: async () => [...disk.values()].map((one) => JSON.parse(one)),
  put: async (item) => (await wait(2), disk.set(item.id, JSON.stringify(item)), true),
  drop: async (id) => (await wait(2), disk.delete(id)),
  has: async (id) => disk.has(id),
  sent: async () => wait(5),
};
const kept = new Map();
const asked = [];
const told = [];
let deaf = 0;
async function send(url, { id, revision, annotation }) {
  asked.push(`${id}${revision}:${annotation}`);
  await wait(1);
  const row = kept.get(id) ?? { revision: 0 };
  if (annotation === "never") return { status: 404, said: {} };
  const isSame = row.revision === revision && row.annotation === annotation;
  if (!isSame && revision !== row.revision + 1) return { status: 409, said: { code: "conflict", note: row } };
  kept.set(id, { revision, annotation });
  if (deaf-- > 0) throw new Error("the answer was lost");
  return { status: 200, said: { note: { "nt:revision": revision } } };
}
const note = { a: 0, b: 0, c: 0, d: 0 }; // what the reader believes
const make = () => new NoteQueue({ urlOf: () => "", token: () => "", storage, send, on: {
  saved: (id, said) => (note[id] = said["nt:revision"]),
  conflict: (item) => told.push(`conflict ${item.id}: ${(item.next ?? item.flight).annotation} / ${item.theirs.annotation}`),
  refused: (item) => told.push(`refused ${item.id}`),
  state: () => {},
} });
let queue = make();
const put = (id, annotation) => queue.put({ id, document: "", version: 1, annotation, revision: note[id] });

for (let n = 0; n < 30; n++) {
  put("a", `change ${n}`); // again and again, also while an answer is being taken in
  await wait(1 + (n % 4));
}
await wait(60);
deaf = 1;
put("b", "once");   // the house has it, the tablet does not hear so, and dies
await wait(30);
queue = make();
await queue.resume();
await wait(60);
kept.set("c", { revision: 1, annotation: "theirs" });
put("c", "mine");
put("d", "never");
await wait(80);
queue = make();
await queue.resume(); // what its author has not decided is there again
await wait(40);
await queue.settle("c", 1, { version: 1, annotation: "mine after all" });
await queue.settle("d", 0, null);
await wait(60);
console.log(JSON.stringify({ kept: Object.fromEntries(kept), asked, told, disk: disk.size, size: queue.size }));
process.exit();
"""


@pytest.fixture(scope="module")
def told():
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs node; the browser tests send notes as well")
    script = STORY.replace("SOURCE", json.dumps(QUEUE.as_uri()))
    done = subprocess.run([node, "--input-type=module", "-e", script], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_note_that_is_changed_while_its_answer_comes_is_no_conflict_with_itself(told):
    assert told["kept"]["a"]["annotation"] == "change 29"
    assert not [line for line in told["told"] if "conflict a" in line]


def test_an_answer_that_was_lost_is_asked_for_again_with_the_same_number_and_content(told):
    assert [line for line in told["asked"] if line.startswith("b")] == ["b1:once", "b1:once"]
    assert told["kept"]["b"] == {"revision": 1, "annotation": "once"}


def test_a_conflict_and_a_refusal_wait_for_the_author_over_a_reload_and_nothing_is_sent_meanwhile(told):
    assert told["told"] == ["conflict c: mine / theirs", "refused d", "conflict c: mine / theirs"]
    assert [line for line in told["asked"] if line[0] in "cd"] == ["c1:mine", "d1:never", "c2:mine after all"]
    assert told["kept"]["c"]["annotation"] == "mine after all"
    assert (told["disk"], told["size"]) == (0, 0)
