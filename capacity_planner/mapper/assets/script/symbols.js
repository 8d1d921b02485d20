/* Patterns and facility symbols; the map and its legend draw them with the same functions. */

const INK = "#1d2a3a";
const SUPPLY = "#12467b";
const FREE = "#009e73";

const patterns = {};

/** A repeating pattern: "dots" (no number), "hatch" (contested), "cross" (not known). */
function pattern(context, kind) {
  if (!patterns[kind]) {
    const tile = document.createElement("canvas");
    tile.width = 8;
    tile.height = 8;
    const pen = tile.getContext("2d");
    pen.strokeStyle = kind === "hatch" ? INK : "#98a3b1";
    pen.fillStyle = "#98a3b1";
    pen.lineWidth = 1;
    if (kind === "dots") pen.fillRect(3, 3, 1.5, 1.5);
    if (kind !== "dots") strokeAlong(pen, [[-2, 10, 10, -2], [-2, 2, 2, -2], [6, 10, 10, 6]]);
    if (kind === "cross") strokeAlong(pen, [[-2, -2, 10, 10]]);
    patterns[kind] = context.createPattern(tile, "repeat");
  }
  return patterns[kind];
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
    traceSymbol(pen, look.type, x, y, size + 2.5);
    pen.strokeStyle = FREE;
    pen.lineWidth = 2.5;
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
