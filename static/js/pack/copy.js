// The copy, opened: manifests, papers, pages, words. Everything is checked against the manifest before it counts.
import { get, inside } from "./database.js";
import { digestOf, markBroken } from "./take.js";

/** A stored file whose bytes are not those of the manifest: it is forgotten, and fetched again with a network. */
export class Broken extends Error {}

/** A paper that is on its way and has not come yet. */
export class NotHere extends Error {}

export class Copy {
  constructor(opener) {
    this.opener = opener;
  }

  /** The sessions on this tablet, the latest first, each with the manifest that counts and what is missing of it. */
  async sessions() {
    const records = await inside("sessions", "readonly", (rows) => rows.getAll());
    const found = [];
    for (const record of records) {
      const [whole, coming] = await Promise.all([this.json(`manifest:${record.id}`), this.json(`coming:${record.id}`)]);
      if (!whole && !coming) continue;
      found.push({ record, manifest: coming || whole, before: whole });
    }
    return found.sort((a, b) => b.manifest.session.starts_on.localeCompare(a.manifest.session.starts_on));
  }

  /** What is kept under a name, opened; null when there is nothing. */
  async json(name) {
    const record = await get("sealed", name);
    return record ? this.opener.openJson(record, name) : null;
  }

  /** {paper, isOlder} of a document: its newest version when all of it is here, else the one from before. */
  async paper({ manifest, before }, document) {
    const isHere = async (paper) => {
      const file = paper?.files.find((line) => line.kind === "pdf");
      const row = file && (await get("files", file.sha256));
      return Boolean(row && row.have >= row.count);
    };
    const newest = manifest.papers[document];
    if (await isHere(newest)) return { paper: newest, isOlder: false };
    const older = newest && before?.papers[document];
    if (await isHere(older)) return { paper: older, isOlder: true };
    throw new NotHere(document);
  }

  /** The bytes of a file, whole; Broken when a piece does not open or the digest is another. */
  async bytes(file) {
    const whole = new Uint8Array(file.size);
    let at = 0;
    for (let number = 0; number < file.pieces.length; number++) {
      const record = await get("pieces", [file.sha256, number]);
      let piece;
      try {
        piece = new Uint8Array(await this.opener.open(record, `${file.sha256}:${number}`));
        whole.set(piece, at);
      } catch {
        await markBroken(file.sha256, number);
        throw new Broken(file.sha256);
      }
      at += piece.byteLength;
    }
    if (at !== file.size || (await digestOf(whole)) !== file.sha256) {
      await markBroken(file.sha256);
      throw new Broken(file.sha256);
    }
    return whole;
  }

  pdf(paper) {
    return this.bytes(paper.files.find((file) => file.kind === "pdf"));
  }

  /** The pages of a paper: [{page, width, height, text, sha256, image: Blob or null}], the first with `large`, a picture to
   * read; empty when they did not come along. */
  async pages(paper) {
    const file = paper.files.find((line) => line.kind === "pages");
    const row = file && (await get("files", file.sha256));
    if (!row || row.have < row.count) return [];
    const bytes = await this.bytes(file);
    const length = new DataView(bytes.buffer, 4, 4).getUint32(0);
    const lines = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
    let at = 8 + length;
    const next = (length) => length ? new Blob([bytes.subarray(at, (at += length))], { type: "image/webp" }) : null;
    const pages = lines.map((line) => ({ ...line, image: next(line.image) }));
    if (pages.length) pages[0].large = next(pages[0].large);
    return pages;
  }
}
