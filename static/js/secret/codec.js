// Bytes and their written forms, the same on tablet, server and verifier: base64url without padding,
// hexadecimal, and one JSON text for one value (sorted keys, no spaces, UTF-8).

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }); // a mark in front stays: no JSON begins so

export const utf8 = (text) => encoder.encode(text);
export const text = (bytes) => decoder.decode(bytes);

export function b64u(bytes) {
  let binary = "";
  for (const byte of new Uint8Array(bytes)) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** The bytes of a base64url text; an Error for anything that is not exactly what `b64u` writes. */
export function unb64u(written) {
  if (typeof written !== "string" || !/^[A-Za-z0-9_-]*$/.test(written)) throw new Error("not base64url");
  const bytes = Uint8Array.from(atob(written.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  if (b64u(bytes) !== written) throw new Error("not base64url");
  return bytes;
}

export const hex = (bytes) => [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

export function unhex(written) {
  if (!/^([0-9a-f]{2})*$/.test(written)) throw new Error("not hexadecimal");
  return Uint8Array.from(written.match(/../g) || [], (pair) => parseInt(pair, 16));
}

export const uuidBytes = (uuid) => unhex(uuid.replaceAll("-", ""));

export function concat(...pieces) {
  const joined = new Uint8Array(pieces.reduce((n, piece) => n + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}

export const sameBytes = (a, b) => a.length === b.length && a.every((byte, place) => byte === b[place]);

/** The one JSON text of a value. Keys are plain ASCII in everything that is signed here. */
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value && typeof value === "object") {
    const pairs = Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`);
    return `{${pairs.join(",")}}`;
  }
  return JSON.stringify(value);
}

export const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
