// Counting every vote of a record again in the browser, from nothing but what was published (docs/record.md, "Votes").
// Does what verify/polls.py does.
import { Bad, isDigest, isNumber, sha256 } from "./chain.js";
import { Box } from "./secret.js";

// name of a rule -> share, whether it must be exceeded, what it is a share of
const RULES = {
  majority_of_all: [1, 2, true, "all"],
  two_thirds_of_all: [2, 3, false, "all"],
  two_thirds_in_office: [2, 3, true, "in_office"],
  majority_of_present: [1, 2, true, "present"],
  two_thirds_of_present: [2, 3, false, "present"],
  majority_of_collected: [1, 2, true, "collected"],
  two_thirds_of_collected: [2, 3, false, "collected"],
  majority_of_valid: [1, 2, true, "valid"],
  two_thirds_of_valid: [2, 3, false, "valid"],
};
const CHOICES = ["for", "against", "other"];
const NAMES = { for: "tán thành", against: "không tán thành", other: "ý kiến khác" };
const SHEETS = {
  election: { for: "bầu" },
  dismissal: { for: "đồng ý", against: "không đồng ý" },
  removal: { for: "đồng ý", against: "không đồng ý" },
  rating: { high: "tín nhiệm cao", middle: "tín nhiệm", low: "tín nhiệm thấp" },
  confidence: { trust: "tín nhiệm", distrust: "không tín nhiệm" },
};
const WORDS = {
  elected: "trúng cử",
  not_elected: "không trúng cử",
  tied: "bằng phiếu, chưa trúng cử",
  passed: "được thông qua",
  not_passed: "không được thông qua",
  kept: "không thuộc trường hợp phải xem xét",
  may_resign: "có thể xin từ chức",
  dismissal_proposed: "trình miễn nhiệm",
  distrusted: "không được tín nhiệm",
};

function needed(rule, base) {
  const [numerator, denominator, exceeded] = RULES[rule];
  const share = base * numerator;
  const least = exceeded ? Math.floor(share / denominator) + 1 : Math.ceil(share / denominator);
  return Math.max(1, least);
}

const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
const listed = (numbers) => CHOICES.map((choice) => `${NAMES[choice]} ${numbers[choice]}`).join(", ");
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const hasKeys = (value, names) => same(Object.keys(value).sort(), [...names].sort());

export async function recount(told, shown) {
  const polls = new Map();
  const cancelled = new Set(shown.filter((entry) => entry.event === "voting.poll-cancelled").map((entry) => entry.public?.poll));
  for (const entry of shown) {
    const name = entry.public?.poll;
    if (name === undefined || !entry.event.startsWith("voting.")) continue;
    if (!polls.has(name)) polls.set(name, new Poll(name, told.polls[name], polls, cancelled.has(name)));
    await polls.get(name).take(entry);
  }
  for (const poll of polls.values()) poll.end();
  for (const name of Object.keys(told.polls).filter((known) => !polls.has(known))) {
    const stray = new Poll(name, null, polls, false);
    stray.fault = new Bad(`có phiếu công bố của cuộc ${name} nhưng không có mục nào trong sổ`);
    polls.set(name, stray);
  }
  return [...polls.values()];
}

class Poll {
  // One that is cancelled in the end counts for nothing, also where it was closed before: its votes are never published.
  constructor(name, published, all, isCancelled) {
    Object.assign(this, { name, published, all, isCancelled, state: "new", question: "", said: [], fault: null, last: 0 });
    this.sealed = new Map(); // line -> { number, commitment, channel } that counts
    this.steppedOut = new Set();
    this.people = new Map();
    this.objections = new Map(); // name -> "" or how it was answered
    this.box = null; // of a secret vote on tablets
  }

