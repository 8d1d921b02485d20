/* One canvas for the whole map. Leaflet keeps it in place while the map moves (L.Renderer); what it
   shows is drawn anew after each move, from coordinates that were projected once. */

/** Give a shape its corners in the map's own plane, and each row its box there. */
function project(map, shape) {
  const { places, cornerFrom, ringFrom } = shape;
  const plane = new Float64Array(places.length);
  for (let at = 0; at < places.length; at += 2) {
    const point = map.project([places[at + 1], places[at]], 0);
    plane[at] = point.x;
    plane[at + 1] = point.y;
  }
  const boxes = new Float64Array((ringFrom.length - 1) * 4);
  for (let row = 0; row + 1 < ringFrom.length; row += 1) {
    let [west, north, east, south] = [Infinity, Infinity, -Infinity, -Infinity];
    const from = cornerFrom[ringFrom[row]] * 2;
    const to = cornerFrom[ringFrom[row + 1]] * 2;
    for (let at = from; at < to; at += 2) {
      west = Math.min(west, plane[at]);
      east = Math.max(east, plane[at]);
      north = Math.min(north, plane[at + 1]);
      south = Math.max(south, plane[at + 1]);
    }
    boxes.set([west, north, east, south], row * 4);
  }
  Object.assign(shape, { plane, boxes });
}

/** What is being drawn on: the pen, the scale and offset from the plane, the view in the plane. */
function canvasView(pen, bounds, zoom, map) {
  const scale = map.getZoomScale(zoom, 0);
  return {
    pen,
    scale,
    left: bounds.min.x,
    top: bounds.min.y,
    west: bounds.min.x / scale,
    north: bounds.min.y / scale,
    east: bounds.max.x / scale,
    south: bounds.max.y / scale,
  };
}

function inView(view, boxes, row) {
  const at = row * 4;
  return (
    boxes[at] <= view.east && boxes[at + 2] >= view.west && boxes[at + 1] <= view.south && boxes[at + 3] >= view.north
  );
}

/** Trace one row of a shape on the pen. */
function trace(view, shape, row) {
  const { plane, cornerFrom, ringFrom } = shape;
  const { pen, scale, left, top } = view;
  pen.beginPath();
  for (let ring = ringFrom[row]; ring < ringFrom[row + 1]; ring += 1) {
    const from = cornerFrom[ring] * 2;
    const to = cornerFrom[ring + 1] * 2;
    pen.moveTo(plane[from] * scale - left, plane[from + 1] * scale - top);
    for (let at = from + 2; at < to; at += 2) {
      pen.lineTo(plane[at] * scale - left, plane[at + 1] * scale - top);
    }
    pen.closePath();
  }
}

/** Whether a point of the plane lies in a row: the even-odd rule over its rings. */
function holds(shape, row, x, y) {
  const { plane, cornerFrom, ringFrom } = shape;
  let inside = false;
  for (let ring = ringFrom[row]; ring < ringFrom[row + 1]; ring += 1) {
    const from = cornerFrom[ring] * 2;
    const to = cornerFrom[ring + 1] * 2;
    for (let at = from, before = to - 2; at < to; before = at, at += 2) {
      const crosses = plane[at + 1] > y !== plane[before + 1] > y;
      const where =
        ((plane[before] - plane[at]) * (y - plane[at + 1])) / (plane[before + 1] - plane[at + 1]) + plane[at];
      if (crosses && x < where) inside = !inside;
    }
  }
  return inside;
}

/** The last row (drawn on top) that holds a point of the plane, or -1. */
function rowAt(shape, x, y) {
  for (let row = shape.ringFrom.length - 2; row >= 0; row -= 1) {
    const at = row * 4;
    const { boxes } = shape;
    const near = boxes[at] <= x && boxes[at + 2] >= x && boxes[at + 1] <= y && boxes[at + 3] >= y;
    if (near && holds(shape, row, x, y)) return row;
  }
  return -1;
}

const SPECK_PIXELS = 2.5;

/** Fill every row in view by its class, those too small for an outline as specks on top; rows that the
    filters leave out are pale. */
function fillRows(view, shape, theme, table, kept) {
  const { pen } = view;
  const full = data.base_map ? 0.65 : 1;
  const specks = [];
  for (let row = 0; row < table.n; row += 1) {
    if (!inView(view, shape.boxes, row)) continue;
    const look = theme.classes[theme.of(table, row)];
    pen.globalAlpha = kept === null || kept.has(row) ? full : 0.12;
    const box = row * 4;
    const wide = (shape.boxes[box + 2] - shape.boxes[box]) * view.scale;
    if (wide < SPECK_PIXELS) {
      specks.push([look.fill, pen.globalAlpha, shape.boxes[box] * view.scale - view.left, shape.boxes[box + 1] * view.scale - view.top]);
      continue;
    }
    trace(view, shape, row);
    pen.fillStyle = look.fill;
    pen.fill("evenodd");
    if (look.pattern) {
      pen.fillStyle = pattern(pen, look.pattern);
      pen.fill("evenodd");
    }
    if (state.overlays.contested && wide > 5 && contested(table, row)) {
      pen.fillStyle = pattern(pen, "contested");
      pen.fill("evenodd");
    }
    if (wide > 4) pen.stroke();
  }
  for (const [fill, alpha, x, y] of specks) {
    pen.globalAlpha = alpha;
    pen.fillStyle = fill === "#ffffff" ? "#c9d2dc" : fill;
    pen.fillRect(x, y, SPECK_PIXELS, SPECK_PIXELS);
  }
  pen.globalAlpha = 1;
}

function strokeRows(view, shape, n) {
  for (let row = 0; row < n; row += 1) {
    if (!inView(view, shape.boxes, row)) continue;
    trace(view, shape, row);
    view.pen.stroke();
  }
}
