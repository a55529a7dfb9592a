// What is read aloud of a Vietnamese official paper: pure functions from text to what a voice should say.
// A voice knows numbers and words; it does not know that 15/2026/NQ-HĐND is a resolution. Tested by a table
// (tests/documents/speech.json).

const LETTERS = {
  a: "a", b: "bê", c: "xê", d: "dê", đ: "đê", e: "e", g: "giê", h: "hát", i: "i", k: "ca", l: "e lờ", m: "em mờ", n: "en nờ",
  o: "o", p: "pê", q: "quy", r: "e rờ", s: "ét sì", t: "tê", u: "u", v: "vê", x: "ích xì", y: "i dài",
};

const SHORT = {
  NQ: "nghị quyết", QĐ: "quyết định", TTr: "tờ trình", BC: "báo cáo", "NĐ": "nghị định", TT: "thông tư", TTLT: "thông tư liên tịch",
  CT: "chỉ thị", KH: "kế hoạch", TB: "thông báo", CV: "công văn", GM: "giấy mời", BB: "biên bản", CTr: "chương trình", HD: "hướng dẫn",
  ĐA: "đề án", PA: "phương án", DT: "dự thảo", BCTT: "báo cáo thẩm tra", PL: "pháp lệnh", L: "luật", NQLT: "nghị quyết liên tịch",
  HĐND: "Hội đồng nhân dân", UBND: "Ủy ban nhân dân", TTHĐND: "Thường trực Hội đồng nhân dân", UBTVQH: "Ủy ban Thường vụ Quốc hội",
  QH: "Quốc hội", CP: "Chính phủ", TTg: "Thủ tướng Chính phủ", VPCP: "Văn phòng Chính phủ", MTTQ: "Mặt trận Tổ quốc",
  UBMTTQ: "Ủy ban Mặt trận Tổ quốc", TAND: "Tòa án nhân dân", VKSND: "Viện kiểm sát nhân dân", CA: "Công an",
  KTNS: "Ban Kinh tế Ngân sách", VHXH: "Ban Văn hóa Xã hội", PC: "Ban Pháp chế", ĐT: "Ban Đô thị", DTTS: "dân tộc thiểu số",
  VP: "Văn phòng", STC: "Sở Tài chính", SNV: "Sở Nội vụ", STP: "Sở Tư pháp", BTC: "Bộ Tài chính", BNV: "Bộ Nội vụ", BTP: "Bộ Tư pháp",
  BKHĐT: "Bộ Kế hoạch và Đầu tư", KTXH: "kinh tế xã hội", NSNN: "ngân sách nhà nước", TP: "thành phố", BĐS: "bất động sản",
  GRDP: "giê rờ đê pê", GDP: "giê đê pê", HTX: "hợp tác xã", QPPL: "quy phạm pháp luật", CNTT: "công nghệ thông tin",
};

const UNITS = {
  ha: "héc ta", km: "ki lô mét", "km²": "ki lô mét vuông", km2: "ki lô mét vuông", m: "mét", "m²": "mét vuông", m2: "mét vuông",
  "m³": "mét khối", m3: "mét khối", cm: "xăng ti mét", mm: "mi li mét", kg: "ki lô gam", g: "gam", kWh: "ki lô oát giờ", MW: "mê ga oát",
  "đ": "đồng", VNĐ: "đồng", VND: "đồng", "USD": "đô la Mỹ", trđ: "triệu đồng",
};

const UPPER = "\\p{Lu}";
const ROMAN_AFTER = "Chương|Phần|Mục|Phụ lục|Tiểu mục|khóa|khoá|nhiệm kỳ|lần thứ|kỳ họp thứ|thế kỷ|quý|hạng|loại|cấp|vùng|nhóm|bảng";
const ROMAN = "(?=[IVXLC])(?:C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})";

/** 18 for "XVIII"; 0 for what is no Roman numeral. */
export function roman(letters) {
  const worth = { I: 1, V: 5, X: 10, L: 50, C: 100 };
  if (!new RegExp(`^${ROMAN}$`).test(letters)) return 0;
  return [...letters].reduce((sum, one, i, all) => sum + (worth[one] < (worth[all[i + 1]] ?? 0) ? -worth[one] : worth[one]), 0);
}

