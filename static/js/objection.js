// "Ghi chưa đúng": for the time that the council sets after the close, a delegate may say that the own vote is
// recorded wrongly. Nothing is edited: the chair answers, or the council votes anew.
import { csrfToken } from "./on.js";

const form = document.querySelector("[data-objection]");
const place = document.querySelector("[data-objection-said]");
let seen = { poll: null, at: 0 }; // when this page first saw the poll closed: no machine's clock decides
let timer;

/** How many seconds are left, as far as this page can tell; the server decides. */
function left(poll) {
  if (!poll?.objection_until) return 0;
  if (seen.poll !== poll.id) seen = { poll: poll.id, at: performance.now() };
  const whole = (Date.parse(poll.objection_until) - Date.parse(poll.closed_at)) / 1000;
  return whole - (performance.now() - seen.at) / 1000;
}

/** Show the form or what became of it. `objection` is one's own, or null; `entitled` whether one stands on the roll. */
export function drawObjection({ poll, objection, entitled }) {
  clearTimeout(timer);
  const seconds = poll?.state === "closed" && entitled ? left(poll) : 0;
  form.hidden = Boolean(objection) || seconds <= 0;
  if (!form.hidden) {
    form.action = form.dataset.objection.replace("00000000-0000-0000-0000-000000000000", poll.id);
    timer = setTimeout(() => drawObjection({ poll, objection, entitled }), seconds * 1000 + 200);
  }
  const words = objection && poll?.state === "closed" ? `${objection.label}: ${objection.answer || objection.words}` : "";
  if (place.textContent !== words) place.textContent = words;
  place.hidden = !words;
}

form.addEventListener("submit", async (e) => {
  e.preventDefault();
  e.stopPropagation();
  const wrong = form.querySelector("[role=alert]");
  wrong.hidden = true;
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      body: new FormData(form),
      headers: { Accept: "application/json", "X-CSRFToken": csrfToken() },
      redirect: "manual",
    });
    const said = await answer.json();
    if (!answer.ok) throw new Error(said.error || "Chưa gửi được, mời đại biểu báo thư ký.");
    form.reset();
    form.querySelector("details").open = false;
    document.dispatchEvent(new CustomEvent("objected", { detail: said.objection }));
  } catch (fault) {
    wrong.textContent = fault instanceof TypeError ? "Mất mạng, chưa gửi được. Mời đại biểu báo thư ký." : fault.message;
    wrong.hidden = false;
  }
});
