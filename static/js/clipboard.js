// <button data-copy="text"> or data-copy-from="#id" puts words on the clipboard.
import { on } from "./on.js";
import { toast } from "./toast.js";

on("click", "[data-copy], [data-copy-from]", async (e, button) => {
  e.preventDefault();
  const from = button.dataset.copyFrom ? document.querySelector(button.dataset.copyFrom) : null;
  const text = button.dataset.copy || from?.value || from?.textContent.trim() || "";
  try {
    await navigator.clipboard.writeText(text);
    toast("Đã chép.");
  } catch {
    toast("Trình duyệt không cho chép. Hãy chọn chữ rồi chép bằng tay.", "warn");
  }
});
