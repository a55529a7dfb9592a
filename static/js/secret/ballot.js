// A secret vote on a delegate's tablet: take the token at the hand-out, put one sealed ballot in, check the count.
// docs/realtime.md ("Secret ballots") has the whole course. What must not be lost lies in the drawer before it is
// sent; the choice lies nowhere but on the sheet in front of the delegate, and is gone from the page once it is sealed.
import { liveRoom } from "../live.js";
import { csrfToken } from "../on.js";
import { ring } from "../ring.js";
import { b64u, canonical, hex, sha256, unb64u, utf8 } from "./codec.js";
import { ask, post, Refused, urlOf } from "./net.js";
import { Sheet } from "./sheet.js";
import { Drawer } from "./store.js";

const room = liveRoom();
const screen = document.querySelector("[data-secret-screen]");
const status = screen.querySelector("[data-secret-mine]");
const place = screen.querySelector("[data-secret-sheet]");
const question = screen.querySelector("[data-secret-confirm]");
const after = document.querySelector("[data-secret-after]");
const drawer = new Drawer("ballots", screen.dataset.me);

const AGAIN_MS = 2500;
const DELAY_MS = [500, 4000]; // before a ballot goes out, so that nobody matches a press, or a page asked for, with an arrival

const WORDS = {
  insecure: "Máy này mở trang không qua kết nối bảo mật (HTTPS) nên không bỏ phiếu kín được. Mời đại biểu báo thư ký để nhận phiếu giấy.",
  absent: "Đại biểu chưa được điểm danh có mặt nên chưa nhận được phiếu. Mời báo thư ký.",
  receiving: "Đang nhận phiếu",
  received: "Đã nhận phiếu",
  wait: "Mời đại biểu chờ. Khi mọi người đã nhận phiếu, chủ tọa cho bắt đầu bỏ phiếu.",
  elsewhere: "Phiếu của đại biểu đã phát cho một máy khác, hoặc dữ liệu trên máy này đã bị xóa. Mời báo thư ký.",
  foreign: "Bảng kê phiếu mà máy nhận được khác với bản ghi trong hồ sơ phiên họp. Máy này không nhận phiếu. Mời báo thư ký ngay.",
  late: "Máy này chưa nhận phiếu trước khi bắt đầu bỏ phiếu. Mời báo thư ký để nhận phiếu giấy hoặc phát phiếu lại.",
  storage: "Trình duyệt của máy này không cho lưu phiếu (có thể đang ở chế độ ẩn danh). Mời báo thư ký để nhận phiếu giấy.",
  mark: "Mời đại biểu chọn rồi bấm Bỏ phiếu",
  sending: "Phiếu đã niêm phong, đang bỏ vào hòm",
  done: "Đã bỏ phiếu",
  doneMore: "Hòm phiếu đã ký nhận. Không máy nào còn giữ lựa chọn của đại biểu.",
  tooLate: "Phiếu tới sau khi chủ tọa đã kết thúc nên không được tính.",
  missed: "Đại biểu không bỏ phiếu trong cuộc này.",
  checking: "Máy đang kiểm tra các phiếu đã công bố",
};

const fresh = () => ({ poll: null, record: null, told: null, trouble: "", note: "", check: null, away: false });
const own = fresh();
let sheet = null;
let running = false;
let asked = false;
let timer;

const secretPoll = () => (room.facts.poll?.secrecy ? room.facts.poll : null);
const isPossible = () => Boolean(isSecureContext && crypto.subtle && window.indexedDB);
const cryptography = () => import("./crypto.js");
const pause = ([least, most]) => new Promise((done) => setTimeout(done, least + Math.random() * (most - least)));

// --- the course of the vote -------------------------------------------------------------------------

/** Do what the phase asks for next; called as often as anything changes, never twice at a time. */
async function run() {
  asked = true;
  if (running) return;
  running = true;
  clearTimeout(timer);
  while (asked) {
    asked = false;
    try {
      await step();
    } catch (fault) {
      if (fault instanceof Refused) own.trouble = fault.message || "Máy chủ không nhận.";
      else again();
    }
    draw();
  }
  running = false;
}

function again() {
  own.note = navigator.onLine ? "Chưa tới được máy chủ, máy đang thử lại" : "Mất mạng, máy tự thử lại khi có mạng";
  clearTimeout(timer);
  timer = setTimeout(run, AGAIN_MS * (0.7 + 0.6 * Math.random()));
}