  async take(entry) {
    if (this.fault) return;
    this.last = entry.seq;
    const act = ACTS[entry.event.slice("voting.".length)];
    if (!act) return; // an entry of a kind that this page does not count with
    try {
      await act.call(this, entry.public);
    } catch (error) {
      if (error instanceof Bad) this.fault = new Bad(error.words, error.seq ?? entry.seq);
      else this.fault = new Bad("mục không đúng mẫu", entry.seq);
    }
  }

  end() {
    if (this.objections.size) {
      const upheld = [...this.objections.values()].filter((state) => state === "upheld").length;
      this.said.push(`Phản đối: ${this.objections.size}, được chấp nhận: ${upheld}`);
    }
    if (!this.fault && !["declared", "cancelled"].includes(this.state))
      this.fault = new Bad("cuộc biểu quyết được công bố nhưng sổ không có mục công bố kết quả", this.last);
  }

  be(state) {
    if (this.state !== state)
      throw new Bad(`việc này không thể xảy ra khi cuộc biểu quyết đang ở bước “${this.state}”`);
  }

  move(state, before) {
    this.be(before);
    this.state = state;
  }

  line(line) {
    if (!isNumber(line) || line < 1 || line > this.lines) throw new Bad(`dòng ${line} không có trong danh sách biểu quyết`);
    return line;
  }

  who = (line) => (this.people.has(line) ? ` (${this.people.get(line)})` : "");

  get naming() {
    return this.terms.naming.public.value;
  }

  // --- What was frozen ---

  async checkRoll() {
    const { roll } = this.published;
    if (!isNumber(this.lines) || roll.length !== this.lines)
      throw new Bad(`danh sách có ${roll.length} dòng, mục mở biểu quyết ghi ${this.lines}`);
    const digests = await Promise.all(
      roll.map(async (row, n) => {
        if (isDigest(row)) return row;
        const line = n + 1;
        let who = row.who;
        if (!isDigest(who)) {
          this.people.set(line, who.name);
          who = await sha256({ poll: this.name, ...who });
        }
        return sha256({ poll: this.name, line, seat: row.seat, who, salt: row.salt });
      }),
    );
    if ((await sha256(digests)) !== this.frozen.roll)
      throw new Bad("danh sách biểu quyết không phải là danh sách đã chốt khi mở");
  }

  checkTerms(present) {
    const { quorum } = this.terms;
    for (const { name, rule } of this.asked) this.checkRule(name, rule);
    const [numerator, denominator] = quorum.value.split("/").map(Number);
    const least = Math.max(1, Math.ceil((this.lines * numerator) / denominator));
    if (quorum.needed !== least || quorum.was_met !== present >= least)
      throw new Bad("số đại biểu cần có mặt đã chốt không đúng");
    if (this.kind === "named") {
      if (this.published.presence !== null && this.naming === "totals")
        throw new Bad("tệp công bố nhiều hơn quy chế cho phép");
    } else if (!SHEETS[this.kind] || this.published.votes.length || this.published.presence !== null)
      throw new Bad("phiếu kín không được công bố theo tên");
  }

  checkRule(name, rule) {
    const written = [rule.numerator, rule.denominator, rule.exceeded, rule.base];
    if (!RULES[name] || !same(written, RULES[name])) throw new Bad("cách tính kết quả đã chốt không đúng với tên của nó");
    if (!isNumber(rule.whole) || rule.whole < this.lines) throw new Bad("tổng số đại biểu nhỏ hơn danh sách");
    const fixed = { all: rule.whole, in_office: this.lines }[rule.base];
    if (rule.needed !== (fixed === undefined ? null : needed(name, fixed)))
      throw new Bad("số phiếu cần có đã chốt không đúng");
  }

  // --- Votes ---

  cast(votes, channel) {
    for (const [place, number, commitment] of votes) {
      const line = this.line(place);
      if (number !== (this.sealed.get(line)?.number || 0) + 1 || !isDigest(commitment))
        throw new Bad(`phiếu của dòng ${line} không nối tiếp phiếu trước của dòng đó`);
      if (this.steppedOut.has(line)) throw new Bad(`dòng ${line} được ghi là không tham gia mà có phiếu`);
      this.sealed.set(line, { number, commitment, channel });
    }
  }

