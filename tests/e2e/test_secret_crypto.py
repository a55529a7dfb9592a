"""The browser's half of a secret vote speaks the server's language: what one makes, the other reads."""

import http.server
import json
import threading
import uuid
from functools import partial
from pathlib import Path

import pytest
import segno

from tests.voting import secret_client as tablets
from voting.secret import ballots, crypto, life

pytestmark = pytest.mark.e2e

STATIC = Path(__file__).resolve().parents[2] / "static"
VECTORS = json.loads((Path(__file__).resolve().parents[1] / "data" / "rfc9474.json").read_text())
TOOLS = """
const [crypt, codec, shamir] = await Promise.all(
  ["crypto", "codec", "shamir"].map((name) => import(`/js/secret/${name}.js`)));
const { b64u, unb64u, hex, unhex } = codec;
"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *said):
        pass


@pytest.fixture(scope="module")
def browse(browser):
    """Run a piece of JavaScript beside the modules, in a page of this machine: `browse("return …", argument)`."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=STATIC))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{server.server_port}/img/mark.svg")
    yield lambda code, argument=None: page.evaluate(f"async (given) => {{ {TOOLS} {code} }}", argument)
    page.close()
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def issuer():
    return crypto.Issuer.load(crypto.new_issuer())


@pytest.fixture(scope="module")
def tellers():
    return {slot: crypto.new_key() for slot in ("t1", "t2", "t3", "code")}


@pytest.fixture(scope="module")
def box():
    return crypto.new_key()


@pytest.fixture(scope="module")
def manifest(issuer, tellers, box):
    return {
        "v": 1,
        "poll": str(uuid.uuid4()),
        "kind": "election",
        "sheet": {
            "choices": [{"key": "for", "label": "Bầu"}],
            "nominees": [{"key": "1", "name": "Đỗ Thị Ánh", "note": ""}, {"key": "2", "name": "Lê Văn “B”", "note": ""}],
            "seats": 2,
        },
        "issuer": {"n": crypto.b64u(issuer.n.to_bytes(issuer.size)), "e": "AQAB"},
        "box": crypto.b64u(crypto.point(box)),
        "recipients": [
            {"id": slot, "key": crypto.b64u(crypto.point(key)), "name": slot} for slot, key in tellers.items()
        ],
        "threshold": 2,
        "padded": ballots.padded_bytes("election", ["1", "2"]),
    }


BALLOT = """
const pair = await crypt.newBallotKey();
const blinded = await crypt.blind(given.manifest, pair.key);
window.kept = { ...pair, ...blinded };
return b64u(blinded.blinded);
"""
FINISH = """
const token = await crypt.finalize(given.manifest, kept.key, kept, unb64u(given.signed));
const bodies = [];
for (const choice of given.choices) bodies.push(await crypt.makeBallot(given.manifest, { ...kept, token }, choice));
return bodies;
"""


@pytest.fixture(scope="module")
def bodies(browse, manifest, issuer):
    """Three ballots of one tablet: two persons, one, nobody."""
    blinded = browse(BALLOT, {"manifest": manifest})
    signed = crypto.b64u(crypto.blind_sign(issuer, crypto.unb64u(blinded)))
    return browse(FINISH, {"manifest": manifest, "signed": signed, "choices": [["1", "2"], ["2"], []]})


VECTOR = """
const { BlindRSA, PrepareType } = await import("/vendor/blindrsa/blindrsa.js");
const suite = new BlindRSA({ hash: "SHA-384", saltLength: given.salt.length / 2, prepareType: PrepareType.Randomized });
const jwk = { kty: "RSA", alg: "PS384", n: b64u(unhex(given.n)), e: b64u(unhex(given.e)), ext: true };
const key = await window.crypto.subtle.importKey("jwk", jwk, { name: "RSA-PSS", hash: "SHA-384" }, true, ["verify"]);
const chance = [unhex(given.salt), unhex(given.r)].filter((bytes) => bytes.length);
window.crypto.getRandomValues = (bytes) => { bytes.set(chance.shift() || []); return bytes; };
try {
  const message = unhex(given.prepared_msg);
  const { blindedMsg, inv } = await suite.blind(key, message);
  const token = await suite.finalize(key, message, unhex(given.blind_sig), inv);
  return { blinded_msg: hex(blindedMsg), inv: hex(inv), sig: hex(token) };
} finally { delete window.crypto.getRandomValues; }
"""


