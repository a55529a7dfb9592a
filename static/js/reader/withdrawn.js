// A paper that is taken back leaves the screen of whoever has it open; asked now and then, and at every return.
const EVERY = 20000;

/** Watch over the paper of a pane until it is put away; of a newer version of the page's own paper a banner tells. */
export function watchState(pane) {
  const { desk, signal } = pane;
  const address = desk.dataset.state;
  if (!address) return;
  let told = Number(desk.dataset.newest);

  async function ask() {
    if (!desk.isConnected || document.hidden || !navigator.onLine) return;
    let answer;
    try {
      answer = await fetch(address, { cache: "no-store", headers: { Accept: "application/json" } });
    } catch {
      return; // the network is away: asked again
    }
    if (answer.status === 404) return gone(desk.dataset.saysGone);
    if (!answer.ok) return;
    const said = await answer.json();
    if (said.state === "withdrawn") gone(said.words);
    else if (said.version > told) {
      told = said.version;
      if (pane.isFirst) showNewer(told);
    }
  }

  function gone(words) {
    clearInterval(timer);
    const sheets = desk.closest(".r-sheets") ?? desk.parentElement;
    const note = document.createElement("div");
    note.className = "r-gone";
    note.setAttribute("role", "alert");
    note.dataset.gone = "";
    const line = document.createElement("p");
    line.className = "strong";
    line.textContent = words;
    const back = document.querySelector(".r-back")?.cloneNode(true);
    note.append(line, ...(back ? [back] : []));
    pane.close(); // nothing draws any more, and nothing asks
    sheets.replaceChildren(note);
    for (const part of sheets.closest("[data-pane]").querySelectorAll("[data-panel], [data-reader-tools]")) part.hidden = true;
    document.dispatchEvent(new CustomEvent("reader:gone", { detail: { paper: desk.dataset.paper } }));
    back?.focus();
  }

  const timer = setInterval(ask, EVERY + Math.random() * 5000); // a hall of tablets does not ask in the same moment
  signal.addEventListener("abort", () => clearInterval(timer));
  document.addEventListener("visibilitychange", ask, { signal });
  addEventListener("online", ask, { signal });
  addEventListener("focus", ask, { signal });
}

/** Said above the paper; what is being read stays as it is. */
function showNewer(version) {
  const words = document.querySelector("template[data-newer]");
  if (!words) return;
  document.querySelector("[data-newer-shown]")?.remove();
  const banner = words.content.cloneNode(true).firstElementChild;
  banner.dataset.newerShown = "";
  const changes = banner.querySelector("[data-newer-changes]");
  changes.href = changes.getAttribute("href").replace("?tu=", `?den=${version}&tu=`);
  words.before(banner);
}