  // For each question the votes by choice, each opened against its commitment; null where only totals are public.
  async opened() {
    const { votes } = this.published;
    if (this.naming === "totals") {
      if (votes.length) throw new Bad("tệp công bố nhiều hơn quy chế cho phép");
      return null;
    }
    const numbers = this.asked.map(() => ({ for: 0, against: 0, other: 0 }));
    const lines = new Set();
    for (const [line, number, choice, salt] of votes) {
      const seal = this.sealed.get(line);
      const found = await sha256({ choice, line, number, poll: this.name, salt });
      if (seal?.number !== number || seal.commitment !== found)
        throw new Bad(`phiếu công bố của dòng ${line}${this.who(line)} không khớp với phiếu đã ghi lúc bỏ`);
      const answers = this.isJoint ? choice.split(",") : [choice];
      const known = (answer) => CHOICES.includes(answer) || (this.isJoint && answer === "");
      if (answers.length !== this.asked.length || !answers.some(Boolean) || !answers.every(known))
        throw new Bad(`dòng ${line} có lựa chọn lạ`);
      lines.add(line);
      for (const [place, answer] of answers.entries()) if (answer) numbers[place][answer] += 1;
    }
    const missing = [...this.sealed.keys()].sort((a, b) => a - b).find((line) => !lines.has(line));
    if (missing !== undefined) throw new Bad(`thiếu phiếu công bố của dòng ${missing}${this.who(missing)}`);
    if (votes.length !== lines.size) throw new Bad("có phiếu được công bố hai lần");
    return numbers;
  }

  async countTablets(results) {
    const numbers = await this.opened();
    if (results.length !== this.asked.length) throw new Bad("số kết quả không bằng số nội dung");
    for (const [place, result] of results.entries()) this.countQuestion(result, numbers?.[place]);
    await this.checkResults(results);
  }

  countQuestion(result, numbers) {
    if (numbers && CHOICES.some((choice) => result[choice] !== numbers[choice]))
      throw new Bad(`đếm lại được ${listed(numbers)}, sổ ghi ${listed(result)}`);
    const cast = sum(CHOICES.map((choice) => result[choice]));
    if (cast > this.sealed.size || (!this.isJoint && cast !== this.sealed.size))
      throw new Bad(`có ${this.sealed.size} đại biểu bỏ phiếu, cộng các ý kiến trong kết quả không bằng số đó`);
    const bySecretary = [...this.sealed.values()].filter((seal) => seal.channel === "secretary").length;
    if (result.by_secretary !== bySecretary) throw new Bad("số phiếu ghi qua thư ký không đúng");
  }

  async countHands({ figures }, result) {
    const numbers = await this.opened();
    if (!hasKeys(figures, CHOICES) || !Object.values(figures).every(isNumber))
      throw new Bad("số phiếu do Ban kiểm phiếu ghi không đúng mẫu");
    if (this.sealed.size && numbers && CHOICES.some((choice) => figures[choice] !== numbers[0][choice]))
      throw new Bad(`đếm lại theo tên được ${listed(numbers[0])}, Ban kiểm phiếu ghi ${listed(figures)}`);
    if (this.sealed.size && this.sealed.size !== sum(Object.values(figures)))
      throw new Bad("số tên được ghi không bằng số phiếu");
    if (CHOICES.some((choice) => result[choice] !== figures[choice]))
      throw new Bad("kết quả trái với số phiếu do Ban kiểm phiếu ghi");
    await this.checkResults([result]);
  }

  async checkResults(results) {
    this.passed = [];
    this.said = [];
    for (const [place, result] of results.entries()) {
      await this.checkPresence(result);
      this.checkResult(result, this.asked[place]);
    }
    this.state = "counted";
  }

