// Short messages: the server's stand in the page; good news leaves by itself, bad news stays until closed.
import { each } from "./on.js";

const STAY_MS = 8000;

function closable(element) {
  const button = document.createElement("button");
  button.type = "button";
  button.setAttribute("aria-label", "Đóng");
  button.textContent = "✕";
  button.addEventListener("click", () => element.remove());
  element.append(button);
  if (element.dataset.toast === "keep") return;
  let timer = setTimeout(() => element.remove(), STAY_MS);
  element.addEventListener("pointerenter", () => clearTimeout(timer));
  element.addEventListener("focusin", () => clearTimeout(timer));
  element.addEventListener("pointerleave", () => {
    timer = setTimeout(() => element.remove(), STAY_MS / 2);
  });
}

/** Say something in passing; `kind` is "", "warn" or "bad". */
export function toast(text, kind = "") {
  const box = document.querySelector("[data-toasts]");
  if (!box) return;
  const element = document.createElement("p");
  element.className = kind ? `toast toast--${kind}` : "toast";
  element.dataset.toast = kind === "bad" ? "keep" : "";
  element.setAttribute("role", kind === "bad" ? "alert" : "status");
  const words = document.createElement("span");
  words.textContent = text;
  element.append(words);
  box.append(element);
  closable(element);
}

// closable() is used for those that the page brought along
each("[data-toasts] > [data-toast]", (element) => {
  if (!element.querySelector("button")) closable(element);
});
// a server's answer may carry HX-Trigger: {"toast": {"text": "…", "kind": ""}}
document.addEventListener("toast", (e) => toast(e.detail.text || e.detail.value || "", e.detail.kind));
