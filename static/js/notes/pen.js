// The pen: a finger, a stylus or a mouse draws on the page; the page does not scroll meanwhile.
import { pathOf } from "./format.js";
import { turned } from "./layer.js";

const NEAR = 2; // thousandths of the page: nearer points say nothing
const MOST = 6000; // points of one drawing
const TOGETHER = 2500; // ms: strokes that follow each other are one drawing

/** `done(page, strokes)` is called when a drawing is finished. Gives a switch. */
export function bindPen(reader, layer, colour, done) {
  let isOn = false;
  let stroke = null;
  let ink = { page: 0, strokes: [] };
  let timer;

  const pages = () => reader.desk.querySelectorAll(".page");
  const mark = () => {
    for (const page of pages()) {
      page.classList.toggle("is-drawing", isOn);
      if (isOn) layer.over(Number(page.dataset.pageNumber));
    }
  };
  reader.eventBus.on("pagerendered", mark, { signal: reader.signal });

  const finish = () => {
    clearTimeout(timer);
    if (ink.strokes.length) done(ink.page, ink.strokes);
    ink = { page: 0, strokes: [] };
  };

  const point = (e, frame) => {
    const x = Math.min(Math.max(((e.clientX - frame.left) / frame.width) * 1000, 0), 1000);
    const y = Math.min(Math.max(((e.clientY - frame.top) / frame.height) * 1000, 0), 1000);
    return turned([x, y], (360 - layer.angle) % 360);
  };

  reader.desk.addEventListener("pointerdown", (e) => {
    const over = isOn && e.isPrimary && e.button === 0 && e.target.closest(".page.is-drawing > .n-layer");
    if (!over || e.target.closest(".n-flag")) return;
    e.preventDefault();
    clearTimeout(timer);
    const page = Number(over.dataset.page);
    if (ink.page && ink.page !== page) finish();
    ink.page = page;
    over.setPointerCapture(e.pointerId);
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 1000 1000");
    svg.setAttribute("preserveAspectRatio", "none");
    svg.dataset.colour = colour();
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    svg.append(path);
    over.append(svg);
    stroke = { id: e.pointerId, over, path, frame: over.getBoundingClientRect(), points: [] };
    add(e);
  }, { signal: reader.signal });

  function add(e) {
    for (const one of e.getCoalescedEvents?.().length ? e.getCoalescedEvents() : [e]) {
      const [x, y] = point(one, stroke.frame).map(Math.round);
      const last = stroke.points.at(-1);
      if (!last || Math.hypot(x - last[0], y - last[1]) >= NEAR) stroke.points.push([x, y]);
    }
    stroke.path.setAttribute("d", pathOf(stroke.points.map((p) => turned(p, layer.angle))));
  }

  reader.desk.addEventListener("pointermove", (e) => {
    if (stroke?.id !== e.pointerId) return;
    e.preventDefault();
    add(e);
  }, { signal: reader.signal });

  const lift = (e) => {
    if (stroke?.id !== e.pointerId) return;
    const [x, y] = stroke.points[0];
    if (stroke.points.length === 1) stroke.points.push([Math.min(x + 1, 1000), y]); // a dot
    ink.strokes.push(stroke.points);
    stroke = null;
    if (ink.strokes.reduce((n, one) => n + one.length, 0) > MOST) finish();
    else timer = setTimeout(finish, TOGETHER);
  };
  reader.desk.addEventListener("pointerup", lift, { signal: reader.signal });
  reader.desk.addEventListener("pointercancel", lift, { signal: reader.signal });

  return {
    get isOn() {
      return isOn;
    },
    toggle(want = !isOn) {
      isOn = want;
      if (!isOn) finish();
      mark();
    },
  };
}
