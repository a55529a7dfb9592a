// The sheet of a secret vote on a tablet, drawn from the manifest alone: what is shown is what was frozen and hashed.
// Every choice has the same size and weight, none is marked beforehand; a choice lives in this page's memory only.
import { ballotKeys } from "../ballot-keys.js";

const say = {
  most: (n) => `Chọn tối đa ${n} người`,
  chosen: (n, of) => `Đã chọn ${n}/${of}`,
  marked: (n, of) => `Đã cho ý kiến về ${n}/${of} người`,
  keys: "Bàn phím: bấm số để chọn, Enter để bỏ phiếu.",
  full: (n) => `Chỉ chọn được tối đa ${n} người. Muốn chọn người khác, mời bỏ chọn một người trước.`,
};

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "class") made.className = value;
    else if (value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}

const numbered = (nominee) => {
  const words = element("span", {}, element("b", {}, element("span", { class: "num" }, nominee.key), `. ${nominee.name}`));
  if (nominee.note) words.append(element("small", {}, nominee.note));
  return words;
};

export class Sheet {
  /** Draw the sheet of a manifest into `place`; `onCast(choice, { isBlank, left })` is called by its one button. */
  constructor(place, manifest, onCast) {
    const { nominees, choices, seats } = manifest.sheet;
    this.place = place;
    this.isElection = manifest.kind === "election";
    this.most = this.isElection ? Math.min(seats, nominees.length) : nominees.length;
    this.count = element("p", { class: "ss-count", role: "status" });
    this.fault = element("p", { class: "ss-fault", role: "alert" });
    const list = this.isElection ? this.people(nominees) : this.questions(nominees, choices);
    const clear = element("button", { class: "btn", type: "button" }, "Xóa lựa chọn");
    const cast = element("button", { class: "btn btn--act btn--xl", type: "button", "data-secret-cast": true }, "Bỏ phiếu");
    clear.addEventListener("click", () => this.clear());
    cast.addEventListener("click", () => onCast(this.choice(), { isBlank: this.chosen() === 0, left: nominees.length - this.chosen() }));
    const keys = element("p", { class: "keys-hint" }, say.keys);
    const foot = element("div", { class: "ss-foot" }, this.count, this.fault, element("div", { class: "ss-acts" }, clear, cast), keys);
    place.replaceChildren(list, foot);
    this.stopKeys = ballotKeys({ groups: () => this.groups(), send: () => cast.click() });
    place.addEventListener("change", (this.listener = (e) => this.changed(e.target)));
    this.tell();
  }

  people(nominees) {
    const lines = nominees.map((nominee) =>
      element("li", {}, element("label", { class: "ss-one" }, element("input", { type: "checkbox", value: nominee.key, autocomplete: "off" }), numbered(nominee))));
    return element("fieldset", { class: "ss-list" }, element("legend", {}, say.most(this.most)), element("ol", {}, ...lines));
  }

  questions(nominees, choices) {
    const group = (nominee) => {
      const buttons = choices.map((choice) =>
        element("label", { class: "ss-one" }, element("input", { type: "radio", name: `nominee-${nominee.key}`, value: choice.key, autocomplete: "off" }), element("span", {}, element("b", {}, choice.label))));
      return element("fieldset", { class: "ss-group" }, element("legend", {}, numbered(nominee)), element("div", { class: "ss-choices" }, ...buttons));
    };
    return element("div", { class: "ss-list" }, ...nominees.map(group));
  }

  groups() {
    return [...this.place.querySelectorAll("fieldset")].map((group) => [...group.querySelectorAll("input")]);
  }

  inputs() {
    return [...this.place.querySelectorAll("input")];
  }

  chosen() {
    return this.inputs().filter((input) => input.checked).length;
  }

  /** The choice as a ballot writes it: the nominees' keys of an election, else {nominee's key: choice}. */
  choice() {
    const marked = this.inputs().filter((input) => input.checked);
    if (this.isElection) return marked.map((input) => input.value).sort();
    return Object.fromEntries(marked.map((input) => [input.name.slice("nominee-".length), input.value]));
  }

  changed(input) {
    this.fault.textContent = "";
    if (this.isElection && this.chosen() > this.most) {
      input.checked = false;
      this.fault.textContent = say.full(this.most);
    }
    this.tell();
  }

  clear() {
    for (const input of this.inputs()) input.checked = false;
    this.fault.textContent = "";
    this.tell();
  }

  tell() {
    this.count.textContent = (this.isElection ? say.chosen : say.marked)(this.chosen(), this.most);
  }

  /** Nothing of the choice stays in the page: no mark, no count, no name. */
  remove() {
    this.stopKeys();
    this.clear();
    this.place.removeEventListener("change", this.listener);
    this.place.replaceChildren();
  }
}