  async checkPresence(result) {
    const kept = this.published.presence;
    if (result.stepped_out !== this.steppedOut.size) throw new Bad("số đại biểu không tham gia không đúng");
    if (result.present !== this.present) throw new Bad("số đại biểu có mặt trong kết quả khác với lúc kết thúc");
    if (kept === null) {
      if (this.naming !== "totals" && (this.method === "tablet" || this.sealed.size))
        throw new Bad("tệp thiếu danh sách có mặt lúc kết thúc");
      return;
    }
    if ((await sha256(kept)) !== this.presence || kept.poll !== this.name)
      throw new Bad("danh sách có mặt công bố không phải là danh sách đã ghi lúc kết thúc");
    const here = new Set([...kept.present, ...this.sealed.keys()]);
    const out = kept.stepped_out;
    if (out.length !== this.steppedOut.size || !out.every((line) => this.steppedOut.has(line)) || here.size !== result.present)
      throw new Bad("số có mặt không khớp với danh sách có mặt");
  }

  checkResult(result, { question, name, rule }) {
    const five = [...CHOICES, "silent", "absent"].map((choice) => result[choice]);
    if (!five.every(isNumber) || sum(five) !== this.lines || result.total !== this.lines)
      throw new Bad(`năm con số cộng lại không bằng ${this.lines} đại biểu trong danh sách`);
    if (sum(five.slice(0, 4)) !== result.present)
      throw new Bad("số có mặt không bằng số bỏ phiếu cộng số không biểu quyết");
    const base = this.base(name, rule, result.present);
    const least = needed(name, base);
    if (result.base !== base || result.needed !== least)
      throw new Bad(`cần ${least}/${base} phiếu, sổ ghi ${result.needed}/${result.base}`);
    if (result.passed !== result.for >= least) throw new Bad("thông qua hay không trái với số phiếu");
    this.passed.push(result.passed);
    const verdict = result.passed ? "được thông qua" : "không được thông qua";
    const rest = `không biểu quyết ${five[3]}, vắng ${five[4]}; cần ${least}/${base}: ${verdict}`;
    this.said.push(`${this.isJoint ? `${question}: ` : ""}${listed(result)}, ${rest}`);
  }

  base(name, rule, present, count = {}) {
    const { collected, valid } = count;
    return { all: rule.whole, in_office: this.lines, present, collected, valid }[RULES[name][3]];
  }

  // --- Results on sheets ---

  countSheets(count, outcomes) {
    const { handed_out: out, collected: back, valid, blank, invalid, figures } = count;
    if (![out, back, valid, blank, invalid].every(isNumber))
      throw new Bad("số phiếu do Ban kiểm phiếu ghi không đúng mẫu");
    if (back !== valid + blank + invalid || back > out || out > this.present)
      throw new Bad("số phiếu phát ra, thu về, hợp lệ, trắng và không hợp lệ không khớp nhau");
    this.checkOutcomes(count, figures, outcomes);
  }

