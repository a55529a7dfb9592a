// Everything that can be checked of a record, in the browser of who wants to know (docs/record.md).
import { Bad, checkKnownHead, checkSignatures, keyOf, read, sha256, walk } from "./chain.js";
import { recount } from "./polls.js";

// `bytes` is the export as an ArrayBuffer; `head` a head seen earlier, `mine` the code of one's own vote, or "".
// Gives { bad, entries, hidden, polls, head, said }; `bad` is the first fault or null.
export async function check(bytes, { head = "", mine = "" } = {}) {
  const report = { bad: null, entries: 0, hidden: 0, polls: [], head: null, about: null, said: [] };
  try {
    const told = read(bytes);
    report.entries = told.entries.length;
    const shown = await walk(told);
    report.hidden = report.entries - shown.length;
    report.head = told.head;
    report.about = told.about;
    const key = await keyOf(told, shown);
    report.polls = await recount(told, shown);
    const faults = report.polls.filter((poll) => poll.fault).map((poll) => poll.fault);
    if (faults.length) throw faults.reduce((a, b) => ((b.seq ?? 0) < (a.seq ?? 0) ? b : a));
    await checkSignatures(told, key);
    if (head) report.said.push(`Đầu sổ đã biết (mục ${await checkKnownHead(told, key, head)}) có trong lịch sử này.`);
    if (mine) report.said.push(await checkMine(report.polls, mine));
  } catch (error) {
    report.bad = error instanceof Bad ? error : new Bad(`Tệp không đúng mẫu (${error.message}).`);
  }
  return report;
}

async function checkMine(polls, words) {
  const parts = words.slice(words.lastIndexOf("phieu=") + (words.includes("phieu=") ? 6 : 1)).trim().split(".");
  if (parts.length !== 5 || !/^\d{1,6}$/.test(parts[1]) || !/^\d{1,6}$/.test(parts[2]))
    throw new Bad("Mã phiếu của tôi không đúng mẫu.");
  const [name, line, number, choice, salt] = [parts[0], Number(parts[1]), Number(parts[2]), parts[3], parts[4]];
  const poll = polls.find((one) => one.name === name);
  if (!poll) throw new Bad("Cuộc biểu quyết của phiếu này chưa được công bố trong sổ.");
  const seal = poll.sealed.get(line);
  if (seal?.number !== number || seal.commitment !== (await sha256({ choice, line, number, poll: name, salt })))
    throw new Bad(`Phiếu này không phải là phiếu được tính ở dòng ${line} của cuộc “${poll.question}”.`);
  const label = (one) => poll.terms.labels?.[one]?.value || "Không chọn";
  const said = choice.split(",").map(label).join("; ");
  return `Phiếu của tôi (dòng ${line}: ${said}) được tính đúng trong cuộc “${poll.question}”.`;
}
