// A QR code for a sealed code, drawn where the code was made: no server ever sees it. One size is enough for the
// 26 letters and figures: version 2, level Q, mask 0, alphanumeric (ISO/IEC 18004).

const LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
const SIZE = 25;
const DATA = 22; // codewords of data, and as many for mending
const MENDING = 22;
const FORMAT = 0b011010101011111; // level Q, mask 0, with its own mending

function bitsOf(code) {
  let bits = "0010" + code.length.toString(2).padStart(9, "0");
  for (let at = 0; at < code.length; at += 2) {
    const [first, second] = [LETTERS.indexOf(code[at]), LETTERS.indexOf(code[at + 1])];
    bits += at + 1 < code.length ? (first * 45 + second).toString(2).padStart(11, "0") : first.toString(2).padStart(6, "0");
  }
  return bits;
}

function codewordsOf(code) {
  const bits = bitsOf(code) + "0000";
  const words = bits.padEnd(Math.ceil(bits.length / 8) * 8, "0").match(/.{8}/g).map((byte) => parseInt(byte, 2));
  for (let place = 0; words.length < DATA; place++) words.push(place % 2 ? 0x11 : 0xec);
  return words;
}

function times(a, b) {
  let product = 0;
  for (; b; b >>= 1) {
    if (b & 1) product ^= a;
    a = a & 0x80 ? (a << 1) ^ 0x11d : a << 1;
  }
  return product;
}

/** Reed-Solomon: what a reader mends a stained paper with. */
function mending(words) {
  let divisor = [1];
  for (let place = 0, root = 1; place < MENDING; place++, root = times(root, 2)) {
    divisor = [...divisor, 0].map((n, at) => n ^ times(divisor[at - 1] || 0, root));
  }
  const rest = [...words, ...Array(MENDING).fill(0)];
  words.forEach((_, at) => {
    const lead = rest[at];
    divisor.forEach((n, step) => (rest[at + step] ^= times(n, lead)));
  });
  return rest.slice(DATA);
}

/** The squares of the code, row by row: true is dark. */
export function squares(code) {
  const grid = Array.from({ length: SIZE }, () => Array(SIZE).fill(null));
  const set = (row, column, dark) => {
    if (row >= 0 && column >= 0 && row < SIZE && column < SIZE) grid[row][column] = dark;
  };
  for (const [top, left] of [[0, 0], [0, SIZE - 7], [SIZE - 7, 0]]) {
    for (let row = -1; row < 8; row++) {
      for (let column = -1; column < 8; column++) {
        const ring = Math.max(Math.abs(row - 3), Math.abs(column - 3));
        set(top + row, left + column, ring !== 2 && ring !== 4);
      }
    }
  }
  for (let row = -2; row < 3; row++) for (let column = -2; column < 3; column++) set(18 + row, 18 + column, Math.max(Math.abs(row), Math.abs(column)) !== 1);
  for (let at = 8; at < SIZE - 8; at++) grid[6][at] = grid[at][6] = at % 2 === 0;
  format(grid);
  fill(grid, code);
  return grid;
}

function format(grid) {
  const bit = (place) => Boolean((FORMAT >> place) & 1);
  for (let place = 0; place < 15; place++) {
    const down = place < 6 ? place : place < 8 ? place + 1 : SIZE - 15 + place;
    const across = place < 8 ? SIZE - 1 - place : place < 9 ? 7 : 14 - place;
    grid[down][8] = bit(place);
    grid[8][across] = bit(place);
  }
  grid[SIZE - 8][8] = true;
}

function fill(grid, code) {
  const words = codewordsOf(code);
  const bits = [...words, ...mending(words)].map((word) => word.toString(2).padStart(8, "0")).join("");
  let next = 0;
  for (let right = SIZE - 1, up = true; right > 0; right -= 2, up = !up) {
    if (right === 6) right = 5; // the column of the timing
    for (let step = 0; step < SIZE; step++) {
      const row = up ? SIZE - 1 - step : step;
      for (const column of [right, right - 1]) {
        if (grid[row][column] !== null) continue;
        const dark = bits[next++] === "1";
        grid[row][column] = dark !== ((row + column) % 2 === 0);
      }
    }
  }
}

/** The code as an SVG with its quiet margin. */
export function svgOf(code) {
  const path = squares(code).flatMap((row, y) => row.map((dark, x) => (dark ? `M${x + 4} ${y + 4}h1v1h-1z` : ""))).join("");
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", `0 0 ${SIZE + 8} ${SIZE + 8}`);
  svg.setAttribute("class", "tk-qr");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", "Mã QR của mã niêm phong");
  svg.innerHTML = `<rect width="100%" height="100%" fill="#fff"/><path fill="#000" d="${path}"/>`;
  return svg;
}
