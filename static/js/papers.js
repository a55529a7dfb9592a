// After a drop the list of waiting files is fetched again, so that the office sees the proposals without reloading.
const place = document.getElementById("cho-xep");

document.addEventListener("filedrop:done", async (event) => {
  const address = event.target.dataset.papers;
  if (!address || !place) return;
  const answer = await fetch(address, { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("cho-xep");
  if (!fresh) return;
  // choices already made by hand stay as they are
  const chosen = new Map([...place.querySelectorAll("select")].map((field) => [field.name, field.value]));
  place.replaceChildren(...fresh.childNodes);
  for (const field of place.querySelectorAll("select")) {
    if (chosen.get(field.name)) field.value = chosen.get(field.name);
  }
});
