// Printing from the reader: each page is drawn once at printing size, then the browser's print dialog opens.
import { toast } from "../toast.js";

const DOTS = 150 / 72;

/** Draw every page of `paper` as a picture into `sheet` and print; `says(n)` tells how far it is. */
export async function printPages(paper, sheet, says) {
  const canvas = document.createElement("canvas");
  for (let n = 1; n <= paper.numPages; n++) {
    if (n % 10 === 1) toast(says(n));
    const page = await paper.getPage(n);
    const viewport = page.getViewport({ scale: DOTS });
    canvas.width = viewport.width;
    canvas.height = viewport.height;
    await page.render({ canvas, viewport, intent: "print" }).promise;
    const picture = new Image();
    picture.src = URL.createObjectURL(await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.9)));
    await picture.decode();
    sheet.append(picture);
  }
  canvas.width = canvas.height = 0;
  addEventListener(
    "afterprint",
    () => {
      for (const picture of sheet.children) URL.revokeObjectURL(picture.src);
      sheet.replaceChildren();
    },
    { once: true },
  );
  print();
}
