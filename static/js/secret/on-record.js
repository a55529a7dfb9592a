// That the manifest of a secret vote stands in the session's record, in the one history that all tablets and the wall
// see: a server that gave one tablet an issuer's key of its own, to know its ballot again, would have to write it
// into a chain of its own too, and that chain is not the one that this tablet has followed, nor the wall's.
import { isSigned, hashes, remember, remembered } from "../record/known.js";
import { canonical, sha256 } from "../record/chain.js";

const ANSWER_MS = 8000;

/** Whether `entry` (its number and its open half) tells of this manifest, and lies on the way from the last head that
 * this tablet has seen to one that is signed. `poll` is what every screen is told. An Error: not known now. */
export async function isOnRecord(entry, manifest, poll) {
  const { chain, links } = poll.record;
  const known = remembered(chain);
  const after = Math.min(known ? known.seq : Infinity, entry.seq - 1);
  const answer = await fetch(`${links}?tu=${after}`, { cache: "no-store", redirect: "error", signal: AbortSignal.timeout(ANSWER_MS) });
  if (answer.status === 404) return !known; // a house that lost the key of its record: nothing was ever shown
  if (!answer.ok) throw new Error(String(answer.status));
  const way = await answer.json();
  const { head } = way;
  if (head.chain !== chain || way.after !== after || (known && known.key !== head.key)) return false;
  if (head.seq !== after + way.links.length || !(await isSigned(head))) return false;
  const found = await hashes(way);
  if (found.get(head.seq) !== head.hash || (known && found.get(known.seq) !== known.hash)) return false;

  const [open] = way.links[entry.seq - after - 1] || [];
  const said = entry.open.public;
  const tells = entry.open.event === "voting.box-opened" && said.poll === poll.id && said.digest === poll.manifest;
  if (!tells || open !== (await sha256(entry.open)) || canonical(said.manifest) !== canonical(manifest)) return false;
  remember(head);
  return true;
}
