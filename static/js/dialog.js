// <a href="#id" data-dialog="id"> opens a native dialog; [data-close] in it closes it.
import { each, on } from "./on.js";

on("click", "[data-dialog]", (e, opener) => {
  const dialog = document.getElementById(opener.dataset.dialog);
  if (!dialog?.showModal) return;
  e.preventDefault();
  dialog.showModal();
});

on("click", "dialog [data-close]", (e, button) => {
  e.preventDefault();
  button.closest("dialog").close();
});

// a tap beside the dialog closes it, unless something was typed into it
on("click", "dialog.dialog", (e, dialog) => {
  if (e.target !== dialog || !dialog.open) return;
  const box = dialog.getBoundingClientRect();
  const inside = e.clientX >= box.left && e.clientX <= box.right && e.clientY >= box.top && e.clientY <= box.bottom;
  if (!inside && !dialog.querySelector("form")) dialog.close();
});

// a dialog that the server sends back with faults opens at once
each("dialog[data-open]", (dialog) => dialog.showModal());
