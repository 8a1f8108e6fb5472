// The composer's rich text: typed as plain text, with formatted pieces that apps and agents insert.
const TAGS = new Set(
  "A B BLOCKQUOTE BR CODE DEL DIV EM H1 H2 H3 H4 HR I LI OL P PRE S SPAN STRONG TABLE TBODY TD TH THEAD TR U UL".split(" "),
);
const BLOCKS = new Set("BLOCKQUOTE DIV H1 H2 H3 H4 HR OL P PRE TABLE UL".split(" "));
const SAFE_LINK = /^(https?:|mailto:)/i;
const KINDS = { public: "publicReply", internal: "internalNote", customer: "publicReply" };

export class Editor {
  constructor(form, hearType) {
    this.form = form;
    if (!form) return;
    const plain = form.querySelector("textarea");
    this.box = document.createElement("div");
    this.box.className = "editor";
    this.box.contentEditable = "plaintext-only";
    const said = { role: "textbox", "aria-multiline": "true", "aria-labelledby": "body-label" };
    for (const [name, value] of Object.entries(said)) this.box.setAttribute(name, value);
    this.box.dataset.placeholder = plain.placeholder;
    plain.replaceWith(this.box);
    form.editor = this;
    form.addEventListener("change", (event) => {
      if (event.target.name === "kind") hearType(this.type());
    });
    document.addEventListener("selectionchange", () => this.remember());
  }

  type() {
    return KINDS[this.form?.elements.kind.value] ?? "publicReply";
  }

  setType(wanted) {
    const kind = Object.keys(KINDS).find((name) => KINDS[name] === wanted);
    if (!kind || !this.form) throw new Error(`"${wanted}" is not a comment type here`);
    const radio = this.form.querySelector(`[name=kind][value=${kind}]`);
    if (radio.checked) return;
    radio.checked = true;
    radio.dispatchEvent(new Event("change", { bubbles: true }));
  }

  /** The draft as HTML; empty when nothing is written. */
  html() {
    return this.box && this.text() ? markup(this.box) : "";
  }

  text() {
    return this.box ? this.box.innerText.replaceAll("\u00a0", " ").trim() : "";
  }

  /** Does the draft hold more than typed text? */
  isRich() {
    return [...this.box.querySelectorAll("*")].some((node) => node.nodeName !== "BR");
  }

  clear() {
    this.box?.replaceChildren();
    this.caret = undefined;
  }

  replace(html) {
    this.clear();
    this.appendHtml(html);
  }

  append(text) {
    this.put(document.createTextNode(String(text ?? "")), this.end());
  }

  appendHtml(html) {
    this.put(clean(String(html ?? "")), this.end());
  }

  /** At the place where the agent wrote last, else at the end. */
  insert(html) {
    this.put(clean(String(html ?? "")), this.caret?.startContainer.isConnected ? this.caret : this.end());
  }

  end() {
    if (!this.box) throw new Error("This ticket takes no comments");
    const range = document.createRange();
    range.selectNodeContents(this.box);
    range.collapse(false);
    return range;
  }

  put(piece, range) {
    const last = piece.lastChild ?? piece;
    range.deleteContents();
    range.insertNode(piece);
    // A line to go on writing beneath a block.
    if (BLOCKS.has(last.nodeName) && !last.nextSibling) last.after(document.createTextNode("\n"));
    this.box.dispatchEvent(new Event("input", { bubbles: true }));
    this.box.scrollTop = this.box.scrollHeight;
  }

  remember() {
    const selection = getSelection();
    if (!selection.rangeCount) return;
    const range = selection.getRangeAt(0);
    if (this.box.contains(range.startContainer)) this.caret = range.cloneRange();
  }
}

/** Only what a comment may hold: no styles, no scripts, no pictures, no foreign links. */
function clean(html) {
  const source = new DOMParser().parseFromString(html, "text/html").body;
  const out = document.createDocumentFragment();
  for (const node of source.childNodes) copy(node, out);
  return out;
}

function copy(node, into) {
  if (node.nodeType === Node.TEXT_NODE) {
    into.append(node.data);
    return;
  }
  if (node.nodeType !== Node.ELEMENT_NODE || ["SCRIPT", "STYLE", "TEMPLATE"].includes(node.nodeName)) return;
  let target = into;
  if (TAGS.has(node.nodeName)) {
    target = document.createElement(node.nodeName);
    const href = node.getAttribute("href");
    if (href && SAFE_LINK.test(href)) target.setAttribute("href", href);
    into.append(target);
  }
  for (const child of node.childNodes) copy(child, target);
}

/** Typed lines become paragraphs between the inserted blocks. */
function markup(box) {
  const out = document.createElement("div");
  let run = null;
  for (const node of box.childNodes) {
    if (BLOCKS.has(node.nodeName)) {
      run = null;
      out.append(node.cloneNode(true));
    } else {
      run ??= out.appendChild(document.createElement("p"));
      if (node.nodeType === Node.TEXT_NODE) addLines(run, node.data);
      else run.append(node.cloneNode(true));
    }
  }
  for (const paragraph of out.querySelectorAll(":scope > p")) if (!paragraph.textContent.trim()) paragraph.remove();
  return out.innerHTML;
}

function addLines(paragraph, text) {
  text.replace(/^\n+|\n+$/g, "").split("\n").forEach((line, index) => {
    if (index) paragraph.append(document.createElement("br"));
    paragraph.append(line);
  });
}
