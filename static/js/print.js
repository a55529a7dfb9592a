// [data-print] opens the browser's print dialog.
import { on } from "./on.js";

on("click", "[data-print]", () => window.print());
