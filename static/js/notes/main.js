// Own notes in the house's reader: they hang on every paper that it opens.
import { csrfToken } from "../on.js";
import { askWorker } from "../pack/held.js";
import { houseKey, Waiting } from "../pack/waiting.js";
import { attachNotes } from "./desk.js";

const AGAIN = 4000; // ms

/** What the house says of a paper's notes; asked again until it answers, or the paper is put away. */
async function ask(url, signal) {
  for (;;) {
    const answer = await fetch(url, { cache: "no-store", redirect: "manual", signal }).catch(() => null);
    if (answer?.ok) return answer.json();
    if (answer?.type === "opaqueredirect" || (answer && answer.status < 500) || signal.aborted) return { notes: [] };
    await new Promise((done) => setTimeout(done, AGAIN));
  }
}

function attach(reader) {
  const bar = reader.root.querySelector("[data-notes]");
  if (!bar) return;
  const { id, version } = reader.document;
  const said = ask(`${bar.dataset.url}?ban=${version}`, reader.signal);
  const house = said.then(async ({ seal, me }) => ({ key: await houseKey(seal), me }));
  const storage = new Waiting({ document: id, me: bar.dataset.me, house, key: askWorker });
  attachNotes(reader, { storage, load: async () => (await said).notes, token: csrfToken });
}

for (const event of ["reader:ready", "reader:second"]) {
  document.addEventListener(event, (e) => attach(e.detail));
}
