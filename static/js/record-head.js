// A tablet remembers the last head of the session's record that it has seen: number, hash and the public key, nothing
// else. It follows the chain from there and refuses, in words, a history that is older or another one.
import { hashes, isSigned, remember, remembered } from "./record/known.js";
import { liveRoom } from "./live.js";

const SOON_MS = 2000; // a hall of tablets does not ask in the same moment
const LATER_MS = 20000;
const room = liveRoom();
const alarm = document.querySelector("[data-record-alarm]");

const WORDS = {
  older: (known) => `Máy chủ đưa ra sổ ghi cũ hơn: máy này đã thấy mục ${known.seq}, sổ bây giờ không có mục đó.`,
  other: (known) => `Lịch sử đã bị viết lại: mục ${known.seq} khác với mục mà máy này đã thấy.`,
  broken: () => "Các mục mới không nối tiếp mục mà máy này đã thấy.",
  key: () => "Sổ ghi của kỳ họp này được ký bằng một khóa khác với trước.",
  signature: () => "Đầu sổ không có chữ ký đúng của kỳ họp.",
};

function refuse(reason, known) {
  if (!alarm) return;
  alarm.querySelector("[data-record-words]").textContent = WORDS[reason](known);
  alarm.hidden = false;
}

// Why a head is refused that the server gives now, or "". `way` is the answer of so-ghi/chuoi.json.
async function fault(known, way) {
  const { head } = way;
  if (head.key !== known.key) return "key";
  if (!(await isSigned(head))) return "signature";
  if (way.hash === null) return "older";
  if (way.hash !== known.hash) return "other";
  if (head.seq !== known.seq + way.links.length) return "broken";
  if (!globalThis.crypto?.subtle) return "";
  return (await hashes(way)).get(head.seq) === head.hash ? "" : "broken";
}

async function follow(head) {
  const known = remembered(head.chain);
  if (!known) {
    if (await isSigned(head)) remember(head);
    else refuse("signature", head);
    return;
  }
  if (known.key !== head.key) return refuse("key", known);
  if (known.seq === head.seq) {
    if (known.hash !== head.hash) refuse("other", known);
    return;
  }
  let way;
  try {
    const answer = await fetch(`${head.links}?tu=${known.seq}`, { cache: "no-store", redirect: "manual" });
    if (!answer.ok) return; // asked again at the next change
    way = await answer.json();
  } catch {
    return;
  }
  const reason = await fault(known, way);
  if (reason) return refuse(reason, known);
  alarm.hidden = true;
  remember(way.head);
}

let timer = null;
function soon(longest) {
  timer ??= setTimeout(() => {
    timer = null;
    if (room.facts.record) follow(room.facts.record);
  }, Math.random() * longest);
}

if (room?.facts.record) soon(SOON_MS);
room?.addEventListener("facts", ({ detail: { facts, before } }) => {
  if (facts.record && facts.record.seq !== before.record?.seq) soon(LATER_MS);
});