/** The words of a symbol's letters: "NQ" is "nghị quyết", "QH15" "Quốc hội khóa 15"; unknown ones are spelt. */
function symbol(part) {
  const [, letters, digits] = part.match(/^(.*?)(\d*)$/);
  const known = SHORT[letters];
  if (known) return digits ? `${known} khóa ${digits}` : known;
  const spelt = [...letters.toLowerCase()].map((one) => LETTERS[one] ?? one).join(" ");
  return digits ? `${spelt} ${digits}` : spelt;
}

const symbols = (text) => text.split(/[-–.]/).filter(Boolean).map(symbol).join(" ");
const thousands = (number) => number.replace(/\.(?=\d{3}(?!\d))/g, "");
const plain = (number) => String(Number(number));

/** What a voice says for a piece of text. */
export function spoken(text) {
  let said = text.normalize("NFC").replace(/\s+/g, " ");
  const change = (pattern, by) => (said = said.replace(pattern, by));

  // numbers of papers: 15/2026/NQ-HĐND, 72/2025/QH15, 279/TTr-UBND, 71/BC-KTNS
  change(new RegExp(`([Ss]ố:? )?(?<![\\d/])(\\d+)/(\\d{4})/([${UPPER}][${UPPER}a-z\\d.–-]*[${UPPER}a-z\\d])`, "gu"), (all, _so, n, year, rest) =>
    `số ${plain(n)} năm ${year} ${symbols(rest)}`);
  change(new RegExp(`([Ss]ố:? )?(?<![\\d/])(\\d+)/((?:[${UPPER}]{2,}|TTr|CTr|TTg)(?:[-–.][${UPPER}][${UPPER}a-z\\d]*)*)(?![${UPPER}a-z])`, "gu"), (all, _so, n, rest) =>
    `số ${plain(n)} ${symbols(rest)}`);

  // days and hours
  change(/(ngày )?(?<![\d/])(\d{1,2})\/(\d{1,2})\/(\d{4})(?!\d)/gi, (all, word, d, m, y) => (d > 31 || m > 12 ? all : `ngày ${plain(d)} tháng ${plain(m)} năm ${y}`));
  change(/(ngày )(\d{1,2})\/(\d{1,2})(?![\d/])/gi, (all, word, d, m) => (d > 31 || m > 12 ? all : `ngày ${plain(d)} tháng ${plain(m)}`));
  change(/(tháng |quý )?(?<![\d/.,])(0?[1-9]|1[0-2])\/((?:19|20)\d{2})(?![\d/])/gi, (all, word, m, y) => `${word ?? "tháng "}${plain(m)} năm ${y}`);
  change(/(?<![\d:])(\d{1,2})(?::|h|g| giờ )(\d{2})(?: phút)?(?![\d:])/g, (all, h, m) => (h > 24 || m > 59 ? all : `${plain(h)} giờ${Number(m) ? ` ${plain(m)} phút` : ""}`));

  // Roman numerals where they are meant as such
  change(new RegExp(`(?<![\\p{L}\\d])(${ROMAN_AFTER}) (${ROMAN})(?![\\p{L}\\d])`, "giu"), (all, word, letters) => (roman(letters) ? `${word} ${roman(letters)}` : all));
  change(new RegExp(`^(${ROMAN})(?=[.)\\-–:] )`, "u"), (all) => (roman(all) ? String(roman(all)) : all));

  // points of a clause
  change(/(?<!\p{L})(điểm) ([a-zđ])(?=[ ,.;)]|$)/giu, (all, word, letter) => `${word} ${LETTERS[letter.toLowerCase()] ?? letter}`);
  change(/^([a-zđ])\) /u, (all, letter) => `điểm ${LETTERS[letter] ?? letter}, `);
  change(/^[-–+•*] /, "");

  // numbers: 1.500 is fifteen hundred, 2,5 two and a half
  change(/\d{1,3}(?:\.\d{3})+(?![\d.])/g, thousands);
  change(/(?<![\d,])(\d+),(\d+)(?![\d,])/g, (all, whole, part) => `${whole} phẩy ${[...part].length > 3 || part.startsWith("0") ? [...part].join(" ") : part}`);
  change(/(?<=\d) ?[-–] ?(?=\d)/g, " đến ");
  change(/ ?%/g, " phần trăm");
  change(/ ?‰/g, " phần nghìn");
  change(/ ?°C/g, " độ xê");

  // units after a number, and what is "per"
  const unit = Object.keys(UNITS).sort((a, b) => b.length - a.length).join("|");
  change(new RegExp(`(?<=\\d ?)(${unit})(?![\\p{L}\\d²³])`, "gu"), (all, one) => ` ${UNITS[one]}`);
  change(new RegExp(`(?<=(?:\\p{L}|phần trăm))/(${unit})(?![\\p{L}\\d²³])`, "gu"), (all, one) => ` trên ${UNITS[one]}`);
  change(/(?<=\p{Ll}|phần trăm)\/(?=\p{Ll})/gu, " trên ");
  change(/(?<=\d)\/(?=\d)/g, " trên ");

  // short forms and words in capitals, which a voice would spell
  change(/KT ?[-–] ?XH/g, "kinh tế xã hội");
  change(new RegExp(`(?<![\\p{L}\\d])([${UPPER}]{2,}(?:r|g)?)(\\d{0,2})(?![\\p{L}\\d])`, "gu"), (all, letters, digits) => {
    if (SHORT[letters] && letters.length > 1) return symbol(all);
    if (/[AEIOUY]/.test(letters.normalize("NFD"))) return letters.toLowerCase() + digits;
    return all.length > 4 ? all.toLowerCase() : all;
  });
  change(/\bv\.v\.?/g, "vân vân");
  change(/[“”"«»_…]/g, " ");
  return said.replace(/\s+/g, " ").replace(/ ([,.;:])/g, "$1").trim();
}

const LONGEST = 180; // letters that some voices say in one breath before they fall silent
const BEGINS = new RegExp(`^(?:Điều|Chương|Phần|Mục|Phụ lục|Căn cứ|QUYẾT NGHỊ|Nơi nhận|\\d+[.)] |[a-zđ]\\) |[-–+•] |${ROMAN}[.)] )`, "u");

/**
 * The sentences of a page, in order: [{start, end, text}], places in `page`. Lines are joined until a sentence, an
 * article, a clause or a point begins.
 */
export function sentences(page) {
  const found = [];
  let start = 0;
  const push = (end) => {
    for (const [from, to] of breaths(page, start, end)) {
      const text = page.slice(from, to).replace(/\s+/g, " ").trim();
      if (/[\p{L}\d]/u.test(text)) found.push({ start: from, end: to, text });
    }
    start = end;
  };
  for (let i = 0; i < page.length; i++) {
    const next = page.slice(i + 1, i + 24);
    if (page[i] === "\n" && BEGINS.test(next.trimStart())) push(i + 1);
    else if (/[.!?;]/.test(page[i]) && /^\s+\S/.test(next)) {
      const head = page.slice(start, i + 1).trim();
      const isNumbering = /^(?:\d+|[IVXLC]+)\.$/.test(head) || /(?:^|\s)(?:Điều|Khoản|khoản|Mục) \d+\.$/.test(head);
      if (!isNumbering) push(i + 1);
    } else if (page[i] === ":" && /^\s*\n/.test(next)) push(i + 1);
  }
  push(page.length);
  return found;
}

/** A long sentence in pieces, at its commas. */
function* breaths(page, start, end) {
  while (end - start > LONGEST) {
    const comma = page.slice(start, start + LONGEST).search(/[,:](?=\s[^,:]*$)/);
    const space = page.slice(start, start + LONGEST).search(/\s\S*$/);
    const at = comma > LONGEST / 3 ? comma + 1 : space;
    if (at <= 0) break;
    yield [start, start + at];
    start += at;
  }
  yield [start, end];
}
