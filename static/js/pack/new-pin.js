// The PIN is changed on a tablet that keeps a copy: what the old one opened is opened by the new one from now on.
// Without this page's script the house ends the copy, and the tablet takes the session along anew.
import { wipe } from "./contact.js";
import { rewrap, vault } from "./vault.js";

const form = document.querySelector("[data-new-pin]");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const said = new FormData(form);
  if (!(await vault().catch(() => null))) return form.submit();
  said.set("goi-lai", "1"); // the house lets this tablet's copy live
  const answer = await fetch(form.action, { method: "POST", body: said, redirect: "manual" }).catch(() => null);
  if (answer?.type !== "opaqueredirect") return form.submit(); // refused: the page says why
  if (!(await rewrap(said.get("old"), said.get("pin")).catch(() => false))) await wipe("pin");
  location.assign(form.dataset.newPin);
});
