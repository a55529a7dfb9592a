// Signing out wipes what this browser keeps (Clear-Site-Data): a ballot that is not in the box yet, a teller's key.
// Whoever holds one is told before, and may stay.
import { ask } from "../confirm.js";
import { isHolding } from "./store.js";

const WARNING = {
  title: "Đăng xuất lúc này?",
  text: "Máy này đang giữ phiếu kín chưa bỏ hoặc khóa kiểm phiếu. Đăng xuất thì mất, không lấy lại được.",
  act: "Vẫn đăng xuất",
  danger: true,
};

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
    agreed.add(form);
    form.requestSubmit(e.submitter || undefined);
  },
  true,
);