  checkOutcomes(count, figures, outcomes) {
    const { nominees, seats } = this.terms.sheet;
    const { valid } = count;
    const people = new Map(nominees.map(([order, name]) => [String(order), name]));
    if (!hasKeys(figures, people.keys())) throw new Bad("người trên phiếu khác với danh sách đã chốt");
    for (const row of Object.values(figures)) {
      if (!hasKeys(row, Object.keys(SHEETS[this.kind])) || !Object.values(row).every(isNumber))
        throw new Bad("số phiếu của một người không đúng mẫu");
      if (sum(Object.values(row)) > valid) throw new Bad("một người có nhiều phiếu hơn số phiếu hợp lệ");
    }
    if (this.kind === "election") {
      const chosen = sum(Object.values(figures).map((row) => row.for));
      if (chosen < valid || chosen > valid * seats) throw new Bad("tổng số lượt bầu không khớp với số phiếu hợp lệ");
    }
    const base = this.base(this.rule, this.terms.rule, this.present, count);
    const found = this.verdicts(figures, base, seats);
    const ordered = (row) => Object.fromEntries(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)));
    const plain = (row) => JSON.stringify([row.nominee, ordered(row.figures), row.base, row.needed, row.verdict]);
    const expected = [...people.keys()].map((nominee) =>
      plain({ nominee, figures: figures[nominee], base, needed: needed(this.rule, base), verdict: found[nominee] }),
    );
    const told = outcomes.map(plain);
    const wrong = [...people.keys()].find((_key, n) => told[n] !== expected[n]);
    if (wrong) throw new Bad(`kết quả của ${people.get(wrong)} trái với số phiếu: đúng ra ${WORDS[found[wrong]]}`);
    if (told.length !== expected.length) throw new Bad("kết quả có người thừa");
    this.outcome = Object.fromEntries([...people].map(([key, name]) => [name, found[key]]));
    this.state = "counted";
    const row = (key) =>
      Object.entries(SHEETS[this.kind]).map(([choice, label]) => `${label} ${figures[key][choice]}`).join(", ");
    this.said = [...people].map(([key, name]) => `${name}: ${row(key)}; ${WORDS[found[key]]}`);
  }

  verdicts(figures, base, seats) {
    const least = needed(this.rule, base);
    const each = (judge) => Object.fromEntries(Object.entries(figures).map(([key, row]) => [key, judge(row)]));
    if (this.kind === "election") {
      const votes = Object.values(figures).map((row) => row.for);
      return each((row) => {
        const ahead = votes.filter((n) => n > row.for && n >= least).length;
        if (row.for < least || ahead >= seats) return "not_elected";
        return ahead + votes.filter((n) => n === row.for).length > seats ? "tied" : "elected";
      });
    }
    if (this.kind === "rating") {
      const second = needed(this.terms.second_rule.value, base);
      return each((row) => (row.low >= second ? "dismissal_proposed" : row.low >= least ? "may_resign" : "kept"));
    }
    if (this.kind === "confidence") return each((row) => (row.distrust >= least ? "distrusted" : "kept"));
    return each((row) => (row.for >= least ? "passed" : "not_passed"));
  }
}

function votesCast(said) {
  this.be("open");
  this.cast(said.votes, said.channel);
}

function whileClosed() {
  this.be("closed");
}

