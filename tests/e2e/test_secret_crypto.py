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
