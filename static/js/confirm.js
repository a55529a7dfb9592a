// <form data-confirm="Hủy biểu quyết mục 31?" data-confirm-text="…" data-confirm-act="Hủy biểu quyết" data-confirm-danger>
// asks in a native dialog before it is sent; also on a single button of a form. Without JavaScript the form is
// sent at once, so whatever cannot be undone has a page of its own behind it.

let dialog;

function build() {
  dialog = document.createElement("dialog");
  dialog.className = "dialog";
  dialog.setAttribute("aria-labelledby", "confirm-title");
  dialog.innerHTML =
    '<h2 id="confirm-title"></h2><p></p><div class="acts">' +
    '<button type="button" class="btn" value="no">Không</button>' +
    '<button type="button" class="btn btn--act" value="yes"></button></div>';
  document.body.append(dialog);
}

/** Ask in a dialog; gives a promise of true or false. */
export function ask({ title, text = "", act = "Đồng ý", danger = false }) {
  if (!dialog) build();
  const [no, yes] = dialog.querySelectorAll("button");
  dialog.querySelector("h2").textContent = title;
  const body = dialog.querySelector("p");
  body.textContent = text;
  body.hidden = !text;
  yes.textContent = act;
  yes.className = danger ? "btn btn--danger" : "btn btn--act";
  dialog.showModal();
  (danger ? no : yes).focus();
  return new Promise((resolve) => {
    const answer = (value) => {
      resolve(value);
      dialog.close();
    };
    no.onclick = () => answer(false);
    yes.onclick = () => answer(true);
    dialog.onclose = () => resolve(false);
  });
}

const questionOf = (element) => ({
  title: element.dataset.confirm,
  text: element.dataset.confirmText,
  act: element.dataset.confirmAct,
  danger: "confirmDanger" in element.dataset,
});

const agreed = new WeakSet();

document.addEventListener(
  "submit",
  async (e) => {
    const form = e.target;
    const asker = e.submitter?.dataset.confirm ? e.submitter : form.dataset.confirm ? form : null;
    if (!asker || agreed.delete(form)) return;
    e.preventDefault();
    e.stopImmediatePropagation();
    if (!(await ask(questionOf(asker)))) return;
    agreed.add(form);
    form.requestSubmit(e.submitter || undefined);
  },
  true,
);

// an htmx request that starts from something other than a form
document.addEventListener("htmx:confirm", async (e) => {
  const element = e.detail.elt;
  if (element instanceof HTMLFormElement || element.form || !element.dataset.confirm) return;
  e.preventDefault();
  if (await ask(questionOf(element))) e.detail.issueRequest(true);
});