async function step() {
  const poll = secretPoll();
  if (!poll) return;
  if (!isPossible()) return void (own.trouble = WORDS.insecure);
  try {
    own.record = await drawer.get(poll.id);
  } catch {
    return void (own.trouble = WORDS.storage);
  }
  const record = own.record;
  // Who holds a ballot asks nothing more in the own name, cast or not: beside the nameless one it would tell whose it is.
  const holds = Boolean(record?.token || record?.isIn || record?.outcome);
  if (!holds && own.told?.asked !== askedAs(poll)) {
    await pause([0, 400]); // a hall of tablets does not ask in the same moment
    own.told = { ...(await ask(urlOf(poll.id))), asked: askedAs(poll) };
  }
  if (!holds && !own.told.me.entitled) return;
  // A page that was loaded anew since the hand-out fetches the sealing now: at the press of the button it would tell when.
  if (poll.phase === "casting" && record?.token && !record.body) await load();
  if (poll.phase === "handing_out" && !record?.token && !own.trouble) await receive(poll);
  else if (record?.body && !record.isIn) await deliver(poll);
  else if (["closed", "revealed"].includes(poll.phase) && record?.digest && !record.isChecked) await check(poll);
  else if (poll.state === "declared" && record?.isChecked && !record.isCounted) await countAgain(poll);
  own.note = "";
}

// what may have changed who I am in this vote: its phase, and who is present
const askedAs = (poll) => `${poll.id} ${poll.phase} ${room.facts.present}`;

/** Take part in the hand-out: the keys are kept first, then the blinded one is signed. */
async function receive(poll) {
  const { manifest, me } = own.told;
  if (!me.is_present) return;
  if (!own.record) {
    const { isOnRecord } = await load(() => import("./on-record.js"));
    const isTold = hex(await sha256(utf8(canonical(manifest)))) === poll.manifest && manifest.poll === poll.id;
    if (!isTold || !(await isOnRecord(own.told.entry, manifest, poll))) return void (own.trouble = WORDS.foreign);
    if (me.request) return void (own.trouble = WORDS.elsewhere);
    const { newBallotKey, blind } = await load();
    const keys = await newBallotKey();
    const made = { manifest, expected: poll.manifest, ...keys, ...(await blind(manifest, keys.key)) };
    await drawer.keepOnly(poll.id);
    own.record = await drawer.change(poll.id, (record) => (record ? null : made));
  }
  const record = own.record;
  if (record.expected !== poll.manifest) return void (own.trouble = WORDS.foreign);
  let answer;
  try {
    const headers = { "X-CSRFToken": csrfToken() };
    answer = await ask(urlOf(poll.id, "/nhan"), post({ blinded: b64u(record.blinded), manifest: record.expected }, { headers }));
  } catch (fault) {
    if (!(fault instanceof Refused)) throw fault;
    if (fault.code === "absent") own.told.me.is_present = false;
    else if (fault.code === "other_request") own.trouble = WORDS.elsewhere;
    else if (fault.code === "other_manifest") own.trouble = WORDS.foreign;
    else if (fault.code !== "late" && fault.code !== "not_open") throw fault;
    return;
  }
  const { finalize } = await load();
  let token;
  try {
    token = await finalize(record.manifest, record.key, record, unb64u(answer.blind_sig));
  } catch {
    return void (own.trouble = WORDS.foreign); // not signed with the key in the record
  }
  own.record = await drawer.change(poll.id, (kept) => (kept.token ? null : { ...kept, token }));
}

/** The modules of the cryptography; a tablet that was offline when it first asked for them starts the page again. */
async function load(modules = cryptography) {
  try {
    return await modules();
  } catch (fault) {
    if (navigator.onLine) setTimeout(() => location.reload(), 3000 + Math.random() * 2000);
    throw fault;
  }
}

/** Seal the choice and keep the ballot; from here on nothing in the page tells it. */
async function cast(choice) {
  const poll = secretPoll();
  const record = own.record;
  if (!record?.token || record.body || poll?.phase !== "casting") return;
  const { makeBallot, digestOf } = await load();
  const body = await makeBallot(record.manifest, record, choice);
  const digest = await digestOf(body);
  own.record = await drawer.change(poll.id, (kept) => (kept.body ? null : { ...kept, body, digest }));
  putSheetAway();
  run();
}

