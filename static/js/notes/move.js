// A note whose place in this version is in doubt: its author shows where it belongs, by selecting the words or opening the page.

/**
 * Binds the element of documents/_note_tools.html. `selected()` gives what is selected ({page, quote, …} or null), `pageNow()`
 * the page on the screen; `put(id, place)` keeps the note there. Gives `begin(id, note)`.
 */
export function bindMove(root, { selected, pageNow, put }) {
  const part = (name) => root.querySelector(`[data-move-${name}]`);
  const says = root.dataset;
  let moving = null;

  root.addEventListener("pointerdown", (e) => e.target.closest("button") && e.preventDefault()); // the words stay selected
  part("leave").addEventListener("click", () => (root.hidden = true));
  part("put").addEventListener("click", async () => {
    const { id, note } = moving;
    const place = note.quote ? selected() : { page: pageNow(), boxes: [], beyond: [] };
    if (!place) return part("words").focus();
    await put(id, { beyond: [], ...place });
    part("words").textContent = says.done;
    for (const name of ["put", "leave"]) part(name).hidden = true;
    for (const name of ["text", "quote"]) part(name).textContent = "";
  });
  part("words").tabIndex = -1;

  return function begin(id, note) {
    moving = { id, note };
    part("words").textContent = note.quote ? says.words : says.page;
    part("text").textContent = note.text;
    part("quote").textContent = note.quote;
    part("put").textContent = note.quote ? says.putWords : says.putPage;
    for (const name of ["put", "leave", "tray"]) part(name).hidden = false;
    root.hidden = false;
  };
}
