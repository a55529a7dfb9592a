// A secret opinion poll on the page of one question: take the ballot until one day, put it in from that day till the
// deadline, check the count. The same steps as in the hall (ballot.js), with days between them and no live room: the
// page asks for its state when it is opened, comes to the front, and now and then.
import { csrfToken } from "../on.js";
import { b64u, canonical, hex, sha256, unb64u, utf8 } from "./codec.js";
import { ask, post, Refused, urlOf } from "./net.js";
import { Drawer } from "./store.js";

const box = document.querySelector("[data-opinion-secret]");
const poll = box.dataset.opinionSecret;
const status = box.querySelector("[data-secret-mine]");
const form = box.querySelector("[data-secret-form]");
const drawer = new Drawer("opinions", box.dataset.me);
const words = JSON.parse(document.getElementById("secret-words").textContent);

const EVERY_MS = 30000;
const DELAY_MS = [500, 4000]; // before a ballot goes out, so that nobody matches a press with an arrival
const pause = ([least, most]) => new Promise((done) => setTimeout(done, least + Math.random() * (most - least)));
const isPossible = () => Boolean(isSecureContext && globalThis.crypto?.subtle && globalThis.indexedDB);
const cryptography = () => import("./crypto.js");

let running = false;
let isLate = false; // the box has said that it takes no more
let timer;

/** One thing on the page: what happened, and what is to do. */
function say(kind, head, more = "") {
  const line = document.createElement("p");
  line.className = `ss-say ss-say--${kind}`;
  const text = document.createElement("span");
  text.append(Object.assign(document.createElement("b"), { textContent: head }));
  if (more) text.append(Object.assign(document.createElement("span"), { textContent: more }));
  line.append(text);
  if (status.textContent !== line.textContent) status.replaceChildren(line);
}

async function run() {
  if (running) return;
  running = true;
  clearTimeout(timer);
  try {
    await step();
  } catch (fault) {
    if (fault instanceof Refused) say("bad", fault.message || words.refused);
    else say("wait", navigator.onLine ? words.again : words.offline);
  }
  running = false;
  timer = setTimeout(run, EVERY_MS * (0.5 + Math.random())); // at no fixed time after a ballot
}

async function step() {
  if (!isPossible()) return say("bad", words.insecure);
  let record;
  try {
    record = await drawer.get(poll);
  } catch {
    return say("bad", words.storage);
  }
  // Before anything is asked in one's own name: a request of the account right before the ballot would tell whose it is.
  if (record?.body && !record.isIn && !isLate) return deliver(record);
  const told = await ask(urlOf(poll));
  if (!told.me.entitled) return;
  form.hidden = true;
  if (record?.isIn && told.phase === "casting") return say("ok", words.done, words.doneMore);
  if (told.phase === "handing_out") return receive(told, record);
  if (told.phase === "casting") return offer(record, told.me);
  if (["closed", "revealed"].includes(told.phase)) return check(record);
}

/** Take the ballot: the keys are kept first, then the blinded one is signed. */
async function receive({ manifest, digest, me }, record) {
  if (record?.token) return say("ok", words.received, words.wait);
  if (!record) {
    if (hex(await sha256(utf8(canonical(manifest)))) !== digest || manifest.poll !== poll) return say("bad", words.foreign);
    if (me.request) return say("bad", words.elsewhere);
    say("wait", words.receiving);
    const { newBallotKey, blind } = await cryptography();
    const keys = await newBallotKey();
    const made = { manifest, expected: digest, ...keys, ...(await blind(manifest, keys.key)) };
    record = await drawer.change(poll, (kept) => (kept ? null : made));
  }
  const asked = post({ blinded: b64u(record.blinded), manifest: record.expected }, { headers: { "X-CSRFToken": csrfToken() } });
  const answer = await ask(urlOf(poll, "/nhan"), asked);
  const { finalize } = await cryptography();
  let token;
  try {
    token = await finalize(record.manifest, record.key, record, unb64u(answer.blind_sig));
  } catch {
    return say("bad", words.foreign); // not signed with the key in the record
  }
  await drawer.change(poll, (kept) => (kept.token ? null : { ...kept, token }));
  say("ok", words.received, words.wait);
}

function offer(record, me) {
  if (!record?.token) return say("bad", me.request ? words.elsewhere : words.late);
  cryptography().catch(() => {}); // fetched now, not at the press of the button, which would tell when
  form.hidden = false;
  say("act", words.mark);
}

/** Seal the choice and keep the ballot; from here on nothing in the page tells it. */
async function cast(choice) {
  const record = await drawer.get(poll);
  if (!record?.token || record.body) return;
  const { makeBallot, digestOf } = await cryptography();
  const body = await makeBallot(record.manifest, record, choice ? { 1: choice } : {});
  const digest = await digestOf(body);
  form.reset();
  form.hidden = true;
  await drawer.change(poll, (kept) => (kept.body ? null : { ...kept, body, digest }));
  say("wait", words.sending);
  run();
}

/** Put the sealed ballot in as nobody: no cookie, no account; the same one until it is acknowledged. */
async function deliver(record) {
  const { body, manifest } = record;
  say("wait", words.sending);
  await pause(DELAY_MS); // also when the page was asked for just now, in the own name
  let answer;
  try {
    answer = await ask(urlOf(poll, "/bo"), post(body, { credentials: "omit", referrerPolicy: "no-referrer" }));
  } catch (fault) {
    if (!(fault instanceof Refused) || fault.code === "busy") throw fault;
    isLate = fault.code === "closed" || fault.code === "cancelled";
    return say("bad", fault.message);
  }
  const { isAck } = await cryptography();
  if (!(await isAck(manifest, body, answer))) throw new Error("not signed by the box");
  // all that the check needs: the sealed ballot, its key and the token are no longer on this device
  await drawer.change(poll, ({ expected, digest }) => ({ expected, digest, isIn: true }));
  say("ok", words.done, words.doneMore);
}

/** After the close: fetch everything, check everything; then forget which ballot was ours. */
async function check(record) {
  if (record?.isChecked) return say("ok", words.checked, words.checkedMore);
  if (!record?.digest) return say("wait", words.missed);
  if (!record.isIn) return say("bad", words.tooLate);
  const published = await ask(urlOf(poll, "/phieu.json"));
  const { faultsIn } = await import("./check.js");
  const faults = await faultsIn(published, record.expected, record.digest, published.ballots_digest);
  if (faults.length) return say("bad", faults.join(" "), words.tell);
  await drawer.change(poll, ({ expected }) => ({ expected, isIn: true, isChecked: true }));
  say("ok", words.checked, words.checkedMore);
}

form.addEventListener("submit", (e) => {
  e.preventDefault();
  const choice = new FormData(form).get("choice") || "";
  const question = box.querySelector("[data-secret-confirm]");
  const [title, text] = question.querySelectorAll("h2, p");
  title.textContent = choice ? words.ask : words.askBlank;
  text.textContent = words.final;
  const [no, yes] = question.querySelectorAll("button");
  no.onclick = () => question.close();
  yes.onclick = () => {
    question.close();
    cast(choice).catch(() => say("bad", words.unsealed));
  };
  question.showModal();
});
addEventListener("online", run);
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && run());
drawer.forgetOthers().catch(() => {});
run();
