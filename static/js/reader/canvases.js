// What is kept drawn: at most three canvases, of one paper or of two together, none over 5.2 million pixels. A page without a canvas shows
// the server's small picture of it, so that fast scrolling shows something and costs little; while pages fly by, none is drawn.

export const KEPT = 3;
export const PIXELS = 5_200_000; // 21 MB a canvas

const REST = 250; // ms that a page stands before its large picture is fetched too
const FLYING = 2.5; // CSS pixels a ms: nobody reads at that speed, and nothing is drawn
const LANDED = 120; // ms without a move

/** Hold a pane's viewer to its budget. `mayKeep(pane)` tells how many canvases it may have now. */
export function keepFew(pane, mayKeep) {
  const kept = () => mayKeep?.(pane) ?? KEPT;
  const { viewer, eventBus } = pane;
  const queue = viewer.renderingQueue;
  const isFlying = watchSpeed(pane);
  const spent = new Set(); // pages whose decoded pictures could not be let go yet: they were being drawn
  const next = queue.getHighestPriority.bind(queue);

  // The pages that may be drawn, the most visible first; and the one that may be drawn sharper where one looks.
  function wanted(visible) {
    const shown = visible.views.map((one) => one.id);
    const isClose = kept() > 1 && visible.views.some((one) => one.view.detailView);
    const pages = shown.slice(0, isClose ? kept() - 1 : kept());
    const [first, last] = [visible.first?.id ?? 1, visible.last?.id ?? 1];
    if (!isClose) {
      for (const id of viewer.scroll.down ? [last + 1, first - 1] : [first - 1, last + 1]) {
        if (pages.length < kept() && id >= 1 && id <= viewer.pagesCount) pages.push(id);
      }
    }
    return { pages, close: isClose ? shown[0] : 0 };
  }

  function trim(visible = viewer._getVisiblePages()) {
    const { pages, close } = wanted(visible);
    for (let i = 0; i < viewer.pagesCount; i++) {
      const view = viewer.getPageView(i);
      if (!view.canvas && !view.detailView) continue;
      if (!pages.includes(view.id)) {
        view.destroy();
        if (view.pdfPage) spent.add(view.pdfPage);
      }
      else if (view.detailView?.canvas && view.id !== close) view.detailView.reset();
    }
    for (const page of spent) if (page.cleanup() || pages.includes(page.pageNumber)) spent.delete(page);
    return { pages, close };
  }

  // pdf.js asks what to draw next: nothing beyond the budget
  queue.getHighestPriority = (visible, ...rest) => {
    const { pages, close } = trim(visible);
    if (isFlying()) return null;
    const view = next(visible, ...rest);
    if (!view) return null;
    return (view.pageView ? view.id === close : pages.includes(view.id)) ? view : null;
  };
  eventBus.on("pagerendered", () => trim());
  showPictures(pane, isFlying);
  return { trim: () => viewer.pagesCount && trim() };
}

/** Whether pages fly by; once they stand, the viewer is asked to draw. */
function watchSpeed({ viewer, desk, signal }) {
  let [at, top, flying, timer] = [0, 0, false, 0];
  const land = () => {
    flying = false;
    viewer.update();
  };
  desk.addEventListener(
    "scroll",
    () => {
      const now = performance.now();
      const passed = now - at;
      // one long jump is no flight: its page is wanted at once
      flying = passed < 150 && Math.abs(desk.scrollTop - top) / Math.max(passed, 1) > FLYING;
      [at, top] = [now, desk.scrollTop];
      clearTimeout(timer);
      if (flying) timer = setTimeout(land, LANDED);
    },
    { passive: true, signal },
  );
  signal.addEventListener("abort", () => clearTimeout(timer));
  return () => flying;
}

/**
 * Put the server's picture under a visible page until the page itself is drawn: the small one, after a rest the large
 * one. While the next page is not drawn, its large picture and that of the one after it lie ahead, so that a turn is
 * never later than a picture.
 */
function showPictures(pane, isFlying) {
  const { viewer, eventBus } = pane;
  const large = new Set(); // pages whose large picture lies here
  let timer;

  const pictureOf = (view) => view.div.querySelector(":scope > .page-picture");
  const isBare = (view) => !view.div.querySelector("canvas");

  function lay(view, picture) {
    picture.className = "page-picture";
    picture.alt = "";
    picture.addEventListener("error", () => picture.remove());
    if (picture.complete && picture.src && !picture.naturalWidth) return; // there was none
    pictureOf(view)?.remove();
    view.div.prepend(picture);
    keepThroughReset(view, pictureOf);
  }

  function put(view, url) {
    const there = pictureOf(view);
    if (there?.src.endsWith(url)) return;
    const picture = there ?? new Image();
    picture.src = url;
    if (!there) lay(view, picture);
  }

  function putLarge(view) {
    put(view, pane.imageUrl(view.id));
    large.add(view.id);
  }

  function look() {
    clearTimeout(timer);
    if (!viewer.pagesCount) return;
    const bare = viewer._getVisiblePages().views.filter(({ id, view }) => isBare(view) && pane.hasPicture(id));
    for (const { view } of bare) if (!pictureOf(view)) put(view, pane.thumbUrl(view.id));
    timer = setTimeout(rest, REST);
  }

  function rest() {
    const shown = viewer._getVisiblePages().views.map((one) => one.id);
    if (!shown.length) return;
    const [first, last] = [Math.min(...shown), Math.max(...shown)];
    const next = pane.page(Math.min(last + 1, viewer.pagesCount));
    // a restricted paper's pictures are made anew for each reader: none of it comes ahead
    const ahead = isBare(next) && !("restricted" in pane.desk.dataset) ? [last + 1, last + 2] : [];
    for (const id of [...shown, ...ahead]) {
      const view = id <= viewer.pagesCount && pane.hasPicture(id) && pane.page(id);
      if (view && isBare(view)) putLarge(view);
    }
    for (const id of large) {
      if (id >= first - 2 && id <= last + 2) continue;
      pictureOf(pane.page(id))?.remove(); // in sight again it begins with its small one
      large.delete(id);
    }
  }

  pane.first.taken = (pictures) => {
    for (const [id, picture] of pictures) {
      lay(pane.page(id), picture);
      large.add(id);
    }
    look();
  };
  eventBus.on("updateviewarea", look);
  eventBus.on("pagechanging", () => isFlying() || rest()); // one who leafs on does not wait for a rest
  eventBus.on("pagerendered", ({ source }) => source.div && pictureOf(source)?.remove());
  pane.signal.addEventListener("abort", () => clearTimeout(timer));
}

/** pdf.js empties a page whenever it learns something new about it; a page that is not drawn keeps its picture. */
function keepThroughReset(view, pictureOf) {
  if (Object.hasOwn(view, "reset")) return;
  const { reset } = view;
  view.reset = (...how) => {
    const picture = pictureOf(view);
    reset.apply(view, how);
    if (picture && !view.canvas) view.div.prepend(picture);
  };
}
