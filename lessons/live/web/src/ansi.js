// What a program prints, as nodes of the page: text, with the colours of a terminal as classes that the page's style knows.

// ECMA-48: a control sequence, of which only "select graphic rendition" (m) means something here; or another escape sequence.
const sequence = /\x1b(?:\[([0-9;:]*)([@-~])|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_])/g;

const flags = { 1: "bold", 2: "dim", 3: "italic", 4: "underline", 7: "inverse", 9: "strike" };
const ends = { 22: ["bold", "dim"], 23: ["italic"], 24: ["underline"], 27: ["inverse"], 29: ["strike"] };

// Pen is the rendition in force, which goes on from one piece of text to the next.
export class Pen {
  constructor() {
    this.reset();
  }

  reset() {
    this.flags = new Set();
    this.fg = this.bg = null;
  }

  copy() {
    return Object.assign(new Pen(), { flags: new Set(this.flags), fg: this.fg, bg: this.bg });
  }

  // write returns the nodes of a text, and changes the pen as the text says.
  write(text) {
    const out = document.createDocumentFragment();
    let at = 0;
    for (const m of text.matchAll(sequence)) {
      out.append(...this.#piece(text.slice(at, m.index)));
      at = m.index + m[0].length;
      if (m[2] === "m") this.#select((m[1] || "0").split(/[;:]/).map(Number));
    }
    out.append(...this.#piece(text.slice(at)));
    return out;
  }

  #piece(text) {
    if (!text) return [];
    if (!this.flags.size && this.fg === null && this.bg === null) return [text];
    const span = document.createElement("span");
    span.textContent = text;
    for (const f of this.flags) span.classList.add("ansi-" + f);
    for (const [colour, name, property] of [[this.fg, "ansi-fg-", "color"], [this.bg, "ansi-bg-", "backgroundColor"]]) {
      if (typeof colour === "number") span.classList.add(name + colour);
      else if (colour) span.style[property] = colour;
    }
    return [span];
  }

  #select(codes) {
    for (let i = 0; i < codes.length; i++) {
      const c = codes[i];
      if (c === 0) this.reset();
      else if (flags[c]) this.flags.add(flags[c]);
      else if (ends[c]) ends[c].forEach((f) => this.flags.delete(f));
      else if (c >= 30 && c <= 37) this.fg = c - 30;
      else if (c >= 40 && c <= 47) this.bg = c - 40;
      else if (c >= 90 && c <= 97) this.fg = c - 82;
      else if (c >= 100 && c <= 107) this.bg = c - 92;
      else if (c === 39) this.fg = null;
      else if (c === 49) this.bg = null;
      else if (c === 38 || c === 48) {
        const [colour, used] = wide(codes.slice(i + 1));
        this[c === 38 ? "fg" : "bg"] = colour;
        i += used;
      }
    }
  }
}

// wide reads a colour of 256, or of red, green and blue, and says how many codes it took.
function wide(codes) {
  if (codes[0] === 2) return [`rgb(${codes.slice(1, 4).map((v) => v & 255).join(", ")})`, 4];
  const n = codes[1] & 255;
  if (n < 16) return [n, 2];
  if (n > 231) return [`rgb(${Array(3).fill(8 + 10 * (n - 232)).join(", ")})`, 2];
  const level = (v) => (v ? 55 + 40 * v : 0);
  const cube = n - 16;
  return [`rgb(${level(Math.floor(cube / 36))}, ${level(Math.floor(cube / 6) % 6)}, ${level(cube % 6)})`, 2];
}

// overwrite applies what moves back in a line: a carriage return to its beginning, a backspace by one.
export function overwrite(line) {
  if (!/[\r\b]/.test(line)) return line;
  let out = [], at = 0;
  for (const c of line) {
    if (c === "\r") at = 0;
    else if (c === "\b") at = Math.max(0, at - 1);
    else out[at++] = c;
  }
  return out.join("");
}