@pytest.mark.parametrize("name", [row["name"] for row in VECTORS if row["salt"]])
def test_47_the_vectors_of_rfc_9474_pass_in_the_browser_too(browse, name):
    """With the vector's salt and blinding number in place of chance."""
    row = next(row for row in VECTORS if row["name"] == name)
    n = int(row["n"], 16)
    size = len(row["sig"]) // 2
    r = pow(int(row["inv"], 16), -1, n).to_bytes(size).hex()

    made = browse(VECTOR, row | {"r": r})

    assert made == {name: row[name].zfill(2 * size) for name in ("blinded_msg", "inv", "sig")}


def test_the_servers_checks_take_what_a_tablet_makes(bodies, manifest):
    read = ballots.Manifest.read(manifest)

    for body in bodies:
        sealed = ballots.check(ballots.parse(json.dumps(body).encode()), read)
        assert sealed.digest == crypto.digest(body)


def test_every_pair_of_tellers_and_the_code_open_a_tablets_ballot_and_one_teller_does_not(bodies, manifest, tellers):
    read = ballots.Manifest.read(manifest)
    for keys in (("t1", "t2"), ("t1", "t3"), ("t2", "t3"), ("code",)):
        opened = ballots.open_ballot(bodies[0], read, {slot: tellers[slot] for slot in keys})
        assert json.loads(opened) == {"choice": ["1", "2"]}, keys

    with pytest.raises(ValueError, match="no keys open it"):
        ballots.open_ballot(bodies[0], read, {"t2": tellers["t2"]})


def test_43_a_ballot_is_as_long_whatever_is_chosen(bodies):
    assert len({len(json.dumps(body)) for body in bodies}) == 1
    assert len({len(body["sealed"]["c"]) for body in bodies}) == 1


def test_the_tablet_opens_what_the_published_keys_open(browse, bodies, manifest, tellers):
    keys = {slot: crypto.b64u(crypto.scalar(tellers[slot])) for slot in ("t1", "t3")}
    code = "return Promise.all(given.bodies.map((body) => crypt.openBallot(given.manifest, body, given.keys)))"

    assert browse(code, {"manifest": manifest, "bodies": bodies, "keys": keys}) == [["1", "2"], ["2"], []]


@pytest.mark.parametrize("slots", [("t1", "t2", "t3"), ("t2", "t3"), ("t1", "code")])
def test_an_odd_ballot_cannot_make_tablets_and_server_count_differently(browse, manifest, tellers, slots):
    """Otherwise one delegate with a script could make every tablet of the hall say that the result is false."""
    odd = tablets.odd_ballots(manifest)
    keys = {slot: tellers[slot] for slot in slots}
    read = ballots.Manifest.read(manifest)
    server = [life.choice_in(json.dumps(body), read, keys, "election", ["1", "2"], 2) for body, _said in odd]
    assert server == [said for _body, said in odd]
    told = {
        "manifest": manifest,
        "ballots": [body for body, _said in odd],
        "keys": {slot: crypto.b64u(crypto.scalar(key)) for slot, key in keys.items()},
    }
    counted = browse("return (await import('/js/secret/check.js')).recount(given)", told)

    sheets = ballots.count(server, kind="election", nominees=["1", "2"], handed_out=len(odd))
    assert counted == {name: getattr(sheets, name) for name in ("valid", "blank", "invalid", "figures")}


