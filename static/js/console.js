// The desk of chair and secretary: acts are posted without leaving the page; what they changed comes back
// with the room's next snapshot, the same for everybody at the desk.
import { liveRoom } from "./live.js";
import { toast } from "./toast.js";

const room = liveRoom();
const sheet = document.getElementById("desk-sheet");

async function send(url, body) {
  const answer = await fetch(url, {
    method: "POST",
    body,
    headers: { Accept: "application/json" },
    redirect: "manual",
  });
  if (answer.type === "opaqueredirect") {
    location.reload();
    return {};
  }
  const said = await answer.json().catch(() => ({}));
  if (said.step_up) {
    location.href = said.step_up;
    return {};
  }
  if (!answer.ok) return { error: said.error || "Chưa làm được. Hãy tải lại trang để xem tình trạng đúng." };
  return said;
}

// Acts follow each other: what is pressed while an earlier one is on its way waits for its answer; the same one
// pressed twice is one.
let last = Promise.resolve();
const underWay = new Set();

// on the body: after the page's own confirmation (capture), before the plain form's busy mark (document)
document.body.addEventListener(
  "submit",
  async (e) => {
    const form = e.target;
    if (!form.matches("form[data-desk-act]")) return;
    const button = e.submitter;
    e.preventDefault();
    const url = button?.getAttribute("formaction") || form.action;
    const body = new FormData(form, button);
    if (underWay.has(url)) return;
    underWay.add(url);
    button?.setAttribute("aria-busy", "true");
    const before = last;
    let done;
    last = new Promise((resolve) => (done = resolve));
    try {
      await before;
      const said = await send(url, body);
      if (said.error) complain(form, said.error);
      else {
        if (sheet?.open && sheet.contains(form)) sheet.close();
        if (said.said) toast(said.said);
        if (!room?.isOpen) room?.refresh();
      }
    } catch {
      complain(form, "Chưa gửi được: máy không tới được máy chủ. Kiểm tra mạng rồi thử lại.");
    } finally {
      underWay.delete(url);
      done();
      button?.removeAttribute("aria-busy");
    }
  },
);

function complain(form, words) {
  const place = form.querySelector("[data-sheet-error]");
  if (!place) return toast(words, "bad");
  place.textContent = words;
  place.hidden = false;
}

// Small forms open in a dialog; without it the link leads to a page with the same form.
document.addEventListener("click", async (e) => {
  const link = e.target instanceof Element ? e.target.closest("a[data-sheet]") : null;
  if (!link || !sheet || e.ctrlKey || e.metaKey) return;
  e.preventDefault();
  if (!link.offsetParent) return; // an act of the secretary's, reached by its key
  try {
    const answer = await fetch(link.href, { headers: { "X-Sheet": "1" }, cache: "no-store", redirect: "manual" });
    if (!answer.ok) throw new Error();
    sheet.innerHTML = await answer.text();
    sheet.showModal();
  } catch {
    location.href = link.href;
  }
});

// The usual question follows what the vote is about, unless the desk has written its own.
document.addEventListener("change", (e) => {
  const select = e.target instanceof Element ? e.target.closest("select[data-usual-question]") : null;
  const field = select && document.getElementById(select.dataset.usualQuestion);
  if (!field) return;
  const usual = [...select.options].map((option) => option.dataset.question);
  if (!field.value.trim() || usual.includes(field.value)) field.value = select.selectedOptions[0].dataset.question;
});

// The attendance: find a delegate by name, seat or group, with or without marks.
const find = document.querySelector("[data-roll-find]");
const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").replace(/[đĐ]/g, "d").toLowerCase();

function filter() {
  if (!find) return;
  const words = fold(find.value.trim());
  let shown = 0;
  for (const row of document.querySelectorAll("[data-name]")) {
    row.hidden = !fold(row.dataset.name).includes(words);
    shown += row.hidden ? 0 : 1;
  }
  document.querySelector("[data-roll-none]").hidden = shown > 0;
}

find?.addEventListener("input", filter);
room?.addEventListener("part", (e) => e.detail.name === "roll" && filter());

// The current item stays in sight.
function showCurrent() {
  document.querySelector(".c-ag [aria-current]")?.scrollIntoView({ block: "nearest" });
}
room?.addEventListener("part", (e) => e.detail.name === "agenda" && showCurrent());
showCurrent();
