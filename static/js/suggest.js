// Numbers and titles are proposed as one types; filters of the search apply at once. Without this all works by Enter.
const field = document.querySelector("[data-suggest]");
const list = field?.list;
let asked = "";
let soon;

async function propose() {
  const words = field.value.trim();
  if (words.length < 2 || words === asked) return;
  asked = words;
  try {
    const answer = await fetch(`${field.dataset.suggest}?q=${encodeURIComponent(words)}`, { headers: { Accept: "application/json" } });
    if (!answer.ok || field.value.trim() !== words) return;
    const found = (await answer.json()).words;
    list.replaceChildren(...found.map(({ value, label }) => Object.assign(document.createElement("option"), { value, label })));
  } catch {
    // no network: one searches without proposals
  }
}

field?.addEventListener("input", () => {
  clearTimeout(soon);
  soon = setTimeout(propose, 200);
});

for (const form of document.querySelectorAll("[data-submit-on-change]")) {
  form.addEventListener("change", () => form.requestSubmit());
}
