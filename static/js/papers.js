// After a drop the list of waiting files is fetched again, so that the office sees the proposals without reloading;
// while a zip is being read, every few seconds.
const place = document.getElementById("cho-xep");

const EVERY = 3000; // ms

async function refresh(address) {
  const answer = await fetch(address, { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("cho-xep");
  if (!fresh) return;
  // choices already made by hand stay as they are
  const chosen = new Map([...place.querySelectorAll("select")].map((field) => [field.name, field.value]));
  const ticked = new Map([...place.querySelectorAll("input[type=checkbox]")].map((field) => [field.name, field.checked]));
  place.replaceChildren(...fresh.childNodes);
  for (const field of place.querySelectorAll("select")) {
    if (chosen.get(field.name)) field.value = chosen.get(field.name);
  }
  for (const field of place.querySelectorAll("input[type=checkbox]")) {
    if (ticked.has(field.name)) field.checked = ticked.get(field.name);
  }
}

function follow() {
  if (!place?.querySelector("[data-reading]")) return;
  setTimeout(async () => {
    if (!document.hidden) await refresh(place.dataset.papers).catch(() => {});
    follow();
  }, EVERY);
}

document.addEventListener("filedrop:done", async (event) => {
  const address = event.target.dataset.papers;
  if (!address || !place) return;
  const waited = place.querySelector("[data-reading]");
  await refresh(address);
  if (!waited) follow();
});
follow();