/** Put the sealed ballot in, as nobody: no cookie, no account, at a moment of chance; the same one until it is acknowledged. */
async function deliver(poll) {
  const { body, manifest } = own.record;
  draw();
  await pause(DELAY_MS); // also after a page or a line that came back: that was in the own name
  let answer;
  try {
    answer = await ask(urlOf(poll.id, "/bo"), post(body, { credentials: "omit", referrerPolicy: "no-referrer" }));
  } catch (fault) {
    if (!(fault instanceof Refused)) throw fault;
    if (fault.code === "busy") throw new Error("busy");
    if (fault.code === "closed") own.record = await drawer.change(poll.id, onlyWords("late"));
    else own.trouble = fault.message || "Hòm phiếu không nhận phiếu này. Mời báo thư ký.";
    return;
  }
  const { isAck } = await load();
  if (!(await isAck(manifest, body, answer))) throw new Error("not signed by the box");
  // all that the check needs: the sealed ballot, its key and the token are no longer on this tablet
  own.record = await drawer.change(poll.id, ({ expected, digest }) => ({ expected, digest, isIn: true }));
}

const onlyWords = (outcome) => ({ expected }) => ({ expected, outcome });

/** After the close: fetch everything, check everything; then forget which ballot was ours. */
async function check(poll) {
  await pause([0, 3000]);
  const published = await ask(urlOf(poll.id, "/phieu.json"));
  const { faultsIn } = await import("./check.js");
  const faults = await faultsIn(published, own.record.expected, own.record.digest, poll.ballots_digest);
  own.check = { faults, ballots: published.ballots.length };
  if (faults.length) return;
  own.record = await drawer.change(poll.id, ({ expected }) => ({ expected, isIn: true, isChecked: true, ballots: published.ballots.length }));
}

/** Once the chair has declared, the keys are public: open and count every ballot on this tablet too. */
async function countAgain(poll) {
  await pause([0, 3000]);
  const published = await ask(urlOf(poll.id, "/phieu.json"));
  if (!published.count) return;
  const { isSameCount } = await import("./check.js");
  if (await isSameCount(published)) own.record = await drawer.change(poll.id, (kept) => ({ ...kept, isCounted: true }));
  else own.check = { faults: ["Máy này tự đếm lại và ra số khác với kết quả công bố."] };
}

// --- drawing ----------------------------------------------------------------------------------------

const sprite = document.querySelector("use")?.getAttribute("href").split("#")[0];

function line(kind, head, more = "") {
  const made = document.createElement("p");
  made.className = `ss-say ss-say--${kind}`;
  if (kind === "ok" || kind === "bad") made.innerHTML = `<svg class="icon icon--l" viewBox="0 0 24 24" aria-hidden="true"><use href="${sprite}#i-${kind === "ok" ? "check-circle" : "warn"}"/></svg>`;
  const words = document.createElement("span");
  const strong = document.createElement("b");
  strong.textContent = head;
  words.append(strong);
  if (more) words.append(Object.assign(document.createElement("span"), { textContent: more }));
  made.append(words);
  return made;
}

function say(...lines) {
  const html = lines.map((made) => made.outerHTML).join("");
  if (status.innerHTML !== html) status.innerHTML = html;
}

/** The code of what will be voted on, worked out by this tablet; the wall shows the same, or something is wrong. */
function codeLine(digest) {
  const made = line("code", "");
  const words = digest.slice(0, 16).toUpperCase().match(/..../g).join(" ");
  const code = Object.assign(document.createElement("span"), { className: "num strong", textContent: words });
  made.replaceChildren("Mã bảng kê ", code, ", phải giống mã trên màn hình lớn.");
  return made;
}

const note = () => (own.note ? [line("wait", own.note)] : []);

