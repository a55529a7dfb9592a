// The card "Mang theo" on a page of a session: one tap takes it along; later it keeps itself up to date.
import { ask } from "../confirm.js";
import { csrfToken } from "../on.js";
import { askServer, sessionsHere, wipe, wipeWhenOver } from "./contact.js";
import { get } from "./database.js";
import { beginCopy, Stopped, takeAlong } from "./take.js";
import { unsentNotes } from "./unsent.js";
import { vault } from "./vault.js";
import * as words from "./words.js";

const LOOK_EVERY = 5 * 60 * 1000; // ms: what is new in the session, and whether the copy may stay
const AGAIN = [2000, 5000, 15_000, 60_000]; // ms after a cut line

const card = document.querySelector("[data-pack]");
const part = (name) => card.querySelector(`[data-pack-${name}]`);
const dialog = card && part("pin");
let running = null;
let tries = 0;
let timer;

// --- what it says ------------------------------------------------------------------------------------

function show(state, { title, text, act = "", progress = null, note = "", open = false, drop = false, isBusy = false }) {
  card.dataset.state = state;
  part("title").textContent = title;
  part("words").textContent = text;
  part("take").hidden = !act;
  part("take").disabled = isBusy;
  part("act").textContent = act;
  part("open").hidden = !open;
  part("drop").hidden = !drop;
  part("progress").hidden = progress === null;
  if (progress !== null) part("progress").value = progress;
  part("note").textContent = note;
  part("note").hidden = !note;
  card.hidden = false;
}

async function showWhatIsHere(fault = null) {
  const record = await get("sessions", card.dataset.session);
  const said = fault ? words.reason(fault) : "";
  const persisted = await navigator.storage?.persisted?.().catch(() => false);
  if (!record) {
    show("none", {
      title: "Đọc được cả khi mất mạng",
      text: said || "Một chạm: chương trình, tài liệu và ghi chú của kỳ họp nằm sẵn trên máy này, khóa bằng mã PIN.",
      act: "Mang theo kỳ họp",
    });
    return;
  }
  const what = `${record.count} tài liệu, ${words.size(record.total)}`;
  const unsent = await unsentNotes();
  const notes = unsent ? ` Còn ${unsent} ghi chú viết khi mất mạng chưa gửi: mở bản mang theo để gửi.` : "";
  const keeps = `Tự xóa sau ${card.dataset.days} ngày máy không liên lạc với máy chủ.`;
  if (record.isReady) {
    show(said ? "late" : "ready", {
      title: `Sẵn sàng ngoại tuyến lúc ${words.when(record.readyAt)}`,
      text: `${what}.${notes} ${said}`.trim(),
      act: said ? "Cập nhật" : "",
      note: [keeps, words.ipadNote(persisted)].filter(Boolean).join(" "),
      open: true,
      drop: true,
    });
  } else {
    const late = record.waiting ? ` Máy chủ còn chuẩn bị ${record.waiting} tài liệu; máy tự tải tiếp.` : "";
    show("part", { title: "Chưa mang theo hết", text: `${what}.${late} ${said}`.trim(), act: "Tải tiếp", open: Boolean(record.readyAt), drop: true });
  }
}

function showProgress({ files, filesDone, bytes, bytesDone }) {
  show("taking", {
    title: "Đang mang theo",
    text: `Đã tải ${filesDone}/${files} tệp, ${words.size(bytesDone)} trong ${words.size(bytes)}. Giữ trang này mở; nếu bị ngắt, máy tải tiếp từ chỗ dừng.`,
    progress: bytes ? (100 * bytesDone) / bytes : 100,
    drop: true,
  });
}

// --- what it does --------------------------------------------------------------------------------------

/** Bring the copy up to date; one at a time in this tab, and (take.js) in all tabs. */
function update() {
  running ??= run().finally(() => (running = null));
  return running;
}

