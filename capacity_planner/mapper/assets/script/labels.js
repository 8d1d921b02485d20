/* Words on the map. Each tries some spots around its point and takes the first that is clear of the
   facility symbols and of the words already there; one that finds none is left out, unless it matters
   more than the symbols beneath. */

const board = { words: [], symbols: [] };

function clearBoard() {
  board.words = [];
  board.symbols = [];
}

/** Keep words off a symbol. */
function reserve(x, y, half) {
  board.symbols.push([x, y, half, half]);
}

function meets(boxes, [x, y, halfWidth, halfHeight]) {
  return boxes.some(([ox, oy, ow, oh]) => Math.abs(ox - x) < ow + halfWidth && Math.abs(oy - y) < oh + halfHeight);
}

function setFont(pen, { bold = false, size = 13 }) {
  pen.font = `${bold ? "600 " : ""}${size}px "Noto Sans CJK SC","Noto Sans SC","Microsoft YaHei","PingFang SC",sans-serif`;
}

/** Text with a pale rim, so that it reads on any ground. */
function write(pen, text, x, y, { colour = INK } = {}) {
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.lineJoin = "round";
  pen.lineWidth = 3;
  pen.strokeStyle = "rgba(255,255,255,0.9)";
  pen.strokeText(text, x, y);
  pen.fillStyle = colour;
  pen.fillText(text, x, y);
}

/** Write a word at the first spot that is free; `insist` lets it lie on symbols, never on words. */
function placeWord(pen, text, spots, style = {}) {
  setFont(pen, style);
  const halfWidth = pen.measureText(text).width / 2 + 2;
  const halfHeight = (style.size ?? 13) * 0.6;
  const boxes = spots.map(([x, y]) => [x, y, halfWidth, halfHeight]).filter((box) => !meets(board.words, box));
  const free = boxes.find((box) => !meets(board.symbols, box)) ?? (style.insist ? boxes[0] : undefined);
  if (!free) return;
  board.words.push(free);
  write(pen, text, free[0], free[1], style);
}

const NAME_STEPS = [
  [0, 0], [0, -13], [0, 13], [-16, 0], [16, 0], [0, -24], [0, 24], [-16, -13], [16, -13], [-16, 13], [16, 13],
  [-30, 0], [30, 0], [0, -36], [0, 36],
];

/** Below this a disc is so small that its name would hide those around it. */
const NAMED_DISC_PIXELS = 16;

/** Spots for a township's name: within its outline, or beneath and above the disc that stands for it. */
function nameSpots(view, row) {
  const [x, y] = at(view, townships.points[row]);
  if (!townships.outlined(row)) return [1, -1].map((side) => [x, y + side * (discHalf(view, row) + 9)]);
  const within = ([sx, sy]) => holds(townships.shape, row, (sx + view.left) / view.scale, (sy + view.top) / view.scale);
  return NAME_STEPS.map(([dx, dy]) => [x + dx, y + dy]).filter((spot, step) => step === 0 || within(spot));
}

function discHalf(view, row) {
  const { boxes } = townships.shape;
  return ((boxes[row * 4 + 2] - boxes[row * 4]) / 2) * view.scale;
}

/** Township names, the neediest first; those of small discs only where they cover nothing. */
function drawNames(view) {
  const byNeed = Array.from({ length: townships.n }, (_, row) => row).filter((row) => townships.points[row]);
  byNeed.sort((a, b) => townships.required(b) - townships.required(a));
  if (state.level === "townships") {
    for (const row of byNeed) if (!townships.outlined(row)) reserve(...at(view, townships.points[row]), discHalf(view, row));
  }
  const style = { bold: state.level === "townships", size: map.getZoom() < 10.5 ? 12 : 13 };
  for (const row of byNeed) {
    const name = [...nameOf("township", row)].slice(0, 12).join("");
    const insist = townships.outlined(row) || discHalf(view, row) * 2 >= NAMED_DISC_PIXELS;
    placeWord(view.pen, name, nameSpots(view, row), { ...style, insist });
  }
}

const SLOTS_FROM_ZOOM = 14.5;

/** From near, a facility says its slots and how many of them are free. */
function drawSlotNumbers(view) {
  if (map.getZoom() < SLOTS_FROM_ZOOM) return;
  for (let row = 0; row < facilities.n; row += 1) {
    if (!facilityShown(row)) continue;
    const [x, y] = at(view, facilities.points[row]);
    const free = facilities.unused_slots(row);
    const text = free > 0 ? say("page.map_slots_free", { slots: facilities.slots(row), free }) : `${facilities.slots(row)}`;
    const away = symbolSize(row) + 11;
    const aside = away + text.length * 3;
    placeWord(view.pen, text, [[x, y + away], [x, y - away], [x + aside, y], [x - aside, y]], { size: 11, colour: SUPPLY });
  }
}

const SHEET_STEPS = [[0, 0], [0, -9], [0, 9], [-9, 0], [9, 0], [-9, -8], [9, -8], [-9, 8], [9, 8]];

/** On paper each zone bears its number in the table, where there is room for it. */
function drawSheetNumbers(view) {
  if (!document.body.classList.contains("on-paper") || state.level !== "zones") return;
  const { boxes } = zones.shape;
  sortedRows().forEach((row, place) => {
    const wide = (boxes[row * 4 + 2] - boxes[row * 4]) * view.scale;
    if (wide < 12 || !inView(view, boxes, row)) return;
    const [px, py] = innerPoint(zones.shape, row);
    const [x, y] = [px * view.scale - view.left, py * view.scale - view.top];
    placeWord(view.pen, String(place + 1), SHEET_STEPS.map(([dx, dy]) => [x + dx, y + dy]), { size: 8.5, insist: true });
  });
}

/** A point of the plane inside a row: the middle of the widest piece of the line across its middle. */
function innerPoint(shape, row) {
  const { plane, boxes, cornerFrom, ringFrom } = shape;
  const y = (boxes[row * 4 + 1] + boxes[row * 4 + 3]) / 2;
  const cuts = [];
  for (let ring = ringFrom[row]; ring < ringFrom[row + 1]; ring += 1) {
    const from = cornerFrom[ring] * 2;
    const to = cornerFrom[ring + 1] * 2;
    for (let at = from, last = to - 2; at < to; last = at, at += 2) {
      if (plane[at + 1] > y === plane[last + 1] > y) continue;
      cuts.push(((plane[last] - plane[at]) * (y - plane[at + 1])) / (plane[last + 1] - plane[at + 1]) + plane[at]);
    }
  }
  cuts.sort((a, b) => a - b);
  let best = [boxes[row * 4], boxes[row * 4 + 2]];
  for (let cut = 0; cut + 1 < cuts.length; cut += 2) {
    if (cut === 0 || cuts[cut + 1] - cuts[cut] > best[1] - best[0]) best = [cuts[cut], cuts[cut + 1]];
  }
  return [(best[0] + best[1]) / 2, y];
}
