// Text size without leaving the page: the same POST, then the attribute that the server would have written.
import { on } from "./on.js";

const SIZES = ["thuong", "lon", "rat-lon"];

on(
  "submit",
  "form[data-text-size]",
  async (e, form) => {
    e.preventDefault();
    e.stopImmediatePropagation();
    const root = document.documentElement;
    const now = Math.max(0, SIZES.indexOf(root.dataset.text || SIZES[0]));
    const step = e.submitter?.value === "up" ? 1 : -1;
    const size = SIZES[Math.min(Math.max(now + step, 0), SIZES.length - 1)];
    const body = new FormData(form);
    body.set("size", size);
    if (size === SIZES[0]) delete root.dataset.text;
    else root.dataset.text = size;
    const answer = await fetch(form.action, { method: "POST", body, redirect: "manual" }).catch(() => null);
    if (!answer) return; // offline: this page has the size, the next one will ask again
  },
  true,
);