async function run() {
  clearTimeout(timer);
  if ((await wipeWhenOver()) || (await askServer()) === "gone") {
    await showWhatIsHere();
    return;
  }
  let fault = null;
  try {
    await takeAlong(card.dataset.url, (progress) => progress.filesDone < progress.files && showProgress(progress));
    tries = 0;
  } catch (stopped) {
    if (!(stopped instanceof Stopped)) throw stopped;
    fault = stopped;
  }
  await showWhatIsHere(fault);
  const record = await get("sessions", card.dataset.session);
  let wait = record?.waiting ? 10_000 : LOOK_EVERY;
  if (fault && ["network", "server", "changed", "busy"].includes(fault.why)) wait = AGAIN[Math.min(tries++, AGAIN.length - 1)];
  if (fault?.why !== "over") timer = setTimeout(update, wait * (0.8 + 0.4 * Math.random())); // a hall does not ask in one moment
}

async function take() {
  const kept = await vault();
  if (kept && kept.me !== card.dataset.me) {
    const agreed = await ask({
      title: "Máy này đang giữ tài liệu của người khác",
      text: "Mang theo kỳ họp của ông/bà thì bản của người trước bị xóa khỏi máy.",
      act: "Xóa và mang theo",
      danger: true,
    });
    if (!agreed) return;
    await wipe("own");
  } else if (kept) return void update();
  dialog.querySelector("form").reset();
  say("");
  dialog.showModal();
  dialog.querySelector("input").focus();
}

function say(sentence) {
  part("pin-fault").textContent = sentence;
  part("pin-fault").hidden = !sentence;
}

async function begin(form) {
  say("");
  const { pin, again } = Object.fromEntries(new FormData(form));
  const { begin: url, me } = card.dataset;
  try {
    const begun = await beginCopy({ url, pin, again: again || "", me, csrf: csrfToken() });
    if (!begun.ok) {
      form.reset();
      form.querySelector("input").dispatchEvent(new Event("input"));
      form.querySelector("input").focus();
      return say(begun.words || "Chưa mang theo được. Hãy thử lại.");
    }
  } catch (fault) {
    return say(fault instanceof Stopped ? words.reason(fault) : "Không liên lạc được với máy chủ. Hãy thử lại khi có mạng.");
  }
  dialog.close();
  await navigator.serviceWorker.register(card.dataset.worker, { scope: "/", updateViaCache: "none" });
  await update();
}

async function drop() {
  const unsent = await unsentNotes();
  const agreed = await ask({
    title: "Xóa bản mang theo khỏi máy?",
    text: unsent
      ? `Máy còn ${unsent} ghi chú viết khi mất mạng chưa gửi; xóa thì mất. Mở bản mang theo để gửi trước.`
      : "Tài liệu và ghi chú trên máy này bị xóa. Ghi chú đã gửi vẫn còn ở máy chủ.",
    act: "Xóa khỏi máy",
    danger: true,
  });
  if (!agreed) return;
  await wipe("own");
  tries = 0;
  await showWhatIsHere();
}

async function start() {
  const lack = words.lacks();
  if (lack) return show("cannot", { title: "Chưa đọc được khi mất mạng", text: lack });
  part("take").addEventListener("click", take);
  part("drop").addEventListener("click", drop);
  dialog.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    begin(event.target);
  });
  const kept = await vault();
  await showWhatIsHere();
  if (!kept) return;
  // a newer worker is looked for at each visit; it keeps its pages before it takes over
  navigator.serviceWorker.register(card.dataset.worker, { scope: "/", updateViaCache: "none" }).catch(() => {});
  const mine = (await sessionsHere()).some((session) => session.id === card.dataset.session);
  if (kept.me === card.dataset.me && mine) update();
  else if ((await askServer()) === "gone") await showWhatIsHere();
}

if (card) {
  start();
  addEventListener("online", () => card.dataset.state !== "none" && update());
  document.addEventListener("pack:look", () => card.dataset.state === "ready" && update());
}
