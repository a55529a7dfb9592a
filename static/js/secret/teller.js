// A teller's tablet in a secret vote: makes a one-time key before the opening and keeps it here, publishes it with one
// press after the close. The server has only the public half meanwhile, so nobody opens a ballot before the tellers do.
import { ask as confirm } from "../confirm.js";
import { csrfToken } from "../on.js";
import { b64u } from "./codec.js";
import { keyOfCode, newCode, newTellerKey } from "./crypto.js";
import { ask, post, Refused, urlOf } from "./net.js";
import { svgOf } from "./qr.js";
import { Drawer } from "./store.js";

const page = document.querySelector("[data-teller-page]");
const said = page.querySelector("[data-teller-say]");
const poll = page.dataset.poll;
const drawer = new Drawer("tellers", page.dataset.me);
const AGAIN_MS = 3000;
const isPossible = Boolean(isSecureContext && crypto.subtle && window.indexedDB);

const WORDS = {
  insecure: "Máy này mở trang không qua kết nối bảo mật (HTTPS) nên không tạo được khóa.",
  none: "Máy này chưa có khóa.",
  made: "Máy này đã có khóa. Xin giữ máy này, không đăng xuất, không xóa dữ liệu trình duyệt cho đến khi kiểm phiếu xong.",
  keep: "Khóa đang ở trên máy này. Công bố được khi chủ tọa kết thúc bỏ phiếu.",
  missing: "Máy này không giữ khóa của cuộc này.",
  ready: "Đã kết thúc bỏ phiếu. Mời công bố khóa.",
  published: "Đã công bố khóa.",
  revealed: "Hòm phiếu đã mở, phiếu đã được đếm. Khóa trên máy này đã xóa.",
  cancelled: "Cuộc bỏ phiếu đã bị hủy. Không phiếu nào được mở.",
  offline: "Chưa tới được máy chủ, máy đang thử lại.",
};

let now = null;
let record = null;

const withToken = (body) => post(body, { headers: { "X-CSRFToken": csrfToken() } });

function say(words) {
  const place = said.firstElementChild;
  if (place.textContent !== words) place.textContent = words;
}

function show(...names) {
  for (const section of page.querySelectorAll("[data-when]")) section.hidden = !names.includes(section.dataset.when);
}

async function look() {
  try {
    now = await ask(urlOf(poll));
    record = await drawer.get(poll);
    await draw();
  } catch (fault) {
    say(fault instanceof Refused && fault.message ? fault.message : WORDS.offline);
  }
}

async function draw() {
  const slot = now.me.teller;
  const mine = record && record.slot === slot;
  page.querySelector("[data-elsewhere]").hidden = !slot || Boolean(mine);
  if (now.phase === "draft") {
    say(mine ? WORDS.made : WORDS.none);
    return show(...(mine ? [] : ["make"]), "draft");
  }
  if (now.phase === "handing_out" || now.phase === "casting") {
    say(mine ? WORDS.keep : WORDS.missing);
    return show();
  }
  if (now.phase === "closed") {
    if (record?.isOut) {
      say(WORDS.published);
      return show();
    }
    say(mine ? WORDS.ready : WORDS.missing);
    return show(...(mine ? ["publish"] : []), "code");
  }
  say(WORDS[now.phase] || "");
  show();
  if (record) await drawer.remove(poll);
}

/** One act at a time; what went wrong is said in words. */
function does(selector, act) {
  const button = page.querySelector(selector);
  button.addEventListener("click", async () => {
    if (button.getAttribute("aria-busy")) return;
    button.setAttribute("aria-busy", "true");
    try {
      await act();
    } catch (fault) {
      say(fault instanceof Refused && fault.message ? fault.message : WORDS.offline);
    } finally {
      button.removeAttribute("aria-busy");
    }
  });
}

does("[data-teller-make]", async () => {
  const { key, secret } = await newTellerKey();
  await drawer.keepOnly(poll);
  await drawer.change(poll, () => ({ secret, slot: "" })); // kept before the server is told
  const { slot } = await ask(urlOf(poll, "/khoa"), withToken({ slot: "own", key: b64u(key) }));
  await drawer.change(poll, (kept) => ({ ...kept, slot }));
  await look();
});

does("[data-teller-publish]", async () => {
  await ask(urlOf(poll, "/mo"), withToken({ secret: record.secret }));
  await drawer.change(poll, (kept) => ({ ...kept, isOut: true }));
  await look();
});

const sealed = page.querySelector("[data-code]");

does("[data-code-make]", async () => {
  const sure = await confirm({ title: "Tạo mã niêm phong?", text: "Mã chỉ hiện một lần. Nếu đã có mã trước đó, mã cũ mất tác dụng.", act: "Tạo mã" });
  if (!sure) return;
  const code = newCode();
  const { key } = await keyOfCode(code);
  await ask(urlOf(poll, "/khoa"), withToken({ slot: "code", key: b64u(key) }));
  sealed.querySelector("[data-code-words]").textContent = code.match(/.{1,4}/g).join(" ");
  sealed.querySelector("[data-code-qr]").replaceChildren(svgOf(code));
  sealed.hidden = false;
});

page.querySelector("[data-code-done]").addEventListener("click", () => {
  sealed.querySelector("[data-code-words]").textContent = "";
  sealed.querySelector("[data-code-qr]").replaceChildren();
  sealed.hidden = true;
});

page.querySelector("[data-code-form]").addEventListener("submit", async (e) => {
  e.preventDefault();
  e.stopPropagation(); // not a page of its own: no busy mark
  const form = e.target;
  const fault = page.querySelector("[data-code-fault]");
  fault.hidden = true;
  try {
    await ask(urlOf(poll, "/mo"), withToken({ code: form.elements.code.value }));
    form.reset();
    await look();
  } catch (wrong) {
    fault.textContent = wrong instanceof Refused && wrong.message ? wrong.message : WORDS.offline;
    fault.hidden = false;
  }
});

if (isPossible) {
  look();
  setInterval(() => document.visibilityState === "visible" && look(), AGAIN_MS);
} else say(WORDS.insecure);
