// <nav class="tabs" data-tabs> of links to #panels on the same page. Without JavaScript all panels show, one after another.
import { each } from "./on.js";

each("[data-tabs]", (nav) => {
  const links = [...nav.querySelectorAll('a[href^="#"]')];
  const panels = links.map((link) => document.getElementById(link.hash.slice(1)));
  nav.setAttribute("role", "tablist");

  const choose = (n, focus = false) => {
    links.forEach((link, i) => {
      link.setAttribute("aria-selected", String(i === n));
      link.tabIndex = i === n ? 0 : -1;
      if (panels[i]) panels[i].hidden = i !== n;
    });
    if (focus) links[n].focus();
  };

  links.forEach((link, i) => {
    link.setAttribute("role", "tab");
    link.setAttribute("aria-controls", link.hash.slice(1));
    panels[i]?.setAttribute("role", "tabpanel");
    link.addEventListener("click", (e) => {
      e.preventDefault();
      choose(i);
      history.replaceState(null, "", link.hash);
    });
    link.addEventListener("keydown", (e) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
      if (!step) return;
      e.preventDefault();
      choose((i + step + links.length) % links.length, true);
    });
  });
  choose(Math.max(0, links.findIndex((link) => link.hash === location.hash)));
});
