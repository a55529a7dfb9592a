// The cryptography of a secret ballot, as docs/realtime.md ("Secret ballots") writes it down: a blind signature over
// a key that the tablet made itself (RFC 9474), a choice sealed to the keys in the manifest (RFC 9180), signed with
// that key. No state and no network here; what this module makes, voting/secret and verify/ read.
import { BlindRSA, PrepareType } from "../../vendor/blindrsa/blindrsa.js";
import { Aes128Gcm } from "../../vendor/hpke/core/aeads/aesGcm.js";
import { CipherSuite, DhkemP256HkdfSha256, HkdfSha256 } from "../../vendor/hpke/core/native.js";
import { b64u, canonical, concat, hex, sameBytes, sha256, text, unb64u, utf8, uuidBytes } from "./codec.js";
import { cut, join } from "./shamir.js";

const BALLOT = utf8("nghi-truong/ballot/1");
const SHARE = utf8("nghi-truong/share/1");
const ACK = utf8("nghi-truong/ack/1");
const ISSUER_BITS = 3072;
const ECDSA = { name: "ECDSA", namedCurve: "P-256" };
const ECDH = { name: "ECDH", namedCurve: "P-256" };
const SIGNING = { name: "ECDSA", hash: "SHA-256" };
const ENC_BYTES = 65; // the sender's point before the HPKE ciphertext

const blindRsa = new BlindRSA({
  name: "RSABSSA-SHA384-PSS-Randomized",
  hash: "SHA-384",
  saltLength: 48,
  prepareType: PrepareType.Randomized,
  supportsRSARAW: false,
});

const suite = () => new CipherSuite({ kem: new DhkemP256HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes128Gcm() });

/** Whether this page may use cryptography at all: HTTPS, or the machine itself. */
export const isPossible = () => Boolean(globalThis.isSecureContext && globalThis.crypto?.subtle && globalThis.indexedDB);

// --- the token ----------------------------------------------------------------------------------------

async function issuerKey({ n, e }) {
  const modulus = unb64u(n);
  if (e !== "AQAB" || modulus.length * 8 !== ISSUER_BITS || modulus[0] < 0x80) throw new Error("an unfit issuer key");
  const jwk = { kty: "RSA", alg: "PS384", n, e, ext: true };
  return crypto.subtle.importKey("jwk", jwk, { name: "RSA-PSS", hash: "SHA-384" }, true, ["verify"]);
}

const messageOf = (poll, key) => concat(BALLOT, uuidBytes(poll), key);

/** A key pair for one ballot; the private half cannot leave the browser, not even by our own hand. */
export async function newBallotKey() {
  const pair = await crypto.subtle.generateKey(ECDSA, false, ["sign", "verify"]);
  return { privateKey: pair.privateKey, key: new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey)) };
}

/** Blind a ballot key for the issuer: `blinded` goes out, `prefix` and `inverse` are kept. */
export async function blind(manifest, key) {
  const prepared = blindRsa.prepare(messageOf(manifest.poll, key));
  const { blindedMsg, inv } = await blindRsa.blind(await issuerKey(manifest.issuer), prepared);
  return { blinded: blindedMsg, inverse: inv, prefix: prepared.slice(0, PrepareType.Randomized) };
}

/** The token from the issuer's answer; an Error unless it is the signature of the key in the manifest. */
export async function finalize(manifest, key, { prefix, inverse }, blindSignature) {
  const prepared = concat(prefix, messageOf(manifest.poll, key));
  return blindRsa.finalize(await issuerKey(manifest.issuer), prepared, blindSignature, inverse);
}

/** Whether a token is the issuer's signature over this ballot key. `issuer` may be imported once for many. */
export async function isToken(manifest, key, prefix, token, issuer = null) {
  const prepared = concat(prefix, messageOf(manifest.poll, key));
  return blindRsa.verify(issuer || (await issuerKey(manifest.issuer)), token, prepared);
}

// --- the ballot ---------------------------------------------------------------------------------------

// A share opens only beside the ballot key that it was made for.
const shareInfo = (manifest, key) => concat(SHARE, uuidBytes(manifest.poll), key);

async function sealTo(recipient, manifest, key, plain) {
  const sender = await suite().createSenderContext({
    recipientPublicKey: await crypto.subtle.importKey("raw", unb64u(recipient.key), ECDH, true, []),
    info: shareInfo(manifest, key),
  });
  return concat(new Uint8Array(sender.enc), new Uint8Array(await sender.seal(plain)));
}

/** The choice as every ballot of the poll writes it, filled up with spaces to one length. */
export function plaintextOf(manifest, choice) {
  const plain = utf8(canonical({ choice }));
  if (plain.length > manifest.padded) throw new Error("the choice is longer than any on the sheet");
  return concat(plain, new Uint8Array(manifest.padded - plain.length).fill(0x20));
}

async function seal(manifest, key, choice) {
  const secret = crypto.getRandomValues(new Uint8Array(32));
  const aes = await crypto.subtle.importKey("raw", secret, "AES-GCM", false, ["encrypt"]);
  const lock = { name: "AES-GCM", iv: new Uint8Array(12), additionalData: concat(uuidBytes(manifest.poll), key) };
  const cipher = await crypto.subtle.encrypt(lock, aes, plaintextOf(manifest, choice));
  const tellers = manifest.recipients.filter((recipient) => /^t[1-9]$/.test(recipient.id));
  const cuts = manifest.threshold === 2 ? cut(secret, tellers.length) : [];
  const shares = {};
  for (const recipient of manifest.recipients) {
    const place = manifest.threshold === 2 ? tellers.indexOf(recipient) : -1;
    shares[recipient.id] = b64u(await sealTo(recipient, manifest, key, place < 0 ? secret : cuts[place]));
  }
  return { c: b64u(cipher), k: b64u(await sha256(secret)), shares };
}

