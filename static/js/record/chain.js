// The public record in the browser: reading it strictly, its chain of hashes, its signatures (docs/record.md).
// Does what verify/record.py does; the same file gives the same first bad entry.

export const FORMAT = "nghi-truong/record/1";
const BEGUN = "council.record-begun";
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

export class Bad extends Error {
  constructor(words, seq = null) {
    super(words);
    this.words = words;
    this.seq = seq;
  }
  toString() {
    return this.seq === null ? this.words : `Mục ${this.seq}: ${this.words}`;
  }
}

export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(",")}}`;
}

export async function sha256(value) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(canonical(value)));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export const isDigest = (value) => typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
export const isNumber = (value) => Number.isSafeInteger(value) && value >= 0;

export function keys(value, names, seq = null) {
  const has = value && typeof value === "object" && !Array.isArray(value) ? Object.keys(value).sort().join() : "";
  if (has !== [...names].sort().join()) throw new Bad(`Phần này phải có đúng các mục: ${names.join(", ")}.`, seq);
  return value;
}

// The export in a file; `bytes` is an ArrayBuffer.
export function read(bytes) {
  let text, told;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    told = JSON.parse(text);
  } catch {
    throw new Bad("Tệp không phải là sổ ghi ở dạng JSON, hoặc đã bị hỏng.");
  }
  if (told?.format !== FORMAT) throw new Bad(`Tệp không phải là sổ ghi ở định dạng ${FORMAT}.`);
  if (canonical(told) !== text.replace(/\n$/, ""))
    throw new Bad("Tệp không còn nguyên văn như khi công bố (cách viết JSON khác với quy định).");
  keys(told, ["format", "about", "chain", "previous", "entries", "polls", "head", "signature"]);
  keys(told.about, ["council", "session", "address"]);
  keys(told.head, ["seq", "hash", "signature"]);
  if (!Array.isArray(told.entries) || !told.entries.length) throw new Bad("Sổ ghi không có mục nào.");
  return told;
}

// Check the chain to its head; gives the entries that are shown.
export async function walk(told) {
  const { entries, head } = told;
  const first = entries[0]?.seq;
  const begins = isNumber(first) && first >= 1 && (first === 1 ? told.previous === "" : isDigest(told.previous));
  if (!begins) throw new Bad("sổ ghi không bắt đầu đúng mẫu", isNumber(first) ? first : null);
  const faults = await Promise.all(entries.map((entry, n) => fault(entry, first + n, n ? entries[n - 1]?.hash : told.previous)));
  const bad = faults.find(Boolean);
  if (bad) throw bad;
  const last = entries.at(-1);
  if (head.seq !== last.seq || head.hash !== last.hash)
    throw new Bad("đầu sổ không phải là mục cuối cùng: có mục cuối bị bớt hoặc thêm", last.seq);
  return entries.filter((entry) => !isDigest(entry.open)).map((entry) => ({ seq: entry.seq, ...entry.open }));
}

async function fault(entry, expected, previous) {
  try {
    keys(entry, ["seq", "open", "sealed", "hash"], expected);
    if (entry.seq !== expected)
      return new Bad(
        `ở chỗ này đáng ra là mục ${expected}, nhưng tệp ghi mục ${entry.seq}: có mục bị bớt, thêm hoặc đổi chỗ`,
        expected,
      );
    let open = entry.open;
    if (!isDigest(open)) open = await sha256(keys(open, ["salt", "at", "event", "public"], expected));
    if ((await sha256({ seq: expected, previous, open, sealed: entry.sealed })) !== entry.hash)
      return new Bad("nội dung không khớp với mã băm của mục, hoặc mục không nối tiếp mục ngay trước", expected);
    return null;
  } catch (bad) {
    if (bad instanceof Bad) return bad;
    throw bad;
  }
}

// The public key that the record's first entry names.
export async function keyOf(told, shown) {
  const first = told.entries[0].seq;
  if (shown[0]?.seq !== first || shown[0].event !== BEGUN)
    throw new Bad("mục đầu tiên phải là mục mở sổ, có khóa công khai", first);
  const begun = keys(shown[0].public, ["format", "chain", "key"], first);
  if (begun.format !== FORMAT || begun.chain !== told.chain) throw new Bad("mục mở sổ là của một sổ khác", first);
  const again = shown.slice(1).find((entry) => entry.event === BEGUN);
  if (again) throw new Bad("sổ ghi được mở hai lần", again.seq);
  try {
    return await importKey(begun.key);
  } catch {
    throw new Bad("khóa công khai không hợp lệ", first);
  }
}

export const importKey = (words) =>
  crypto.subtle.importKey("raw", b64u(words), { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);

export async function isSignedHead(key, chain, seq, hash, signature) {
  return isSigned(key, { format: "nghi-truong/head/1", chain, seq, hash }, signature);
}

async function isSigned(key, message, signature) {
  const raw = b64u(signature);
  if (raw?.length !== 64) return false;
  const s = BigInt(`0x${[...raw.slice(32)].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`);
  if (s > ORDER / 2n) return false; // a message has one signature only
  const data = new TextEncoder().encode(canonical(message));
  return crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, raw, data);
}

export async function checkSignatures(told, key) {
  const { head, signature, ...rest } = told;
  if (!(await isSignedHead(key, told.chain, head.seq, head.hash, head.signature)))
    throw new Bad("chữ ký của đầu sổ không đúng: chuỗi đã được viết lại bởi người không giữ khóa của kỳ họp", head.seq);
  const digest = await sha256({ ...rest, head });
  if (!(await isSigned(key, { format: "nghi-truong/export/1", digest }, signature)))
    throw new Bad("Chữ ký trên toàn bộ tệp không đúng: tệp đã bị sửa sau khi công bố.");
}

// That a head seen earlier is part of this history: "number.hash" or "number.hash.signature", or an address with #dau=…
export async function checkKnownHead(told, key, words) {
  const parts = words.slice(words.lastIndexOf("dau=") + (words.includes("dau=") ? 4 : 1)).trim().split(".");
  if (![2, 3].includes(parts.length) || !/^\d{1,9}$/.test(parts[0]) || !isDigest(parts[1]))
    throw new Bad("Đầu sổ đã biết phải có dạng: số.mã-băm (64 ký tự), như trong mã QR.");
  const seq = Number(parts[0]);
  if (parts[2] && !(await isSignedHead(key, told.chain, seq, parts[1], parts[2])))
    throw new Bad("Đầu sổ đã biết không có chữ ký đúng của kỳ họp này.");
  const first = told.entries[0].seq;
  if (seq > told.head.seq)
    throw new Bad(`tệp này cũ hơn đầu sổ đã biết (mục ${seq}), hoặc sổ đã bị cắt bớt`, told.head.seq);
  if (seq < first) throw new Bad(`tệp này bắt đầu sau đầu sổ đã biết (mục ${seq})`, first);
  if (told.entries[seq - first].hash !== parts[1])
    throw new Bad("mục này khác với đầu sổ đã biết: lịch sử đã bị viết lại", seq);
  return seq;
}

// base64url without padding, in its one way of writing; else null.
export function b64u(words) {
  if (typeof words !== "string" || !/^[A-Za-z0-9_-]*$/.test(words)) return null;
  try {
    const text = atob(words.replace(/-/g, "+").replace(/_/g, "/"));
    const again = btoa(text).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
    return again === words ? Uint8Array.from(text, (letter) => letter.charCodeAt(0)) : null;
  } catch {
    return null;
  }
}
