/* The map: what is drawn in which order, what a pointer or the keyboard picks. */

let map = null;
let canvas = null;

const ZONES_FROM_ZOOM = 12.5;
const SMALL_BELOW_ZOOM = 11;
const PICK_PIXELS = 12;

const ReviewCanvas = L.Renderer.extend({
  options: { padding: 0.15 },
  _initContainer() {
    this._container = document.createElement("canvas");
    this._layers = {};
  },
  _destroyContainer() {
    this._container.remove();
    delete this._container;
  },
  _updatePaths() {},
  /** Leaflet would shift the canvas by parts of a pixel here, which blurs it; draw() puts it in place. */
  _reset() {
    this._update();
  },
  _update() {
    if (this._map._animatingZoom && this._bounds) return;
    L.Renderer.prototype._update.call(this);
    this.draw();
  },
  draw() {
    const density = sharpness();
    const size = this._bounds.getSize();
    const box = this._container;
    L.DomUtil.setPosition(box, this._bounds.min);
    box.width = Math.round(size.x * density);
    box.height = Math.round(size.y * density);
    box.style.width = `${size.x}px`;
    box.style.height = `${size.y}px`;
    const pen = box.getContext("2d");
    pen.scale(density, density);
    const origin = this._map.getPixelOrigin();
    const bounds = { min: this._bounds.min.add(origin), max: this._bounds.max.add(origin) };
    drawMap(canvasView(pen, bounds, this._map.getZoom(), this._map));
  },
});

function at(view, place) {
  const point = map.project(place, map.getZoom());
  return [point.x - view.left, point.y - view.top];
}

function drawMap(view) {
  const { pen } = view;
  pen.lineJoin = "round";
  drawGround(view);
  if (state.level === "townships") {
    drawTownships(view);
    if (map.getZoom() >= ZONES_FROM_ZOOM) drawZoneOutlines(view);
  } else {
    drawZones(view);
  }
  drawTownshipLines(view);
  if (state.overlays.areas) drawAreas(view);
  drawSelected(view);
  const served = linksShown();
  drawLinks(view, served);
  clearBoard();
  drawFacilities(view);
  drawProposals(view);
  drawLinkNumbers(view, served);
  drawSheetNumbers(view);
  if (state.overlays.names) drawNames(view);
  drawSlotNumbers(view);
}

function drawGround(view) {
  const { pen } = view;
  for (const shape of [boundary, townships.shape].filter(Boolean)) {
    for (let row = 0; row + 1 < shape.ringFrom.length; row += 1) {
      if (shape === townships.shape && !townships.outlined(row)) continue;
      trace(view, shape, row);
      pen.fillStyle = "#f0f3f6";
      if (!data.base_map) pen.fill("evenodd");
      pen.strokeStyle = "#44546a";
      pen.lineWidth = 2;
      if (shape === boundary) pen.stroke();
    }
  }
}

function drawTownships(view) {
  view.pen.strokeStyle = "transparent"; // their lines follow, dashed where they are schematic
  fillRows(view, townships.shape, themeNow(), townships, keptSet());
}

function drawZones(view) {
  view.pen.strokeStyle = "#4a5666";
  view.pen.lineWidth = 0.7;
  fillRows(view, zones.shape, themeNow(), zones, keptSet());
}

function drawZoneOutlines(view) {
  view.pen.strokeStyle = "rgba(40,54,72,0.55)";
  view.pen.lineWidth = 0.7;
  strokeRows(view, zones.shape, zones.n);
}

/** Whether a township has a shape on the map now: a disc stands for it among townships only. */
function townshipShown(row) {
  return townships.outlined(row) || state.level === "townships";
}

/** Township lines: dashed where they are schematic, so that nobody takes them for boundaries. */
function drawTownshipLines(view) {
  const { pen } = view;
  for (let row = 0; row < townships.n; row += 1) {
    if (!townshipShown(row) || !inView(view, townships.shape.boxes, row)) continue;
    trace(view, townships.shape, row);
    pen.setLineDash(townships.schematic(row) ? [5, 4] : []);
    pen.strokeStyle = "#6b7888";
    pen.lineWidth = 1.1;
    pen.stroke();
  }
  pen.setLineDash([]);
}

