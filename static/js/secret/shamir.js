// Two of three: a key is cut so that any two shares give it back and one alone says nothing at all.
// Shamir's scheme over GF(2^8) with the polynomial of AES (0x11b), byte by byte; a share is its x and 32 bytes.

function times(a, b) {
  let product = 0;
  for (let bit = 0; bit < 8; bit++) {
    if (b & 1) product ^= a;
    a = a & 0x80 ? ((a << 1) ^ 0x11b) & 0xff : a << 1;
    b >>= 1;
  }
  return product;
}

function inverse(a) {
  let power = 1;
  for (let step = 0; step < 254; step++) power = times(power, a); // a^254 = 1/a
  return power;
}

/** Cut a secret into `count` shares of which any two are enough. */
export function cut(secret, count) {
  const slope = crypto.getRandomValues(new Uint8Array(secret.length));
  return Array.from({ length: count }, (_, place) => {
    const x = place + 1;
    return Uint8Array.from([x, ...secret.map((byte, at) => byte ^ times(slope[at], x))]);
  });
}

/** The secret of two shares. */
export function join(first, second) {
  const [x, y] = [first[0], second[0]];
  if (x === y || first.length !== second.length) throw new Error("two different shares are needed");
  const scale = inverse(x ^ y);
  const [ours, theirs] = [times(y, scale), times(x, scale)]; // Lagrange at 0
  return first.slice(1).map((byte, at) => times(byte, ours) ^ times(second[at + 1], theirs));
}
