// A ballot by keyboard: a figure chooses, Enter hands in, Backspace takes the last answer back. A figure answers the
// first question that has no answer yet; on a list of persons it is the person's number.

const TYPED = "textarea, select, [contenteditable], input:not([type=radio], [type=checkbox])";

const answer = (inputs) => inputs.find((input) => input.checked);
const isList = (inputs) => inputs[0]?.type === "checkbox";

function choose(groups, place) {
  const inputs = groups.find((group) => isList(group) || !answer(group));
  const input = inputs?.[place];
  if (!input || input.disabled) return;
  input.click();
  input.closest("fieldset")?.scrollIntoView({ block: "nearest" });
}

function takeBack(groups) {
  const input = groups.map(answer).filter(Boolean).at(-1);
  if (!input || input.disabled) return;
  input.checked = false;
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

/**
 * Listen until the function that is given back is called. `groups()` gives the inputs of each question, in order, [] while
 * the ballot is shut; `send()` hands in.
 */
export function ballotKeys({ groups, send }) {
  const listen = (e) => {
    const at = e.target instanceof Element ? e.target : document.body;
    if (e.defaultPrevented || e.repeat || e.ctrlKey || e.metaKey || e.altKey) return;
    if (document.querySelector("dialog[open]") || at.closest(TYPED)) return;
    const open = groups();
    if (!open.length) return;
    if (/^[1-9]$/.test(e.key)) choose(open, Number(e.key) - 1);
    else if (e.key === "Backspace") takeBack(open);
    else if (e.key === "Enter" && !at.closest("a, button, summary")) send();
    else return;
    e.preventDefault();
  };
  document.addEventListener("keydown", listen);
  return () => document.removeEventListener("keydown", listen);
}