function symbolSize(row) {
  const size = 4 + Math.sqrt(Math.max(0, facilities.slots(row))) * 0.35;
  return Math.min(10, size) * (map.getZoom() < SMALL_BELOW_ZOOM ? 0.62 : 1);
}

function facilityShown(row) {
  if (!facilities.points[row]) return false;
  const pipeline = ["building", "planned"].includes(facilities.status(row));
  return pipeline ? state.overlays.pipeline : state.overlays.facilities;
}

function drawFacilities(view) {
  for (let row = 0; row < facilities.n; row += 1) {
    if (!facilityShown(row)) continue;
    const [x, y] = at(view, facilities.points[row]);
    drawSymbol(view.pen, lookOf(row), x, y, symbolSize(row));
    reserve(x, y, symbolSize(row) + 2);
  }
}

/** Whether a facility has a reach on the map. */
function hasArea(row) {
  return Boolean(facilities.points[row]) && facilities.counted_slots(row) > 0;
}

/** Whether a counted facility is near a zone that needs slots: what it lacks is then not for want of reach. */
function isReached(row) {
  return zones.attributed(row) + zones.in_reach(row) > 0;
}

/** The reach of the counted facilities: a circle each where distance is straight; where people walk
    along streets no circle is true, so the zones within reach are outlined instead. */
function drawAreas(view) {
  view.pen.fillStyle = "rgba(18,70,123,0.04)";
  view.pen.strokeStyle = "rgba(18,70,123,0.75)";
  if (data.straight) drawCircles(view);
  else drawReached(view);
}

function drawCircles(view) {
  const { pen } = view;
  pen.lineWidth = 1.3;
  for (let row = 0; row < facilities.n; row += 1) {
    if (!hasArea(row)) continue;
    const [lat, lon] = facilities.points[row];
    const [x, y] = at(view, [lat, lon]);
    const [, north] = at(view, [lat + data.radius_m / 111195, lon]);
    pen.beginPath();
    pen.arc(x, y, y - north, 0, 2 * Math.PI);
    pen.fill();
    pen.stroke();
  }
}

function drawReached(view) {
  view.pen.lineWidth = 2.6;
  for (let row = 0; row < zones.n; row += 1) {
    if (!isReached(row) || !inView(view, zones.shape.boxes, row)) continue;
    trace(view, zones.shape, row);
    view.pen.stroke();
  }
}

function drawSelected(view) {
  if (!state.selected || !TABLES[state.selected.kind].shape) return;
  const { kind, at: row } = state.selected;
  const { pen } = view;
  trace(view, TABLES[kind].shape, row);
  pen.strokeStyle = "#ffffff";
  pen.lineWidth = 6;
  pen.stroke();
  pen.strokeStyle = PICKED;
  pen.lineWidth = 3;
  pen.stroke();
}

/** The links of what is selected, facility to zone, as far as both have a place. */
function linksShown() {
  if (!["zone", "facility"].includes(state.selected?.kind)) return [];
  return links.of(state.selected.kind, state.selected.at).filter((link) => facilities.points[link.facility]);
}

function drawLinks(view, served) {
  const { pen } = view;
  pen.strokeStyle = PICKED;
  for (const link of served) {
    pen.lineWidth = Math.min(7, 1.5 + link.slots / 8);
    strokeAlong(pen, [[...at(view, facilities.points[link.facility]), ...at(view, zones.points[link.zone])]]);
  }
  if (state.selected?.kind !== "facility" || !facilities.points[state.selected.at]) return;
  const [x, y] = at(view, facilities.points[state.selected.at]);
  traceSymbol(pen, "", x, y, symbolSize(state.selected.at) + 6);
  pen.lineWidth = 3;
  pen.stroke();
}

/** Spots for a link's number, towards the zone's end, where links lie apart. */
function linkSpots(x0, y0, x1, y1) {
  return [0.7, 0.85, 1, 0.55].map((part) => [x0 + (x1 - x0) * part, y0 + (y1 - y0) * part]);
}

/** How many slots each link carries. */
function drawLinkNumbers(view, served) {
  for (const link of served) {
    const [x0, y0] = at(view, facilities.points[link.facility]);
    const [x1, y1] = at(view, zones.points[link.zone]);
    placeWord(view.pen, String(link.slots), linkSpots(x0, y0, x1, y1), { bold: true, colour: "#9c1048", insist: true });
  }
}

