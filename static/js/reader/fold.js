// Text as people search it: the same folding as council/text.py, and where each folded letter stood.

const MARK = /^\p{M}$/u;

/** Words without marks and case, one space between; "Nghị quyết 15/2026/NQ-HĐND" is "nghi quyet 15 2026 nq hdnd". */
export function fold(text) {
  return foldWithPlaces(text).folded.trim();
}

/** `text` with its marks but without case, one space between words. */
export function lower(text) {
  return foldWithPlaces(text, true).folded.trim();
}

/**
 * `folded` is `text` folded (a space before, between and after the words); `starts[i]` and `ends[i]` tell which
 * part of `text` the folded letter i came from. With `keepMarks` the marks count.
 */
export function foldWithPlaces(text, keepMarks = false) {
  let folded = " ";
  const starts = [0];
  const ends = [0];
  let at = 0;
  for (const letter of text) {
    const end = at + letter.length;
    if (MARK.test(letter)) {
      // a mark that stands by itself belongs to the letter before it
      if (keepMarks && folded.at(-1) !== " ") {
        const whole = (folded.at(-1) + letter).normalize("NFC");
        if (whole.length === 1) folded = folded.slice(0, -1) + whole;
      }
      ends[ends.length - 1] = end;
    } else {
      const plain = keepMarks
        ? letter.toLowerCase().normalize("NFC").replace(/[^0-9\p{L}]/gu, "")
        : letter.replace(/[đĐ]/g, "d").normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/[^0-9a-z]/g, "");
      if (plain) {
        for (const one of plain) {
          folded += one;
          starts.push(at);
          ends.push(end);
        }
      } else if (folded.at(-1) !== " ") {
        folded += " ";
        starts.push(at);
        ends.push(end);
      }
    }
    at = end;
  }
  if (folded.at(-1) !== " ") {
    folded += " ";
    starts.push(at);
    ends.push(at);
  }
  return { folded, starts, ends };
}

/** What was asked for: phrases in quotation marks, and the other words; all folded. */
export function asked(query, keepMarks = false) {
  const as = keepMarks ? lower : fold;
  const phrases = [...query.matchAll(/["“”„]([^"“”„]+)["“”„]/g)].map((found) => as(found[1])).filter(Boolean);
  const rest = as(query.replace(/["“”„][^"“”„]*["“”„]?/g, " "));
  return { phrases, words: rest ? rest.split(" ") : [] };
}

/**
 * Where a page says what was asked: [[start, end], …] in its text, in order. Words that stand together are one
 * place; where they do not, each is, as long as the page has them all. A word may go on ("hỗ tr" finds "hỗ trợ").
 */
export function places(page, { phrases, words }) {
  const needed = [...phrases];
  if (words.length) {
    const together = words.join(" ");
    if (page.folded.includes(` ${together}`)) needed.push(together);
    else needed.push(...words);
  }
  const found = [];
  for (const one of needed) {
    const here = occurrences(page, one, phrases.includes(one));
    if (!here.length) return [];
    found.push(...here);
  }
  found.sort((a, b) => a[0] - b[0] || b[1] - a[1]);
  return found.filter(([start], i) => i === 0 || start >= found[i - 1][1]); // no place inside another
}

function occurrences({ folded, starts, ends }, words, isWhole) {
  const found = [];
  const sought = isWhole ? ` ${words} ` : ` ${words}`;
  for (let at = folded.indexOf(sought); at >= 0; at = folded.indexOf(sought, at + 1)) {
    let last = at + words.length;
    // a word that goes on is shown whole
    while (!isWhole && folded[last + 1] !== " ") last++;
    found.push([starts[at + 1], ends[last]]);
  }
  return found;
}
