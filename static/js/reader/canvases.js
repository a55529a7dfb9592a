// What is kept drawn: at most three canvases of a paper, none over 5.2 million pixels. A page without a canvas shows
// the server's small picture of it, so that fast scrolling shows something and costs little; while pages fly by, none is drawn.

export const KEPT = 3;
export const PIXELS = 5_200_000; // 21 MB a canvas

const REST = 250; // ms that a page stands before its large picture is fetched too
const FLYING = 2.5; // CSS pixels a ms: nobody reads at that speed, and nothing is drawn
const LANDED = 120; // ms without a move

/** Hold a pane's viewer to its budget. `kept()` tells how many canvases it may have now. */
export function keepFew(pane, kept = () => KEPT) {
  const { viewer, eventBus } = pane;
  const queue = viewer.renderingQueue;
  const isFlying = watchSpeed(pane);
  const spent = new Set(); // pages whose decoded pictures could not be let go yet: they were being drawn
  const next = queue.getHighestPriority.bind(queue);

  // The pages that may be drawn, the most visible first; and the one that may be drawn sharper where one looks.
  function wanted(visible) {
    const shown = visible.views.map((one) => one.id);
    const isClose = visible.views.some((one) => one.view.detailView);
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
  showPictures(pane);
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

/** Put the server's picture under a visible page until the page itself is drawn. */
function showPictures(pane) {
  const { viewer, eventBus } = pane;
  let timer;
  const put = (view, url) => {
    let picture = view.div.querySelector(":scope > .page-picture");
    if (!picture) {
      picture = new Image();
      picture.className = "page-picture";
      picture.alt = "";
      picture.addEventListener("error", () => picture.remove());
      view.div.prepend(picture);
    }
    if (!picture.src.endsWith(url)) picture.src = url;
  };
  const look = () => {
    clearTimeout(timer);
    if (!pane.hasPictures || !viewer.pagesCount) return;
    const bare = viewer._getVisiblePages().views.filter(({ view }) => !view.div.querySelector("canvas"));
    for (const { view } of bare) if (!view.div.querySelector(".page-picture")) put(view, pane.thumbUrl(view.id));
    if (bare.length) timer = setTimeout(sharpen, REST);
  };
  const sharpen = () => {
    for (const { view } of viewer._getVisiblePages().views) {
      if (!view.div.querySelector("canvas")) put(view, pane.imageUrl(view.id));
    }
  };
  eventBus.on("pagesinit", look);
  eventBus.on("updateviewarea", look);
  eventBus.on("pagerendered", ({ source }) => source.div?.querySelector(":scope > .page-picture")?.remove());
  pane.signal.addEventListener("abort", () => clearTimeout(timer));
}