def test_the_tablet_believes_the_box_only_for_its_own_ballot(browse, bodies, manifest, box):
    said = ballots.ack_message(uuid.UUID(manifest["poll"]).bytes, crypto.digest(bodies[0]))
    good = {"ballot": crypto.digest(bodies[0]), "ack": crypto.b64u(crypto.sign(box, said))}
    other = good | {"ack": crypto.b64u(crypto.sign(crypto.new_key(), said))}
    code = """return Promise.all([[0, given.good], [0, given.other], [1, given.good]].map(
      ([place, answer]) => crypt.isAck(given.manifest, given.bodies[place], answer)))"""

    assert browse(code, {"manifest": manifest, "bodies": bodies, "good": good, "other": other}) == [True, False, False]


def test_the_tablet_refuses_a_token_of_another_issuer(browse, manifest):
    foreign = crypto.Issuer.load(crypto.new_issuer())
    blinded = crypto.unb64u(browse(BALLOT, {"manifest": manifest}))
    try:
        signed = crypto.b64u(crypto.blind_sign(foreign, blinded))
    except ValueError:  # the number is not below the other modulus: nothing to sign
        signed = crypto.b64u(blinded)
    code = "return crypt.finalize(given.manifest, kept.key, kept, unb64u(given.signed)).then(() => 'taken', (e) => e.message)"

    assert browse(code, {"manifest": manifest, "signed": signed}) == "invalid signature"


def test_a_changed_ballot_is_found(browse, bodies, manifest):
    broken = [bodies[0] | {"sig": bodies[1]["sig"]}, bodies[0] | {"prefix": crypto.b64u(bytes(32))}]
    code = "return Promise.all(given.bodies.map((body) => crypt.isBallot(given.manifest, body)))"

    assert browse(code, {"manifest": manifest, "bodies": [*bodies, *broken]}) == [True, True, True, False, False]


class Chain:
    """A session's record as `so-ghi/chuoi.json` tells of it, made here by docs/record.md alone."""

    def __init__(self, entries: list[dict], name: str = "session:1", key=None):
        self.key, self.name, self.entries = key or crypto.new_key(), name, entries
        self.hashes, previous = [], ""
        for seq, opened in enumerate(entries, 1):
            sealed = crypto.digest({"sealed": seq})
            previous = crypto.digest({"seq": seq, "previous": previous, "open": crypto.digest(opened), "sealed": sealed})
            self.hashes.append(previous)

    def head(self) -> dict:
        seq, digest = len(self.entries), self.hashes[-1]
        message = {"format": "nghi-truong/head/1", "chain": self.name, "seq": seq, "hash": digest}
        return message | {"key": crypto.b64u(crypto.point(self.key)), "signature": self._sign(crypto.canonical(message))}

    def after(self, seq: int) -> dict:
        links = [[crypto.digest(e), crypto.digest({"sealed": n})] for n, e in enumerate(self.entries, 1) if n > seq]
        return {"after": seq, "hash": self.hashes[seq - 1], "links": links, "head": self.head()}

    def _sign(self, message: bytes) -> str:
        order = crypto._ORDER
        raw = crypto.sign(self.key, message)
        s = int.from_bytes(raw[32:])
        return crypto.b64u(raw[:32] + min(s, order - s).to_bytes(32))


ON_RECORD = """
window.fetch = async () => new Response(JSON.stringify(given.way), { status: 200 });
localStorage.clear();
if (given.known) localStorage.setItem("so-ghi:session:1", JSON.stringify(given.known));
const { isOnRecord } = await import("/js/secret/on-record.js");
const found = await isOnRecord(given.entry, given.manifest, given.poll);
return [found, JSON.parse(localStorage.getItem("so-ghi:session:1"))?.seq ?? null];
"""


def entry(event: str, **public) -> dict:
    return {"salt": "00" * 16, "at": "2026-11-25T03:00:00.000000+00:00", "event": event, "public": public}


