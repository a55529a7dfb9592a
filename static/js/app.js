// Behaviour for every page: each module binds itself by data- attributes, and again after an htmx swap.
import "./htmx-setup.js";
import "./toast.js";
import "./dialog.js";
import "./confirm.js";
import "./submit.js";
import "./textsize.js";
import "./menu.js";
import "./tabs.js";
import "./filedrop.js";
import "./clipboard.js";
import "./keys.js";
import "./print.js";
import "./secret/leaving.js";

document.documentElement.dataset.js = "";