function draw() {
  const poll = secretPoll();
  const isShown = Boolean(poll && ["open", "closed"].includes(poll.state) && own.told?.me.entitled !== false && !(own.away && poll.state === "closed"));
  screen.hidden = !isShown;
  document.documentElement.classList.toggle("is-voting-secretly", isShown);
  screen.querySelector("[data-secret-away]").hidden = poll?.state !== "closed";
  for (const word of screen.querySelectorAll("[data-secret-state]")) word.hidden = word.dataset.secretState !== poll?.state;
  if (poll?.phase !== "casting" || !own.record?.token || own.record.body) putSheetAway();
  after.hidden = !(poll?.state === "declared" && (own.record?.isCounted || own.check?.faults.length));
  if (!poll) return say();
  if (poll.state === "declared") return drawAfter();
  if (poll.state === "closed") return drawClosed();
  if (own.record?.isIn) return say(line("ok", WORDS.done, WORDS.doneMore));
  if (own.trouble) return say(line("bad", own.trouble));
  if (own.record?.body) return say(line("wait", WORDS.sending), ...note());
  if (poll.phase === "handing_out") {
    if (own.record?.token) return say(line("ok", WORDS.received, WORDS.wait), codeLine(own.record.expected));
    if (own.told?.me.is_present === false) return say(line("bad", WORDS.absent));
    return say(line("wait", WORDS.receiving), ...note());
  }
  if (!own.told && !own.record?.token) return say(...note());
  if (!own.record?.token) return say(line("bad", own.told.me.is_present ? WORDS.late : WORDS.absent));
  if (!sheet) {
    sheet = new Sheet(place, own.record.manifest, confirm);
    place.hidden = false;
    ring(); // once, for all at the same moment: a second call would tell the neighbours who has not cast yet
  }
  say(line("act", WORDS.mark));
}

function drawClosed() {
  const record = own.record;
  if (record?.body) return say(line("wait", WORDS.sending), ...note());
  if (record?.outcome === "late") return say(line("bad", WORDS.tooLate));
  if (own.check?.faults.length) return say(...own.check.faults.map((words) => line("bad", words)), line("wait", "Mời đại biểu báo Ban kiểm phiếu."));
  if (record?.isChecked)
    return say(line("ok", `Máy đã kiểm tra ${record.ballots} phiếu công bố`, "Chữ ký đúng, không phiếu nào bị tính hai lần, số phiếu khớp, có phiếu của đại biểu."));
  if (record?.isIn) return say(line("wait", WORDS.checking), ...note());
  if (own.told) say(line("wait", own.trouble || WORDS.missed));
}

function drawAfter() {
  const words = after.querySelector("[data-secret-words]");
  if (own.check?.faults.length) words.textContent = own.check.faults.join(" ");
  else if (own.record?.isCounted) words.textContent = `Máy này đã kiểm tra ${own.record.ballots} phiếu và tự đếm lại: khớp với kết quả công bố.`;
}

function putSheetAway() {
  if (question.open) question.close();
  if (!sheet) return;
  sheet.remove();
  sheet = null;
  place.hidden = true;
}

/** One question before the ballot is sealed; it says nothing of who was chosen. */
function confirm(choice, { isBlank, left }) {
  const [title, text] = question.querySelectorAll("h2, p");
  title.textContent = isBlank ? "Bỏ phiếu trắng?" : "Bỏ phiếu?";
  text.textContent = isBlank
    ? "Đại biểu chưa chọn gì trên phiếu. Phiếu trắng vẫn được đếm là phiếu thu về."
    : left && !sheet.isElection
      ? "Có người trên phiếu chưa được cho ý kiến. Đã bỏ phiếu thì không đổi được."
      : "Đã bỏ phiếu thì không đổi được.";
  const [no, yes] = question.querySelectorAll("button");
  yes.textContent = isBlank ? "Bỏ phiếu trắng" : "Bỏ phiếu";
  question.onclose = () => {
    title.textContent = text.textContent = yes.textContent = "";
    no.onclick = yes.onclick = null;
  };
  no.onclick = () => question.close();
  yes.onclick = () => {
    question.close();
    cast(choice).catch(() => {
      own.note = "Chưa niêm phong được phiếu, mời bấm lại";
      draw();
    });
  };
  question.showModal();
  (isBlank ? no : yes).focus();
}

// --- what happens -----------------------------------------------------------------------------------

function follow({ facts, before }) {
  const now = facts.poll?.secrecy ? facts.poll : null;
  if ((now?.id || null) !== own.poll) {
    putSheetAway();
    Object.assign(own, fresh(), { poll: now?.id || null });
    drawer.sweep(own.poll).catch(() => {});
  }
  if (!now) return draw();
  const was = before.poll?.id === now.id ? before.poll : {};
  if (now.phase !== was.phase) {
    own.away = false;
    if (own.trouble !== WORDS.insecure) own.trouble = "";
  }
  run();
}

room.addEventListener("facts", (e) => follow(e.detail));
room.addEventListener("open", run);
addEventListener("online", run);
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && run());
screen.querySelector("[data-secret-away]").addEventListener("click", () => {
  own.away = true;
  draw();
});

drawer
  .forgetOthers()
  .then(() => drawer.sweep(secretPoll()?.id))
  .catch(() => {});
follow({ facts: room.facts, before: {} });
