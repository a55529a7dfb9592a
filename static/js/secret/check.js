// Every tablet checks the count of a secret vote: each published ballot has the issuer's token and its own signature,
// no key came twice, the numbers agree, its own ballot is there; and once the keys are out it counts again itself.
import { digestOf, importIssuer, isBallot } from "./crypto.js";
import { canonical, hex, sha256, utf8 } from "./codec.js";

/** Faults of a published count in words; none when all is in order. `own` is the digest of this tablet's ballot or "". */
export async function faultsIn(published, expected, own) {
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
  if (own) {
    const digests = await Promise.all(ballots.map(digestOf));
    if (!digests.includes(own)) faults.push("Không thấy phiếu của máy này trong danh sách công bố.");
  }
  return faults;
}
