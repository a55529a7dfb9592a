// How pdf.js gets a paper's bytes: it asks for many small pieces at once (a scan's pages lie all over the file), and they
// are fetched together. documents/serving.py answers them one after the other in one body.
import { PDFDataRangeTransport } from "../../vendor/pdfjs/pdf.min.mjs";

export const PIECE = 2 ** 14; // bytes of the smallest piece; pieces that touch are asked for as one
const HEAD = 2 ** 16; // of the first answer: the beginning, and the end with the table of contents of the file
const TAIL = 2 ** 16;
const PIECES_AT_ONCE = 200;
const BYTES_AT_ONCE = 2 ** 20;
const PAUSES = [300, 1000, 3000, 8000]; // ms between tries; the last one again and again, until the network is back

/** Open the way to a paper's bytes; rejects when the server does not give them to this person. */
export async function piecesOf(url, signal) {
  const first = await ask(url, `0-${HEAD - 1},-${TAIL}`, signal);
  const whole = Number(first.headers.get("X-Whole-Length"));
  const bytes = new Uint8Array(await first.arrayBuffer());
  const head = Math.min(HEAD, whole);
  if (whole <= HEAD) return { data: bytes.slice(0, whole) };
  return { range: new Pieces(url, whole, bytes.slice(0, head), bytes.slice(head), signal) };
}

async function ask(url, pieces, signal) {
  for (let n = 0; ; n++) {
    const answer = await fetch(`${url}?manh=${pieces}`, { signal, redirect: "manual" }).catch((fault) => {
      if (signal.aborted) throw fault;
      return null;
    });
    if (answer?.status === 200) return answer;
    // a dead network comes back; a paper that was taken away does not
    if (answer && answer.status < 500) throw new Error(`${url}: ${answer.status}`);
    await new Promise((done) => setTimeout(done, PAUSES[Math.min(n, PAUSES.length - 1)]));
    if (signal.aborted) throw signal.reason;
  }
}

class Pieces extends PDFDataRangeTransport {
  #wanted = [];
  #timer = null;
  #ending = new AbortController();

  constructor(url, whole, head, tail, signal) {
    super(whole, head);
    Object.assign(this, { url, tail, tailFrom: whole - tail.length });
    this.signal = this.#ending.signal;
    signal.addEventListener("abort", () => this.abort());
  }

  requestDataRange(begin, end) {
    if (begin >= this.tailFrom) {
      const here = this.tail.slice(begin - this.tailFrom, end - this.tailFrom);
      setTimeout(() => this.onDataRange(begin, here));
      return;
    }
    this.#wanted.push([begin, end]);
    this.#timer ??= setTimeout(() => this.#fetch());
  }

  abort() {
    this.#ending.abort();
  }

  #fetch() {
    this.#timer = null;
    const wanted = this.#wanted.splice(0);
    while (wanted.length) {
      const batch = [wanted.shift()];
      let size = batch[0][1] - batch[0][0];
      while (wanted.length && batch.length < PIECES_AT_ONCE && size < BYTES_AT_ONCE) {
        size += wanted[0][1] - wanted[0][0];
        batch.push(wanted.shift());
      }
      this.#fetchBatch(batch).catch((fault) => {
        if (!this.signal.aborted) console.warn(fault);
      });
    }
  }

  async #fetchBatch(batch) {
    const answer = await ask(this.url, batch.map(([begin, end]) => `${begin}-${end - 1}`).join(), this.signal);
    const bytes = new Uint8Array(await answer.arrayBuffer());
    let at = 0;
    for (const [begin, end] of batch) {
      this.onDataRange(begin, bytes.slice(at, at + end - begin));
      at += end - begin;
    }
  }
}
