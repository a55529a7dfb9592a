// Every tablet checks the count of a secret vote: each published ballot has the issuer's token and its own signature,
// no key came twice, the numbers agree, its own ballot is there; and once the keys are out it counts again itself.
import { digestOf, importIssuer, isBallot, openBallot } from "./crypto.js";
import { canonical, hex, sha256, utf8 } from "./codec.js";

/** Faults of a published count in words; none when all is in order. `own` is the digest of this tablet's ballot or "",
 * `list` that of the whole list as every screen and the record tell it. */
export async function faultsIn(published, expected, own, list) {
  const { manifest, ballots } = published;
  const faults = [];
  if (hex(await sha256(utf8(canonical(manifest)))) !== expected) return ["Bảng kê công bố khác bảng kê lúc phát phiếu."];
  const issuer = await importIssuer(manifest);
  const good = await Promise.all(ballots.map((body) => isBallot(manifest, body, issuer)));
  const bad = good.filter((is) => !is).length;
  if (bad) faults.push(`${bad} phiếu không có chữ ký hợp lệ.`);
  if (new Set(ballots.map((body) => body.key)).size !== ballots.length) faults.push("Có phiếu bị tính hai lần.");
  if (ballots.length !== published.cast) faults.push(`Công bố ${ballots.length} phiếu, biên bản ghi ${published.cast} phiếu.`);
  if (published.cast > published.handed_out) faults.push("Số phiếu thu về nhiều hơn số phiếu phát ra.");
  if (published.handed_out > published.present) faults.push("Số phiếu phát ra nhiều hơn số đại biểu có mặt.");
  const digests = await Promise.all(ballots.map(digestOf));
  if (hex(await sha256(utf8(canonical([...digests].sort())))) !== list) faults.push("Danh sách phiếu công bố khác danh sách đã ghi lúc kết thúc.");
  if (own && !digests.includes(own)) faults.push("Không thấy phiếu của máy này trong danh sách công bố.");
  return faults;
}

/** What stands on an opened ballot as {nominee: choice}: {} when blank, null when invalid. */
function read(choice, { kind, sheet }) {
  const nominees = new Set(sheet.nominees.map((nominee) => nominee.key));
  const known = new Set(sheet.choices.map((one) => one.key));
  if (kind === "election") {
    if (!Array.isArray(choice) || choice.length > sheet.seats || new Set(choice).size !== choice.length) return null;
    return choice.every((key) => nominees.has(key)) ? Object.fromEntries(choice.map((key) => [key, "for"])) : null;
  }
  if (!choice || typeof choice !== "object" || Array.isArray(choice)) return null;
  return Object.entries(choice).every(([key, one]) => nominees.has(key) && known.has(one)) ? choice : null;
}

/** Open every published ballot with the published keys and count it. */
export async function recount({ manifest, ballots, keys }) {
  const figures = Object.fromEntries(
    manifest.sheet.nominees.map(({ key }) => [key, Object.fromEntries(manifest.sheet.choices.map((one) => [one.key, 0]))]));
  const count = { valid: 0, blank: 0, invalid: 0, figures };
  for (const body of ballots) {
    const choice = await openBallot(manifest, body, keys).then((opened) => read(opened, manifest), () => null);
    if (choice === null) count.invalid += 1;
    else if (Object.keys(choice).length === 0) count.blank += 1;
    else count.valid += 1;
    for (const [key, one] of Object.entries(choice || {})) figures[key][one] += 1;
  }
  return count;
}

/** Whether our own count of the opened ballots is the declared one. */
export const isSameCount = async (published) => canonical(await recount(published)) === canonical(published.count);
