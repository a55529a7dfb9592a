// Two papers side by side, from 1024 px: the second is a paper of the same item, or another version of this one.
import { KEPT } from "./canvases.js";
import { Pane } from "./pane.js";

const WIDE = "(min-width: 1024px)";
// canvases while two papers lie side by side: of the one that is read, and of the other; three in all, as of one alone
const [READ, BESIDE] = [2, 1];

/** Bind the button, the choice and the address of the page (`canh`). Gives { second, kept(pane), share() }; `active()` is
 * the pane that was touched last, `activate` changes it. */
export function bindTwo(first, active, activate) {
  const main = document.querySelector(".r-main");
  const button = document.querySelector("[data-two]");
  const dialog = document.getElementById("chon-van-ban");
  const wide = matchMedia(WIDE);
  const state = { second: null, kept: (pane) => (!state.second ? KEPT : pane === active() ? READ : BESIDE), share };
  let wished = new URLSearchParams(location.search).get("canh") ?? "";
  let panelWas = false; // whether the first paper's side panel stood open
  let replaces = "second"; // which side a choice is for

  // the one that is read has changed: the other gives its canvas away before a further one is drawn
  function share() {
    const panes = [first, state.second].filter(Boolean).sort((a, b) => (a === active()) - (b === active()));
    for (const pane of panes) pane.budget.trim();
    if (active().pdf) active().viewer.update();
  }

  function remember() {
    const url = new URL(location.href);
    if (wished) url.searchParams.set("canh", wished);
    else url.searchParams.delete("canh");
    history.replaceState(history.state, "", url);
  }

  async function open(choice) {
    const offer = [...dialog.querySelectorAll("[data-choice]")].find((one) => one.dataset.choice === choice);
    if (!offer) return close();
    const answer = await fetch(offer.dataset.frame, { headers: { "X-Part": "1" }, redirect: "manual" }).catch(() => null);
    if (!answer?.ok) return;
    const box = document.createElement("template");
    box.innerHTML = await answer.text();
    put(null);
    panelWas ||= first.panel.isOpen;
    const root = box.content.querySelector("[data-pane]");
    main.append(root);
    document.body.dataset.twoPapers = "";
    first.panel.hide();
    button.setAttribute("aria-pressed", "true");
    const pane = new Pane(root, { kept: state.kept });
    put(pane);
    wished = choice;
    remember();
    mark();
    root.querySelector("[data-pane-close]").addEventListener("click", close);
    activate(pane);
    document.dispatchEvent(new CustomEvent("reader:second", { detail: pane }));
    await pane.open();
    pane.desk.focus({ preventScroll: true });
  }

  function put(pane) {
    if (state.second) {
      document.dispatchEvent(new CustomEvent("reader:closed", { detail: state.second }));
      state.second.close();
      state.second.root.remove();
    }
    state.second = pane;
  }

  function close({ forNow = false } = {}) {
    put(null);
    delete document.body.dataset.twoPapers;
    if (panelWas && wide.matches) first.panel.show();
    panelWas = false;
    button.setAttribute("aria-pressed", "false");
    if (forNow !== true) {
      wished = "";
      remember();
    }
    activate(first);
    mark();
    first.desk.focus({ preventScroll: true });
  }

  function mark() {
    for (const one of dialog.querySelectorAll("[data-choice]")) {
      one.toggleAttribute("aria-current", Boolean(state.second) && one.dataset.choice === wished);
    }
  }

  button.addEventListener("click", () => {
    if (state.second) return close();
    replaces = "second";
    dialog.showModal();
  });
  document.addEventListener("click", (e) => {
    const head = e.target.closest("[data-pane-choose]");
    if (!head) return;
    replaces = head.closest("[data-pane]") === first.root ? "first" : "second";
    dialog.showModal();
  });
  dialog.addEventListener("click", (e) => {
    const offer = e.target.closest("[data-choice]");
    if (!offer) return;
    dialog.close();
    if (replaces === "second") open(offer.dataset.choice);
    else {
      const url = new URL(offer.dataset.read, location.href);
      if (wished) url.searchParams.set("canh", wished);
      location.assign(url);
    }
  });
  wide.addEventListener("change", () => {
    if (!wide.matches && state.second) close({ forNow: true });
    else if (wide.matches && wished) open(wished);
  });
  button.hidden = !dialog.querySelector("[data-choice]");
  if (wished && wide.matches) first.opened.then(() => open(wished));
  return state;
}