def test_47_a_tablet_takes_a_ballot_only_when_the_manifest_lies_in_the_chain_that_it_has_followed(browse, manifest):
    """A server that gives one tablet an issuer's key of its own must write another history for it, and is found out."""
    digest, name = crypto.digest(manifest), manifest["poll"]
    opened = entry("voting.box-opened", poll=name, manifest=manifest, digest=digest)
    before = [entry("council.record-begun", key="k"), entry("voting.poll-opened", poll=name)]
    chain = Chain([*before, opened, entry("voting.stepped-out", poll=name, line=1)])
    marked = manifest | {"issuer": manifest["issuer"] | {"e": "AQAC"}}
    other = entry("voting.box-opened", poll=name, manifest=marked, digest=crypto.digest(marked))
    forked = Chain([before[0], entry("voting.poll-opened", poll="x"), other], key=chain.key)

    def known(of: Chain, seq: int) -> dict:
        return {"seq": seq, "hash": of.hashes[seq - 1], "key": of.head()["key"]}

    def asked(of: Chain, told: dict, opens: dict, after: int, has=None):
        poll = {"id": name, "manifest": crypto.digest(told), "record": {"chain": of.name, "links": "/chuoi.json"}}
        given = {"way": of.after(after), "entry": {"seq": 3, "open": opens}, "manifest": told, "poll": poll, "known": has}
        return browse(ON_RECORD, given)

    assert asked(chain, manifest, opened, 2) == [True, 4]  # sees the record for the first time
    assert asked(chain, manifest, opened, 1, known(chain, 1)) == [True, 4]
    assert asked(chain, manifest, opened, 2, known(chain, 4)) == [True, 4]  # had seen a later head already
    assert asked(chain, marked, other, 2) == [False, None]  # the entry is not the one in the chain
    assert asked(chain, marked, opened, 2) == [False, None]  # the entry tells of another manifest
    assert asked(forked, marked, other, 2, known(chain, 2)) == [False, 2]  # a history of its own
    stranger = Chain(chain.entries)  # the same entries, signed by somebody else
    assert asked(stranger, manifest, opened, 1, known(chain, 1)) == [False, 1]
    assert asked(chain, manifest, opened, 2, known(chain, 4) | {"seq": 9}) == [False, 9]  # older than what was seen


def test_the_tablet_holds_the_published_list_against_the_digest_of_the_record(browse, bodies, manifest):
    published = {"manifest": manifest, "ballots": bodies[:2], "cast": 2, "handed_out": 2, "present": 2}
    lists = [crypto.digest(sorted(crypto.digest(body) for body in some)) for some in (bodies[:2], bodies[1:])]
    code = """const { faultsIn } = await import('/js/secret/check.js');
      return Promise.all(given.lists.map((list) => faultsIn(given.published, given.expected, given.own, list)))"""

    given = {"published": published, "expected": crypto.digest(manifest), "own": crypto.digest(bodies[0]), "lists": lists}
    same, other = browse(code, given)

    assert same == ["Có phiếu bị tính hai lần."]  # the three ballots of these tests are of one tablet
    assert other[-1] == "Danh sách phiếu công bố khác danh sách đã ghi lúc kết thúc."


def test_a_sealed_code_gives_the_same_key_on_both_sides(browse):
    code, key = browse("const code = crypt.newCode(); return [code, b64u((await crypt.keyOfCode(code)).key)]")

    assert crypto.tidy_code(code) == code
    assert crypto.unb64u(key) == crypto.point(crypto.key_of_code(code))


@pytest.mark.parametrize("code", ["PWH53KVHFVC8T39D6MDVSVVAC", "PWH53KVHFVC8T39D6MDVSV"])
def test_the_drawn_square_code_is_the_one_of_a_known_writer(browse, code):
    """Of lengths at which that writer (segno) pads as the standard says."""
    drawn = browse("return (await import('/js/secret/qr.js')).squares(given).map((row) => row.map(Number))", code)

    known = segno.make(code, version=2, error="q", mask=0, boost_error=False)
    assert drawn == [list(row) for row in known.matrix]


def test_one_value_has_one_json_text_on_both_sides(browse, manifest):
    odd = {"b": ["\u2028 “ngoặc” \\ \"", None, True, 10**9], "a": {"z": "Ấ", "y": "\t\x7f😀"}}

    assert browse("return codec.canonical(given)", odd).encode() == crypto.canonical(odd)
    assert browse("return hex(await codec.sha256(codec.utf8(codec.canonical(given))))", manifest) == crypto.digest(manifest)
