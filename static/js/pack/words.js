// Sizes, times and reasons as people read them.

export function size(bytes) {
  for (const [unit, step] of [["GB", 1024 ** 3], ["MB", 1024 ** 2], ["KB", 1024]]) {
    if (bytes >= step) return `${(bytes / step).toLocaleString("vi-VN", { maximumFractionDigits: 1 })} ${unit}`;
  }
  return `${bytes} byte`;
}

const hall = { timeZone: "Asia/Ho_Chi_Minh", hourCycle: "h23" };
export const clock = (ms) => new Date(ms).toLocaleTimeString("vi-VN", { ...hall, hour: "2-digit", minute: "2-digit" });
export const day = (ms) => new Date(ms).toLocaleDateString("vi-VN", { ...hall, day: "numeric", month: "numeric" });

/** "10:42", or "10:42 ngày 24/11" when it was not today. */
export function when(ms, now = Date.now()) {
  return day(ms) === day(now) ? clock(ms) : `${clock(ms)} ngày ${day(ms)}`;
}

/** Why taking along stopped, in a sentence (take.js: Stopped). */
export function reason(fault) {
  switch (fault.why) {
    case "network":
      return "Mất mạng. Máy sẽ tải tiếp phần còn thiếu khi có mạng.";
    case "signed-out":
      return "Phiên đăng nhập đã hết. Hãy đăng nhập lại, máy sẽ tải tiếp phần còn thiếu.";
    case "over":
      return "Kỳ họp này không còn được mang theo. Bản trên máy đã xóa.";
    case "room":
      return `Máy không đủ chỗ: cần ${size(fault.needed)}, còn ${size(fault.free)}. Hãy xóa bớt ảnh, ứng dụng hoặc bản mang theo cũ rồi thử lại.`;
    case "full":
      return "Máy hết chỗ giữa chừng. Phần đã tải được giữ lại; hãy xóa bớt ảnh hoặc ứng dụng rồi tải tiếp.";
    case "busy":
      return "Một thẻ khác của trình duyệt đang tải kỳ họp này.";
    case "damaged":
      return `${fault.count || 1} tệp tải về không khớp mã kiểm tra nên không được giữ. Hãy thử lại; nếu vẫn vậy, báo văn phòng.`;
    default:
      return "Máy chủ chưa trả lời được. Máy sẽ thử lại.";
  }
}

/** Why this browser cannot keep a copy, in a sentence; empty when it can. */
export function lacks() {
  if (!isSecureContext) {
    return "Trang này mở qua địa chỉ không bảo mật (http), trình duyệt không cho giữ tài liệu để đọc khi mất mạng. Hãy mở địa chỉ bắt đầu bằng https.";
  }
  if (!("serviceWorker" in navigator) || !window.indexedDB || !crypto.subtle) {
    return "Trình duyệt này không giữ được tài liệu để đọc khi mất mạng (cửa sổ riêng tư, hoặc bản quá cũ).";
  }
  return "";
}

/** What an iPad does with what pages keep, which its owner should know. */
export function ipadNote(persisted) {
  const isApple = /iPad|iPhone|Macintosh/.test(navigator.userAgent) && navigator.maxTouchPoints > 1;
  if (!isApple || persisted) return "";
  return "iPad tự xóa dữ liệu của trang không mở trong 7 ngày dùng Safari. Trước kỳ họp hãy mở lại trang này, hoặc thêm trang vào Màn hình chính.";
}
