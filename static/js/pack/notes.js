// Own notes in the copy: those that came along, and new ones that wait, sealed, until the house has them.
//
// A note gets its id here and is sent as its first revision. Sent again with the same id and content it is the same note
// (docs/notes-format.md), so whatever becomes of an answer, it is kept once. It leaves the tablet when the house has said so.
import { get, inside, put, remove } from "./database.js";
import { Sealer } from "./vault.js";
import { QUEUED, unsentNotes } from "./unsent.js";

const PAGE_RFC = "http://tools.ietf.org/rfc/rfc3778";
const MOTIVATION = { text: "commenting", bookmark: "bookmarking" };

const pageIn = (annotation) => Number(annotation.target?.selector?.map((one) => /^page=(\d+)$/.exec(one.value || "")?.[1]).find(Boolean) || 0);
const bodyIn = (annotation) => [].concat(annotation.body || []).find((one) => one.type === "TextualBody")?.value || "";
const quoteIn = (annotation) => annotation.target?.selector?.find((one) => one.type === "TextQuoteSelector")?.exact || "";

/** What a list shows of a note. */
export const plain = (annotation) => ({ page: pageIn(annotation), text: bodyIn(annotation), quote: quoteIn(annotation), kind: annotation.motivation });

/** Seal a new note of a page: {document, version, page, text, kind ("text", "bookmark"), digest of the page's text}. */
export async function write({ document, version, page, text = "", kind = "text", digest = "" }) {
  const id = crypto.randomUUID();
  const annotation = {
    motivation: MOTIVATION[kind],
    body: text ? [{ type: "TextualBody", value: text, purpose: "commenting" }] : [],
    target: {
      selector: [{ type: "FragmentSelector", conformsTo: PAGE_RFC, value: `page=${page}` }],
      styleClass: "vang",
      "nt:pageText": `sha256:${digest}`,
    },
  };
  const sealer = await Sealer.make();
  const name = `${QUEUED}${id}`;
  await put("sealed", { name, ...(await sealer.sealJson({ id, document, version, revision: 1, annotation, at: Date.now() }, name)) });
}

/** The notes that wait, opened, in the order in which they were written. */
export async function waiting(copy) {
  const names = (await inside("sealed", "readonly", (rows) => rows.getAllKeys())).filter((name) => name.startsWith(QUEUED));
  const notes = await Promise.all(names.map(async (name) => ({ name, ...(await copy.json(name)) })));
  return notes.sort((a, b) => a.at - b.at);
}

/** Take back a note that the house does not have yet. */
export const takeBack = (name) => remove("sealed", name);

const token = () => document.cookie.match(/(?:^|; )(?:__Host-csrf|csrftoken)=([^;]+)/)?.[1] || "";

/** Send what waits, one after the other. Gives {sent, left, refused: [words], out: the sign-in has ended}. */
export async function sendWaiting(copy) {
  if (!(await unsentNotes())) return { sent: 0, left: 0, refused: [], out: false };
  const act = () => send(copy);
  return navigator.locks ? navigator.locks.request("nghi-truong-notes", act) : act();
}

async function send(copy) {
  const said = { sent: 0, left: 0, refused: [], out: false };
  for (const { name, id, document: paper, version, revision, annotation, refused } of await waiting(copy)) {
    if (!(await get("sealed", name))) continue;
    let answer = null;
    if (!said.out) {
      answer = await fetch(`/tai-lieu/${paper}/ghi-chu`, {
        method: "POST",
        headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token() },
        body: JSON.stringify({ id, revision, version, annotation }),
        cache: "no-store",
        redirect: "manual",
      }).catch(() => null);
    }
    const told = answer?.headers.get("Content-Type")?.includes("json") ? await answer.json().catch(() => ({})) : {};
    if (answer?.status === 200) {
      await remove("sealed", name);
      said.sent += 1;
      continue;
    }
    said.left += 1;
    if (answer && (answer.type === "opaqueredirect" || (answer.status === 403 && !told.code))) said.out = true;
    // refused for good, or another note lies under its id: it stays here, with the reason, till its author decides
    if (told.code) {
      said.refused.push(told.error);
      if (refused !== told.error) {
        const sealer = await Sealer.make();
        const kept = { ...(await copy.json(name)), refused: told.error };
        delete kept.name;
        await put("sealed", { name, ...(await sealer.sealJson(kept, name)) });
      }
    }
  }
  return said;
}
