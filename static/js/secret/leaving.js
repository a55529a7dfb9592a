// Signing out wipes what this browser keeps (Clear-Site-Data): a ballot that is not in the box yet, a teller's key.
// Whoever holds one is told before, and may stay.
import { ask } from "../confirm.js";
import { unsentNotes } from "../pack/unsent.js";
import { isHolding } from "./store.js";

const WARNING = {
  title: "Đăng xuất lúc này?",
  text: "Máy này đang giữ phiếu kín chưa bỏ hoặc khóa kiểm phiếu. Đăng xuất thì mất, không lấy lại được.",
  act: "Vẫn đăng xuất",
  danger: true,
};

// Notes that were written without a network block the way out until they are sent or given up (security 13).
const unsentWarning = (count) => ({
  title: `Còn ${count} ghi chú chưa gửi`,
  text: "Ghi chú viết khi mất mạng còn nằm khóa trên máy này. Khi có mạng, mở lại tài liệu, hoặc mở bản mang theo và nhập mã PIN, để gửi trước khi đăng xuất. Đăng xuất lúc này thì các ghi chú đó mất, không lấy lại được.",
  act: "Bỏ ghi chú và đăng xuất",
  danger: true,
});

const agreed = new WeakSet();

document.addEventListener(
  "submit",
  async (e) => {
    const form = e.target;
    if (!new URL(form.action, location.href).pathname.endsWith("/dang-xuat") || agreed.delete(form)) return;
    e.preventDefault();
    e.stopImmediatePropagation();
    const holds = window.indexedDB ? await isHolding().catch(() => false) : false;
    if (holds && !(await ask(WARNING))) return;
    const unsent = window.indexedDB ? await unsentNotes().catch(() => 0) : 0;
    if (unsent && !(await ask(unsentWarning(unsent)))) return;
    agreed.add(form);
    form.requestSubmit(e.submitter || undefined);
  },
  true,
);