/** What lies at a place on the screen: a site or a facility first, then a zone, then a township. */
function pick(point) {
  let best = pickProposal(point);
  for (let row = 0; row < facilities.n; row += 1) {
    if (!facilityShown(row)) continue;
    const far = map.latLngToContainerPoint(facilities.points[row]).distanceTo(point);
    if (far <= PICK_PIXELS && (!best || far < best.far)) best = { kind: "facility", at: row, far };
  }
  if (best) return best;
  const plane = map.project(map.containerPointToLatLng(point), 0);
  if (state.level === "zones" || map.getZoom() >= ZONES_FROM_ZOOM) {
    const zone = rowAt(zones.shape, plane.x, plane.y);
    if (zone >= 0) return { kind: "zone", at: zone };
  }
  const township = rowAt(townships.shape, plane.x, plane.y);
  return township >= 0 && isCounty && townshipShown(township) ? { kind: "township", at: township } : null;
}

function redraw() {
  canvas.draw();
  drawScale();
}

function tellTip(event) {
  const tip = byId("tip");
  const found = event && pick(event.containerPoint);
  tip.hidden = !found;
  if (!found) return;
  const table = TABLES[found.kind];
  const detail =
    found.kind === "proposal"
      ? proposalTip(found.at)
    : found.kind === "facility"
      ? say("page.tip_facility", { slots: table.slots(found.at), free: table.unused_slots(found.at) })
      : table.required(found.at)
        ? say("page.tip_gap", { shortfall: table.shortfall(found.at), required: table.required(found.at) })
        : say("page.class.no_number");
  tip.replaceChildren(own(nameOf(found.kind, found.at)), el("span", null, detail));
  tip.style.left = `${Math.min(event.containerPoint.x + 14, map.getSize().x - 190)}px`;
  tip.style.top = `${Math.min(event.containerPoint.y + 14, map.getSize().y - 60)}px`;
}

/** With the map in focus: Enter picks what lies at its middle, where a cross then stands. */
function mapKeys(event) {
  if (event.key !== "Enter" || event.target !== map.getContainer()) return;
  event.preventDefault();
  choose(pick(map.getSize().divideBy(2)));
}

let picking = false;

/** Select what was picked on the map itself, which then stays where it is. */
function choose(found) {
  picking = true;
  if (found) select(found.kind, found.at);
  else select(null);
  picking = false;
}

function addBaseMap() {
  const base = data.base_map;
  byId("map-source").textContent = base
    ? [base.attribution, base.approval ? say("page.approval", { number: base.approval }) : say("page.approval_missing")].join(" · ")
    : "";
  if (!base || map.hasBase) return;
  map.hasBase = true;
  for (const address of base.layers) {
    L.tileLayer(address, { subdomains: base.subdomains, zoomOffset: base.zoom_offset, maxZoom: 18 }).addTo(map);
  }
}

function startMap(made) {
  map = made;
  Object.assign(map.options, { minZoom: 3, maxZoom: 18.5 });
  for (const shape of [boundary, townships.shape, zones.shape]) if (shape) project(map, shape);
  canvas = new ReviewCanvas();
  fitAll();
  canvas.addTo(map);
  map.on("zoom move", drawScale);
  map.on("click", (event) => choose(pick(event.containerPoint)));
  map.on("mousemove", tellTip);
  map.on("mouseout", () => tellTip(null));
  const box = map.getContainer();
  box.setAttribute("role", "application");
  box.addEventListener("keydown", mapKeys);
  box.addEventListener("focus", () => (byId("crosshair").hidden = !box.matches(":focus-visible")));
  box.addEventListener("blur", () => (byId("crosshair").hidden = true));
  byId("zoom-in").addEventListener("click", () => map.zoomIn(1));
  byId("zoom-out").addEventListener("click", () => map.zoomOut(1));
  byId("zoom-all").addEventListener("click", fitAll);
  new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(byId("map-frame"));
  watch((changed) => {
    if (changed.has("selected") && state.selected && !picking) showOnMap(state.selected.kind, state.selected.at);
    redraw();
  });
}
