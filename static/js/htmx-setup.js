// htmx sends the CSRF token, and says in words when the server could not be reached.
import { csrfToken } from "./on.js";
import { toast } from "./toast.js";

document.addEventListener("htmx:configRequest", (e) => {
  if (e.detail.verb !== "get") e.detail.headers["X-CSRFToken"] = csrfToken();
});

document.addEventListener("htmx:sendError", () => {
  toast("Chưa gửi được: máy không tới được máy chủ. Kiểm tra mạng rồi thử lại.", "bad");
});

document.addEventListener("htmx:responseError", (e) => {
  const words = {
    401: "Phiên làm việc đã hết. Hãy đăng nhập lại.",
    403: "Tài khoản này không có quyền làm việc đó.",
    404: "Không tìm thấy. Có thể mục này đã được chuyển hoặc xóa.",
    413: "Tệp quá lớn.",
    429: "Thử quá nhiều lần. Hãy đợi một lúc rồi thử lại.",
  };
  toast(words[e.detail.xhr.status] || "Có lỗi ở máy chủ. Hãy tải lại trang để xem tình trạng đúng.", "bad");
});
