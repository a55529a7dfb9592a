// One listener on the document serves elements that come later too.

/** Call `act(event, element)` for `event` on anything that matches `selector`, now or later. */
export function on(event, selector, act, options) {
  document.addEventListener(
    event,
    (e) => {
      const element = e.target instanceof Element ? e.target.closest(selector) : null;
      if (element) act(e, element);
    },
    options,
  );
}

/** Call `act(element)` once for each match of `selector`, on this page and in what htmx brings. */
export function each(selector, act) {
  const seen = new WeakSet();
  const look = (root) => {
    const found = [...root.querySelectorAll(selector)];
    if (root.matches?.(selector)) found.unshift(root);
    for (const element of found) {
      if (seen.has(element)) continue;
      seen.add(element);
      act(element);
    }
  };
  look(document);
  document.addEventListener("htmx:load", (e) => look(e.target instanceof Element ? e.target : document));
}

/** The token that proves a write comes from our own page. */
export function csrfToken() {
  return (
    document.querySelector("meta[name=csrf-token]")?.content ||
    document.querySelector("input[name=csrfmiddlewaretoken]")?.value ||
    ""
  );
}
