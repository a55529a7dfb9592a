// A form that is under way is not sent twice; its button says so. data-busy="Đang gửi…" gives the words.

const underWay = new WeakSet();

function buttonsOf(form) {
  return [...form.elements].filter((element) => element.type === "submit");
}

function mark(form, submitter) {
  underWay.add(form);
  const button = submitter || buttonsOf(form)[0];
  if (!button) return;
  button.setAttribute("aria-busy", "true");
  const words = button.dataset.busy;
  if (words) {
    const place = button.querySelector("span:not(.kbd)") || button;
    button.dataset.words = place.textContent;
    place.textContent = words;
  }
}

function release(form) {
  underWay.delete(form);
  for (const button of buttonsOf(form)) {
    button.removeAttribute("aria-busy");
    if (button.dataset.words) {
      (button.querySelector("span:not(.kbd)") || button).textContent = button.dataset.words;
      delete button.dataset.words;
    }
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
