// Words in the copy: as the house's own search folds them, without marks and case, page by page.

/** council/text.py fold(): "Nghị quyết 15/2026/NQ-HĐND" becomes "nghi quyet 15 2026 nq hdnd". */
export function fold(text) {
  const plain = text.replace(/[đĐ]/g, "d").normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  return plain.replace(/[^0-9a-z]+/g, " ").trim();
}

/** Folded text, and for each of its characters the place in the text that it comes from. */
function foldedWithPlaces(text) {
  let folded = "";
  const places = [];
  for (let at = 0; at < text.length; at++) {
    const plain = text[at].replace(/[đĐ]/g, "d").normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
    for (const letter of plain) {
      const kept = /[0-9a-z]/.test(letter) ? letter : " ";
      if (kept === " " && (folded === "" || folded.endsWith(" "))) continue;
      folded += kept;
      places.push(at);
    }
  }
  return { folded, places };
}

/** The pages that hold all words of a query, each word at the beginning of one: [{document, page, before, match, after}].
 * `papers`: [{document, title, pages: [{page, text, folded}]}]; at most `most` hits. */
export function findIn(papers, query, most = 100) {
  const words = fold(query).split(" ").filter(Boolean);
  if (!words.length) return [];
  const hits = [];
  for (const { document, pages } of papers) {
    for (const page of pages) {
      page.folded ??= ` ${fold(page.text)}`;
      if (!words.every((word) => page.folded.includes(` ${word}`))) continue;
      hits.push({ document, page: page.page, ...around(page.text, words) });
      if (hits.length >= most) return hits;
    }
  }
  return hits;
}

const ROUND = 60; // characters each side

/** The first place where the words stand together, else the first of them, with what is around it. */
export function around(text, words) {
  const { folded, places } = foldedWithPlaces(text);
  const phrase = ` ${folded}`.indexOf(` ${words.join(" ")}`);
  const [at, length] = phrase >= 0 ? [phrase, words.join(" ").length] : [Math.max(0, ` ${folded}`.indexOf(` ${words[0]}`)), words[0].length];
  const start = places[at] ?? 0;
  const end = (places[at + length - 1] ?? start) + 1;
  const tidy = (part) => part.replace(/\s+/g, " ");
  return {
    before: (start > ROUND ? "…" : "") + tidy(text.slice(Math.max(0, start - ROUND), start)),
    match: tidy(text.slice(start, end)),
    after: tidy(text.slice(end, end + ROUND)) + (end + ROUND < text.length ? "…" : ""),
  };
}