// What each entry of the record does to a poll.
const ACTS = {
  "poll-prepared"(said) {
    this.move("prepared", "new");
    this.question = said.question;
    const before = this.all.get(said.corrects);
    if (before && before.state !== "declared") throw new Bad("cuộc biểu quyết lại sửa một cuộc chưa công bố");
  },
  "tellers-named"() {
    this.be("prepared");
  },
  async "poll-opened"(said) {
    this.move("open", "prepared");
    if ((await sha256(said.frozen)) !== said.hash || said.frozen.poll !== this.name)
      throw new Bad("mã của những gì đã chốt khi mở không khớp với nội dung");
    this.frozen = said.frozen;
    this.terms = said.frozen.terms;
    this.question = said.frozen.question;
    this.rule = said.frozen.rule;
    [this.kind, this.method, this.isRehearsal] = said.frozen.kind;
    this.secrecy = said.frozen.secrecy || "";
    this.frozenHash = said.hash;
    if (Boolean(this.secrecy) !== Boolean(this.box)) throw new Bad("hòm phiếu kín không được ghi lúc chuẩn bị");
    const several = this.terms.questions || [];
    this.isJoint = several.length > 0;
    this.asked = several.map((one) => ({ question: one.question, name: one.rule.key, rule: one.rule }));
    if (!this.isJoint) this.asked = [{ question: this.question, name: this.rule, rule: this.terms.rule }];
    this.lines = said.entitled;
    const parts = ["roll", "votes", "presence", ...(this.secrecy ? ["ballots"] : [])];
    if (!this.published || !hasKeys(this.published, parts))
      throw new Bad("tệp thiếu danh sách biểu quyết của cuộc này");
    const { votes, presence, ballots = [] } = this.published;
    if (this.isCancelled && (votes.length || presence || ballots.length)) throw new Bad("tệp công bố phiếu của một cuộc đã hủy");
    await this.checkRoll();
    this.checkTerms(said.present);
  },
  "box-prepared"(said) {
    this.be("prepared");
    this.box = new Box(said);
  },
  "key-registered"(said) {
    this.be("prepared");
    this.box.register(said);
  },
  async "box-opened"(said) {
    this.be("open");
    await this.box.open(said, this);
  },
  "casting-started"(said) {
    this.be("open");
    if (said.handed_out > this.lines) throw new Bad("số phiếu đã phát nhiều hơn số đại biểu");
  },
  "key-published"(said) {
    if (!["closed", "counted", "declared"].includes(this.state))
      throw new Bad("khóa mở phiếu được công bố trước khi kết thúc");
    this.box.publish(said);
  },
  "votes-cast": votesCast,
  "vote-entered": votesCast,
  "stepped-out"(said) {
    this.be("open");
    if (this.sealed.has(said.line)) throw new Bad("đại biểu đã biểu quyết lại được ghi là không tham gia");
    this.steppedOut.add(this.line(said.line));
  },
  "stepped-in"(said) {
    this.be("open");
    this.steppedOut.delete(this.line(said.line));
  },
  async "poll-closed"(said) {
    this.move("closed", "open");
    if (said.total !== this.lines)
      throw new Bad(`danh sách có ${this.lines} đại biểu, mục kết thúc ghi ${said.total}`);
    this.present = said.present;
    this.presence = said.presence;
    const atOnce = this.kind === "named" && this.method === "tablet";
    if (atOnce !== ("result" in said || "results" in said))
      throw new Bad("kết quả phải có ngay khi kết thúc một cuộc công khai trên máy, và chỉ khi đó");
    if (this.isCancelled) return;
    if (this.box) await this.box.close(said, this.published.ballots);
    if (atOnce) await this.countTablets(this.isJoint ? said.results : [said.result]);
  },
  "count-entered": whileClosed,
  "count-returned": whileClosed,
  async "count-confirmed"(said) {
    this.move("counted", "closed");
    if (this.kind === "named" && this.method === "tablet") throw new Bad("cuộc trên máy không do Ban kiểm phiếu đếm");
    if (this.isCancelled) return;
    if (this.kind === "named") {
      this.cast(said.votes, said.channel);
      await this.countHands(said.count, said.result);
    } else {
      if (this.box) await this.box.count(said.count, said.keys);
      this.countSheets(said.count, said.outcomes);
    }
  },
  "result-declared"(said) {
    this.move("declared", "counted");
    if (this.kind === "named") {
      if (!same(said.passed, this.isJoint ? this.passed : this.passed[0])) throw new Bad("kết quả công bố trái với số phiếu");
    } else if (!hasKeys(said.verdicts, Object.keys(this.outcome)) || Object.keys(said.verdicts).some((name) => said.verdicts[name] !== this.outcome[name]))
      throw new Bad("kết quả công bố trái với số phiếu của từng người");
  },
  "objection-made"(said) {
    if (!["closed", "counted", "declared"].includes(this.state) || this.objections.has(said.objection))
      throw new Bad("ý kiến phản đối chỉ có sau khi kết thúc, mỗi ý kiến một lần");
    this.line(said.line);
    this.objections.set(said.objection, "");
  },
  "objection-answered"(said) {
    if (this.objections.get(said.objection) !== "") throw new Bad("ý kiến phản đối được trả lời hai lần");
    this.objections.set(said.objection, said.state);
  },
  "poll-cancelled"(said) {
    if (!["prepared", "open", "closed", "counted"].includes(this.state))
      throw new Bad("không hủy được cuộc biểu quyết đã công bố");
    this.state = "cancelled";
    this.said = [`Đã hủy: ${said.reason}`];
  },
};
