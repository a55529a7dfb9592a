// Secret ballots on tablets, checked and counted again in the browser; does what verify/secret.py does. The
// arithmetic is that of the tablets (js/secret/), loaded only where a record tells of a sealed vote.
import { Bad, canonical, isNumber, sha256 } from "./chain.js";

const TELLERS = ["t1", "t2", "t3"];
const same = (a, b) => canonical(a) === canonical(b);

export class Box {
  constructor({ secrecy, box, issuer }) {
    Object.assign(this, { secrecy, box, issuer, registered: {}, published: {}, bodies: [] });
  }

  register({ slot, key }) {
    if (this.secrecy !== "tellers") throw new Bad("cuộc này không dùng khóa của Ban kiểm phiếu");
    this.registered[slot] = key;
  }

  // The manifest must be that of this vote, with the keys that the record has named before.
  async open({ manifest, digest }, poll) {
    if ((await sha256(manifest)) !== digest || manifest.poll !== poll.name)
      throw new Bad("mã của bản kê khai không khớp với nội dung");
    const { sheet } = poll.terms;
    const fits =
      manifest.question === poll.question &&
      manifest.kind === poll.kind &&
      manifest.rule === poll.rule &&
      manifest.roll_hash === poll.frozenHash &&
      manifest.mode === this.secrecy &&
      this.secrecy === poll.secrecy &&
      same(manifest.sheet.nominees.map((one) => [one.key, one.name, one.note]), sheet.nominees.map(([order, ...rest]) => [String(order), ...rest])) &&
      manifest.sheet.seats === sheet.seats &&
      same(manifest.sheet.choices.map((one) => one.key), sheet.choices);
    if (!fits) throw new Bad("bản kê khai khác với những gì đã chốt khi mở");
    const { unb64u, hex } = await import("../secret/codec.js");
    const modulus = unb64u(manifest.issuer.n);
    const issuer = hex(await crypto.subtle.digest("SHA-256", modulus));
    if (manifest.box !== this.box || issuer !== this.issuer)
      throw new Bad("khóa phát phiếu hoặc khóa của hòm phiếu khác với khóa đã ghi lúc chuẩn bị");
    if (modulus.length !== 384 || modulus[0] < 128 || manifest.issuer.e !== "AQAB")
      throw new Bad("khóa phát phiếu không đủ mạnh");
    this.checkRecipients(manifest);
    this.manifest = manifest;
    this.digest = digest;
  }

  checkRecipients({ recipients, threshold }) {
    const slots = recipients.map((one) => one.id).sort().join();
    const allowed = this.secrecy === "server" ? ["server"] : [TELLERS.join(), "code", ["code", ...TELLERS].join()];
    const known = this.secrecy === "server" || recipients.every((one) => this.registered[one.id] === one.key);
    if (!allowed.includes(slots) || !known || threshold !== (slots.includes("t1") ? 2 : 1))
      throw new Bad("khóa mở phiếu trong bản kê khai khác với khóa đã ghi vào sổ");
  }

  // All ballots that lay in the box: as many as were cast, each signed, each handed out, none twice.
  async close(said, bodies) {
    const { handed_out, cast, present } = said;
    if (!isNumber(cast) || !isNumber(handed_out)) throw new Bad("số phiếu đã phát hoặc đã bỏ không đúng mẫu");
    const digests = await Promise.all(bodies.map(sha256));
    const sorted = digests.every((digest, n) => n === 0 || digests[n - 1] <= digest);
    if (bodies.length !== cast || !sorted || (await sha256(digests)) !== said.ballots)
      throw new Bad(`các phiếu kín trong tệp không phải là ${cast} phiếu đã ghi lúc kết thúc`);
    const { faultsIn } = await import("../secret/check.js");
    const told = { manifest: this.manifest, ballots: bodies, cast, handed_out, present };
    const [fault] = await faultsIn(told, this.digest, "", said.ballots);
    if (fault) throw new Bad(fault);
    Object.assign(this, { bodies, handedOut: handed_out, cast });
  }

  publish({ slot, secret }) {
    if (!this.manifest.recipients.some((one) => one.id === slot))
      throw new Bad("khóa mở phiếu được công bố không phải là khóa đã ghi trong bản kê khai");
    this.published[slot] = secret;
  }

  // Open every ballot with the published keys and count; it must be what the record says.
  async count(said, keys) {
    if (this.secrecy === "server") this.published = keys;
    if (!same(keys, this.published)) throw new Bad("khóa dùng để mở phiếu khác với khóa đã công bố");
    if (!keys.server && !keys.code && Object.keys(keys).length < this.manifest.threshold)
      throw new Bad("chưa đủ khóa để mở phiếu");
    const { recount } = await import("../secret/check.js");
    const counted = await recount({ manifest: this.manifest, ballots: this.bodies, keys });
    if (!same({ ...counted, handed_out: this.handedOut, collected: this.cast }, said))
      throw new Bad("mở và đếm lại các phiếu kín được con số khác với sổ ghi");
  }
}
