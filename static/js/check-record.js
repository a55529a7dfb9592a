// The page that checks the public record of a session: fetches the file (or takes a dropped one) and recounts it here.
import { check } from "./record/verify.js";

const box = document.querySelector("[data-check]");
const known = document.querySelector("[data-known]");
const drop = document.querySelector("[data-drop-record]");
const part = (name) => box.querySelector(`[data-${name}]`);
let bytes = null;

const WORDS = {
  busy: "Đang kiểm tra…",
  insecure:
    "Trình duyệt chỉ kiểm tra được qua kết nối an toàn (https). Hãy mở trang này bằng địa chỉ https, hoặc tải tệp về và chạy chương trình kiểm tra.",
  lost: "Chưa tải được sổ ghi. Kiểm tra mạng rồi tải lại trang, hoặc thả tệp đã lưu vào ô bên dưới.",
  good: (n) => `Sổ ghi đúng: ${n} cuộc biểu quyết đếm lại đều khớp.`,
  none: "Sổ ghi đúng. Chưa có cuộc biểu quyết nào được công bố.",
  bad: "Sổ ghi không đúng. Chỗ sai đầu tiên:",
};

function mark(good) {
  const place = document.createElement("span");
  place.className = good ? "check-mark" : "check-mark check-mark--bad";
  place.setAttribute("role", "img");
  place.setAttribute("aria-label", good ? "Đúng" : "Sai");
  place.textContent = good ? "✓" : "✕";
  return place;
}

function say(state, words, busy = false) {
  box.dataset.state = state;
  part("words").textContent = words;
  part("busy").hidden = !busy;
  part("verdict").querySelector(".check-mark")?.remove();
  if (state) part("verdict").prepend(mark(state === "good"));
}

function fill(list, rows, draw) {
  list.replaceChildren(...rows.map(draw));
  list.hidden = !rows.length;
}

function row(poll) {
  const item = document.createElement("li");
  const text = document.createElement("div");
  const title = document.createElement("p");
  title.className = "t";
  title.textContent = poll.question;
  text.append(title);
  for (const words of poll.fault ? [String(poll.fault)] : poll.said) {
    const line = document.createElement("p");
    line.className = "s";
    line.textContent = words;
    text.append(line);
  }
  item.append(mark(!poll.fault), text);
  return item;
}

function plain(words) {
  const item = document.createElement("li");
  item.textContent = words;
  return item;
}

function show(report) {
  const n = report.polls.length;
  if (report.bad) say("bad", WORDS.bad);
  else say("good", n ? WORDS.good(n) : WORDS.none);
  part("where").textContent = report.bad ? String(report.bad) : "";
  part("where").hidden = !report.bad;
  fill(part("said"), report.said, plain);
  const hidden = `${report.hidden} mục không công bố chỉ có mã băm`;
  part("size").textContent = report.head
    ? `${report.entries} mục nối tiếp nhau, ${hidden}. Đầu sổ: mục ${report.head.seq}, ${report.head.hash.slice(0, 8).toUpperCase()}.`
    : "";
  part("size").hidden = !report.head;
  fill(document.querySelector("[data-polls]"), report.polls, row);
  document.querySelector("[data-polls-section]").hidden = !n;
}

async function run() {
  if (!bytes) return;
  say("", WORDS.busy, true);
  show(await check(bytes, { head: known.dau.value.trim(), mine: known.phieu.value.trim() }));
}

async function load() {
  try {
    const answer = await fetch(box.dataset.export, { credentials: "omit" });
    if (!answer.ok) throw new Error(String(answer.status));
    bytes = await answer.arrayBuffer();
  } catch {
    say("", WORDS.lost);
    return;
  }
  await run();
}

async function take(file) {
  if (!file) return;
  bytes = await file.arrayBuffer();
  await run();
  box.scrollIntoView({ block: "center" });
}

document.querySelector("[data-other]").hidden = false;
if (!globalThis.crypto?.subtle) say("", WORDS.insecure);
else {
  // what stands behind the # never reaches the server: the head of a QR code, the code of one's own vote
  for (const [name, value] of new URLSearchParams(location.hash.slice(1))) if (known[name]) known[name].value = value;
  known.addEventListener("submit", (e) => {
    e.preventDefault();
    run();
  });
  drop.querySelector("input").addEventListener("change", (e) => take(e.target.files[0]));
  for (const name of ["dragover", "dragleave", "drop"])
    drop.addEventListener(name, (e) => {
      e.preventDefault();
      drop.classList.toggle("is-over", name === "dragover");
      if (name === "drop") take(e.dataTransfer.files[0]);
    });
  say("", WORDS.busy, true);
  load();
}
