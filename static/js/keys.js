// data-key="n" presses a button, follows a link or goes to a field, as long as nobody is typing.

const typing = (element) =>
  element instanceof Element && element.closest("input, textarea, select, [contenteditable], dialog[open]");

document.addEventListener("keydown", (e) => {
  if (e.defaultPrevented || e.ctrlKey || e.metaKey || e.altKey || typing(e.target)) return;
  if (document.querySelector("dialog[open]")) return;
  const target = document.querySelector(`[data-key="${CSS.escape(e.key)}"]:not([disabled])`);
  if (!target) return;
  e.preventDefault();
  if (target.matches("input, textarea, select")) target.focus();
  else target.click();
});
