// Night: dark paper for a dark hall. A preference of this device, kept in this browser.

const KEPT = "reader-night";

/** Show the reader as it was left; call once. */
export function bindNight() {
  let isOn = false;
  try {
    isOn = localStorage.getItem(KEPT) === "on";
  } catch {
    // a browser that keeps nothing begins by day
  }
  show(isOn);
}

export function toggleNight() {
  const isOn = !("night" in document.documentElement.dataset);
  show(isOn);
  try {
    localStorage.setItem(KEPT, isOn ? "on" : "off");
  } catch {
    // it holds for this page
  }
}

function show(isOn) {
  document.documentElement.toggleAttribute("data-night", isOn);
  for (const button of document.querySelectorAll("[data-reader-act=night]")) button.setAttribute("aria-pressed", String(isOn));
}
