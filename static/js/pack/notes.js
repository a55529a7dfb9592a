// Sending what was noted without a network, of all papers at once, from the page of the copy. A paper's own reader does the
// same for that paper (../notes/desk.js); both read the same sealed records, one sends at a time.
import { NoteQueue } from "../notes/queue.js";
import { vault } from "./vault.js";
import { Waiting } from "./waiting.js";

export const token = () => document.cookie.match(/(?:^|; )(?:__Host-csrf|csrftoken)=([^;]+)/)?.[1] || "";

/** A queue of all unsent notes of the copy that `key` opens; `on` and `isAway` as in ../notes/queue.js. */
export async function queueOfAll(key, { on, isAway }) {
  const { me } = (await vault()) || {};
  const queue = new NoteQueue({
    urlOf: (item) => `/tai-lieu/${item.document}/ghi-chu`,
    token,
    storage: new Waiting({ me, key: async () => key }),
    isAway,
    on,
  });
  await queue.resume();
  return queue;
}
