/* Patterns and facility symbols; the map and its legend draw them with the same functions. */

const INK = "#1d2a3a";
const SUPPLY = "#12467b";
const FREE = "#009e73";
const PICKED = "#c2185b";

const UP = [[-2, 10, 10, -2], [-2, 2, 2, -2], [6, 10, 10, 6]];
const PATTERNS = {
  /** No number: quiet dots. */
  dots: (pen) => pen.fillRect(3, 3, 1.5, 1.5),
  /** Contested: dark lines with a pale casing, so that they show on the darkest class too. */
  contested: (pen) => {
    pen.strokeStyle = "rgba(255,255,255,0.8)";
    pen.lineWidth = 2.6;
    strokeAlong(pen, UP);
    pen.strokeStyle = INK;
    pen.lineWidth = 1.1;
    strokeAlong(pen, UP);
  },
  /** Not there yet. */
  level: (pen) => strokeAlong(pen, [[0, 2, 8, 2], [0, 6, 8, 6]]),
  /** Not known. */
  cross: (pen) => strokeAlong(pen, [...UP, [-2, -2, 10, 10]]),
};

const patterns = {};

/** Canvas pixels a CSS pixel: more for paper. */
function sharpness() {
  return document.body.classList.contains("on-paper") ? 3 : window.devicePixelRatio || 1;
}

/** One of the patterns above, made once for each sharpness. */
function pattern(context, kind) {
  const sharp = Math.ceil(sharpness());
  const name = `${kind} ${sharp}`;
  if (!patterns[name]) {
    const tile = el("canvas", { width: 8 * sharp, height: 8 * sharp });
    const pen = tile.getContext("2d");
    pen.scale(sharp, sharp);
    pen.strokeStyle = "#98a3b1";
    pen.fillStyle = "#98a3b1";
    PATTERNS[kind](pen);
    patterns[name] = context.createPattern(tile, "repeat");
    patterns[name].setTransform(new DOMMatrix([1 / sharp, 0, 0, 1 / sharp, 0, 0]));
  }
  return patterns[name];
}

function strokeAlong(pen, lines) {
  pen.beginPath();
  for (const [x0, y0, x1, y1] of lines) {
    pen.moveTo(x0, y0);
    pen.lineTo(x1, y1);
  }
  pen.stroke();
}

const CORNERS = {
  kindergarten_class: [[-1, -1], [1, -1], [1, 1], [-1, 1]],
  home_based: [[0, -1.2], [1.15, 0.9], [-1.15, 0.9]],
  employer_run: [[0, -1.3], [1.3, 0], [0, 1.3], [-1.3, 0]],
  community_embedded: [[0, -1.25], [1.2, -0.35], [0.75, 1.05], [-0.75, 1.05], [-1.2, -0.35]],
};

/** Trace a facility's outline: its shape tells its type. */
function traceSymbol(pen, type, x, y, size) {
  pen.beginPath();
  const corners = CORNERS[type];
  if (!corners) {
    pen.arc(x, y, size, 0, 2 * Math.PI);
    return;
  }
  corners.forEach(([dx, dy], at) => {
    if (at === 0) pen.moveTo(x + dx * size, y + dy * size);
    else pen.lineTo(x + dx * size, y + dy * size);
  });
  pen.closePath();
}

/**
 * Draw one facility: filled if it counts, with a green rim if slots are free; hollow if it runs but
 * does not count, dashed if it is being built or planned, crossed if it is closed.
 */
function drawSymbol(pen, look, x, y, size) {
  pen.save();
  traceSymbol(pen, look.type, x, y, size);
  pen.fillStyle = look.counted ? SUPPLY : "#ffffff";
  pen.strokeStyle = look.counted ? "#ffffff" : SUPPLY;
  if (look.status === "building" || look.status === "planned") {
    pen.strokeStyle = "#ffffff";
    pen.lineWidth = 4;
    pen.stroke();
    pen.setLineDash(look.status === "building" ? [4, 2] : [1.5, 2]);
    pen.strokeStyle = SUPPLY;
  }
  if (look.status === "closed") pen.strokeStyle = "#7b8794";
  pen.fill();
  pen.lineWidth = look.counted ? 1 : 1.6;
  pen.stroke();
  pen.setLineDash([]);
  if (look.type === "comprehensive_centre") {
    traceSymbol(pen, look.type, x, y, size * 0.45);
    pen.strokeStyle = look.counted ? "#ffffff" : SUPPLY;
    pen.stroke();
  }
  if (look.status === "closed" || look.type === "early_education") {
    const far = size * 0.7;
    strokeAlong(pen, [[x - far, y - far, x + far, y + far], [x - far, y + far, x + far, y - far]]);
  }
  if (look.free) {
    const rim = size < 4 ? 1.5 : 2.5;
    traceSymbol(pen, look.type, x, y, size + rim);
    pen.strokeStyle = FREE;
    pen.lineWidth = rim;
    pen.stroke();
  }
  pen.restore();
}

function lookOf(row) {
  return {
    type: facilities.type(row),
    status: facilities.status(row),
    counted: facilities.counted_slots(row) > 0,
    free: facilities.unused_slots(row) > 0,
  };
}

/** A small picture for the legend. */
function picture(draw) {
  const made = el("canvas", { width: 44, height: 32, "aria-hidden": "true", class: "swatch" });
  const pen = made.getContext("2d");
  pen.scale(2, 2);
  draw(pen);
  return made;
}

/** The legend's picture of a class: its fill, pattern and rim. */
function swatch(one) {
  return picture((pen) => {
    pen.fillStyle = one.fill;
    pen.fillRect(1, 1, 20, 14);
    if (one.pattern) {
      pen.fillStyle = pattern(pen, one.pattern);
      pen.fillRect(1, 1, 20, 14);
    }
    pen.strokeStyle = "#5f6b7a";
    pen.strokeRect(1, 1, 20, 14);
  });
}
