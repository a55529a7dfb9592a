// Notes that could not be sent yet and lie sealed on this tablet until the house has them.
import { inside } from "./database.js";

export const QUEUED = "queue:";

/** How many notes wait; they are counted without the PIN, and read with it only. */
export async function unsentNotes() {
  const names = await inside("sealed", "readonly", (rows) => rows.getAllKeys());
  return names.filter((name) => name.startsWith(QUEUED)).length;
}
