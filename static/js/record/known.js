// The last head of a session's record that this tablet has seen: number, hash and the public key, nothing else; and
// the way from it to another head, in the digests that so-ghi/chuoi.json gives (docs/record.md).
import { canonical, importKey, isSignedHead, sha256 } from "./chain.js";

const place = (chain) => `so-ghi:${chain}`;

export function remembered(chain) {
  try {
    return JSON.parse(localStorage.getItem(place(chain)));
  } catch {
    return null;
  }
}

export function remember(head) {
  try {
    localStorage.setItem(place(head.chain), canonical({ seq: head.seq, hash: head.hash, key: head.key }));
  } catch {
    // private mode: this tablet remembers for as long as the page is open
  }
}

// Whether the signature is the session's; true where this browser cannot tell (no secure connection).
export async function isSigned(head) {
  if (!globalThis.crypto?.subtle) return true;
  const key = await importKey(head.key).catch(() => null);
  return key !== null && isSignedHead(key, head.chain, head.seq, head.hash, head.signature);
}

// The hash of each entry after `way.after`, by number, worked out from the digests; from the one before on.
export async function hashes(way) {
  const found = new Map([[way.after, way.hash]]);
  for (const [n, [open, sealed]] of way.links.entries()) {
    const seq = way.after + n + 1;
    found.set(seq, await sha256({ seq, previous: found.get(seq - 1), open, sealed }));
  }
  return found;
}
