// Tells the server which page is being read, at rest and when the page is left; nothing is kept in the browser.
import { csrfToken } from "../on.js";

const REST = 1500;

/** Send the present page after `REST` ms without a move, and at once when the reader is left. */
export function rememberPage({ desk, eventBus, signal }) {
  if (!desk.dataset.progress) return;
  let page = 0;
  let sent = 0;
  let timer;
  const send = () => {
    clearTimeout(timer);
    if (!page || page === sent) return;
    sent = page;
    fetch(desk.dataset.progress, {
      method: "POST",
      keepalive: true,
      headers: { "X-CSRFToken": csrfToken() },
      body: new URLSearchParams({ version: desk.dataset.version, page }),
    }).catch(() => (sent = 0));
  };
  const note = (n) => {
    page = n;
    clearTimeout(timer);
    timer = setTimeout(send, REST);
  };
  eventBus.on("pagesinit", () => note(Number(desk.dataset.page) || 1), { once: true });
  eventBus.on("pagechanging", ({ pageNumber }) => note(pageNumber));
  addEventListener("pagehide", send, { signal });
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && send(), { signal });
  signal.addEventListener("abort", send);
}