/** A whole ballot, ready to be put in: every choice on the sheet gives a body of the same length. */
export async function makeBallot(manifest, { privateKey, key, prefix, token }, choice) {
  const body = { key: b64u(key), prefix: b64u(prefix), token: b64u(token), sealed: await seal(manifest, key, choice) };
  const signature = await crypto.subtle.sign(SIGNING, privateKey, utf8(canonical(body)));
  return { ...body, sig: b64u(signature) };
}

/** The ballot's code: what the box signs, what the published list is sorted by. */
export const digestOf = async (body) => hex(await sha256(utf8(canonical(body))));

const verifyKey = (raw) => crypto.subtle.importKey("raw", raw, ECDSA, true, ["verify"]);

/** Whether the box has signed for exactly this ballot. */
export async function isAck(manifest, body, answer) {
  const digest = await sha256(utf8(canonical(body)));
  if (answer.ballot !== hex(digest)) return false;
  const said = concat(ACK, uuidBytes(manifest.poll), digest);
  return crypto.subtle.verify(SIGNING, await verifyKey(unb64u(manifest.box)), unb64u(answer.ack), said);
}

/** Whether a published ballot carries the issuer's token and its own key's signature. */
export async function isBallot(manifest, body, issuer = null) {
  try {
    const { sig, ...rest } = body;
    const key = unb64u(body.key);
    const signed = crypto.subtle.verify(SIGNING, await verifyKey(key), unb64u(sig), utf8(canonical(rest)));
    return (await signed) && (await isToken(manifest, key, unb64u(body.prefix), unb64u(body.token), issuer));
  } catch {
    return false;
  }
}

export const importIssuer = (manifest) => issuerKey(manifest.issuer);

// --- the tellers --------------------------------------------------------------------------------------

const CODE = utf8("nghi-truong/code/1");
const LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"; // Crockford's base32: nothing that is read as something else
export const CODE_LETTERS = 26;

/** A sealed code: 130 random bits, for paper. Written in groups, read with or without them. */
export const newCode = () => [...crypto.getRandomValues(new Uint8Array(CODE_LETTERS))].map((byte) => LETTERS[byte % 32]).join("");

/** The key pair of a sealed code (RFC 9180, DeriveKeyPair). */
export async function keyOfCode(code) {
  const ikm = await sha256(concat(CODE, utf8(code)));
  const pair = await suite().kem.deriveKeyPair(ikm.buffer);
  return { key: new Uint8Array(await suite().kem.serializePublicKey(pair.publicKey)) };
}

/** A teller's one-time key: the public half goes into the manifest, the private one is published after the close. */
export async function newTellerKey() {
  const pair = await crypto.subtle.generateKey(ECDH, true, ["deriveBits"]);
  const jwk = await crypto.subtle.exportKey("jwk", pair.privateKey);
  return { key: new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey)), secret: jwk.d };
}

async function openShare(recipient, secret, manifest, key, share) {
  const raw = unb64u(recipient.key);
  const jwk = { kty: "EC", crv: "P-256", x: b64u(raw.slice(1, 33)), y: b64u(raw.slice(33)), d: secret, ext: true };
  const receiver = await suite().createRecipientContext({
    recipientKey: await crypto.subtle.importKey("jwk", jwk, ECDH, true, ["deriveBits"]),
    enc: share.slice(0, ENC_BYTES),
    info: shareInfo(manifest, key),
  });
  return new Uint8Array(await receiver.open(share.slice(ENC_BYTES)));
}

/** The ballot's own key as the opened shares may give it: a whole share does, and so do any two of the tellers'. */
function candidates(opened, threshold) {
  const whole = Object.entries(opened).filter(([id]) => threshold === 1 || id === "code").map(([, share]) => share);
  const cuts = ["t1", "t2", "t3"].filter((id) => opened[id]).map((id) => opened[id]);
  const found = [...whole];
  cuts.forEach((first, at) => {
    for (const second of cuts.slice(at + 1)) if (first[0] && second[0] && first[0] !== second[0]) found.push(join(first, second));
  });
  return found;
}

/** The choice in a published ballot, with the published keys ({recipient id: base64url}); an Error where it does not open.
 *
 * Server and verifier read in the same way what no honest tablet writes: one odd ballot must not make the counts differ. */
export async function openBallot(manifest, body, keys) {
  const key = unb64u(body.key);
  const opened = {};
  for (const { id, ...recipient } of manifest.recipients) {
    if (!keys[id]) continue;
    const share = await openShare(recipient, keys[id], manifest, key, unb64u(body.sealed.shares[id])).catch(() => null);
    if (share) opened[id] = share; // one that does not open leaves the others
  }
  for (const secret of candidates(opened, manifest.threshold)) {
    if (!sameBytes(await sha256(secret), unb64u(body.sealed.k))) continue;
    const aes = await crypto.subtle.importKey("raw", secret, "AES-GCM", false, ["decrypt"]);
    const lock = { name: "AES-GCM", iv: new Uint8Array(12), additionalData: concat(uuidBytes(manifest.poll), key) };
    const said = JSON.parse(text(await crypto.subtle.decrypt(lock, aes, unb64u(body.sealed.c))));
    if (!said || Array.isArray(said) || Object.keys(said).join() !== "choice") throw new Error("not written as a ballot");
    return said.choice;
  }
  throw new Error("no published keys open it");
}
