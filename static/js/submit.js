// A form that is under way is not sent twice; its button says so. data-busy="Đang gửi…" gives the words.

const underWay = new WeakSet();
const said = new WeakMap(); // button -> where its words stand, what they were, what they are while it works

function buttonsOf(form) {
  return [...form.elements].filter((element) => element.type === "submit");
}

function mark(form, submitter) {
  underWay.add(form);
  const button = submitter || buttonsOf(form)[0];
  if (!button) return;
  button.setAttribute("aria-busy", "true");
  const busy = button.dataset.busy;
  if (!busy) return;
  const place = button.querySelector("span:not(.kbd)") || button;
  said.set(button, { place, before: place.textContent, busy });
  place.textContent = busy;
}

function release(form) {
  underWay.delete(form);
  for (const button of buttonsOf(form)) {
    button.removeAttribute("aria-busy");
    const words = said.get(button);
    said.delete(button);
    // a live update may have given the button its next words meanwhile: those stay
    if (words && words.place.textContent === words.busy) words.place.textContent = words.before;
  }
}

document.addEventListener("submit", (e) => {
  const form = e.target;
  if (underWay.has(form)) {
    e.preventDefault();
    e.stopImmediatePropagation();
    return;
  }
  if (e.defaultPrevented && !form.matches("[hx-post], [hx-get], [hx-put], [hx-patch], [hx-delete]")) return;
  if (form.method === "dialog" || form.target === "_blank" || "download" in form.dataset) return;
  if (form.method === "get") return;
  mark(form, e.submitter);
});

document.addEventListener("htmx:afterRequest", (e) => {
  const form = e.detail.elt?.closest?.("form");
  if (form) release(form);
});

// back button: the page comes from memory with its buttons still marked
addEventListener("pageshow", () => document.querySelectorAll("form").forEach(release));
