/* The map: what is drawn in which order, what a pointer or the keyboard picks. */

let map = null;
let canvas = null;

const ZONES_FROM_ZOOM = 12.5;
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
  _update() {
    if (this._map._animatingZoom && this._bounds) return;
    L.Renderer.prototype._update.call(this);
    this.draw();
  },
  /** Draw everything; `density` is canvas pixels a CSS pixel (more for paper). */
  draw() {
    const density = document.body.classList.contains("on-paper") ? 3 : window.devicePixelRatio || 1;
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
  drawFacilities(view);
  drawProposals(view);
  if (state.overlays.names) drawNames(view);
  drawLinks(view);
}

function drawGround(view) {
  const { pen } = view;
  for (const shape of [boundary, townships.shape].filter(Boolean)) {
    for (let row = 0; row + 1 < shape.ringFrom.length; row += 1) {
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
  view.pen.strokeStyle = "#6b7888";
  view.pen.lineWidth = 0.6;
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

/** Township lines: dashed where they are schematic, so that nobody takes them for boundaries. */
function drawTownshipLines(view) {
  const { pen } = view;
  for (let row = 0; row < townships.n; row += 1) {
    if (!inView(view, townships.shape.boxes, row)) continue;
    trace(view, townships.shape, row);
    const schematic = townships.data_status(row) !== "real";
    pen.setLineDash(schematic ? [5, 4] : []);
    pen.strokeStyle = "#6b7888";
    pen.lineWidth = 1.1;
    pen.stroke();
  }
  pen.setLineDash([]);
}

function drawNames(view) {
  const taken = [];
  const byNeed = Array.from({ length: townships.n }, (_, row) => row).filter((row) => townships.points[row]);
  byNeed.sort((a, b) => townships.required(b) - townships.required(a));
  for (const row of byNeed) {
    const [x, y] = at(view, townships.points[row]);
    const name = [...nameOf("township", row)].slice(0, 12).join("");
    const half = name.length * 6.5 + 3;
    if (taken.some(([tx, ty, th]) => Math.abs(tx - x) < th + half && Math.abs(ty - y) < 17)) continue;
    taken.push([x, y, half]);
    write(view.pen, name, x, y, { bold: state.level === "townships" });
  }
}

function symbolSize(row) {
  const size = 4 + Math.sqrt(Math.max(0, facilities.slots(row))) * 0.35;
  return Math.min(10, size) * (map.getZoom() < 11 ? 0.75 : 1);
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
    if (map.getZoom() >= 14.5) {
      const free = facilities.unused_slots(row);
      const text = free > 0 ? say("page.map_slots_free", { slots: facilities.slots(row), free }) : `${facilities.slots(row)}`;
      write(view.pen, text, x, y + symbolSize(row) + 10, { size: 11, colour: SUPPLY });
    }
  }
}

/** The reach of each counted facility: a circle only where distance is straight. */
function drawAreas(view) {
  if (!data.straight) return;
  const { pen } = view;
  for (let row = 0; row < facilities.n; row += 1) {
    if (!facilities.points[row] || !facilities.counted_slots(row)) continue;
    const [lat, lon] = facilities.points[row];
    const [x, y] = at(view, [lat, lon]);
    const [, north] = at(view, [lat + data.radius_m / 111195, lon]);
    pen.beginPath();
    pen.arc(x, y, y - north, 0, 2 * Math.PI);
    pen.fillStyle = "rgba(18,70,123,0.04)";
    pen.fill();
    pen.strokeStyle = "rgba(18,70,123,0.75)";
    pen.lineWidth = 1.3;
    pen.stroke();
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
  pen.strokeStyle = "#c2185b";
  pen.lineWidth = 3;
  pen.stroke();
}

/** The links of what is selected: who gives how many slots to whom. */
function drawLinks(view) {
  if (!state.selected) return;
  const { kind, at: row } = state.selected;
  const { pen } = view;
  if (kind === "facility" && facilities.points[row]) {
    const [x, y] = at(view, facilities.points[row]);
    traceSymbol(pen, "", x, y, symbolSize(row) + 5);
    pen.strokeStyle = "#c2185b";
    pen.lineWidth = 3;
    pen.stroke();
  }
  if (kind !== "zone" && kind !== "facility") return;
  for (const link of links.of(kind, row)) {
    if (!facilities.points[link.facility]) continue;
    const [x0, y0] = at(view, facilities.points[link.facility]);
    const [x1, y1] = at(view, zones.points[link.zone]);
    pen.strokeStyle = "#c2185b";
    pen.lineWidth = Math.min(7, 1.5 + link.slots / 8);
    strokeAlong(pen, [[x0, y0, x1, y1]]);
    write(pen, String(link.slots), (x0 + x1) / 2, (y0 + y1) / 2, { bold: true, colour: "#9c1048" });
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
  return township >= 0 && isCounty ? { kind: "township", at: township } : null;
}

function redraw() {
  canvas.draw();
  drawScale();
}

/** Show a row whole, without moving more than needed. */
function showOnMap(kind, row) {
  if (!TABLES[kind].shape) {
    const point = TABLES[kind].points[row];
    if (point) map.setView(point, Math.max(map.getZoom(), 14), { animate: false });
    return;
  }
  const box = boundsOf(TABLES[kind].shape, row);
  if (!box) return;
  const whole = map.getBounds().pad(-0.1).contains(box);
  const wide = map.latLngToContainerPoint(box.getNorthEast()).x - map.latLngToContainerPoint(box.getSouthWest()).x;
  if (!whole || wide < 24) map.fitBounds(box, { maxZoom: kind === "zone" ? 15.5 : 13, padding: [60, 60], animate: false });
}

function boundsOf(shape, row) {
  const from = shape.cornerFrom[shape.ringFrom[row]] * 2;
  const to = shape.cornerFrom[shape.ringFrom[row + 1]] * 2;
  const box = L.latLngBounds([]);
  for (let step = from; step < to; step += 2) box.extend([shape.places[step + 1], shape.places[step]]);
  return box.isValid() ? box : null;
}

/** Everything that the page maps. */
function wholeBounds() {
  const box = L.latLngBounds([]);
  for (const shape of [boundary, townships.shape, zones.shape]) {
    for (let step = 0; shape && step < shape.places.length; step += 2) {
      box.extend([shape.places[step + 1], shape.places[step]]);
    }
  }
  for (const point of box.isValid() ? [] : facilities.points) if (point) box.extend(point);
  return box.isValid() ? box : L.latLngBounds([[-60, -170], [75, 170]]);
}

/** Room that the boxes over the map take away on either side, where the map is wide enough. */
function room() {
  const wide = map.getSize().x;
  if (document.body.classList.contains("on-paper")) return { padding: [12, 12] };
  const side = (id) => (wide > 800 && byId(id).offsetHeight > 150 ? byId(id).offsetWidth + 12 : 0);
  return { paddingTopLeft: [14 + side("legend"), 14], paddingBottomRight: [14 + side("layers"), 14] };
}

function fitAll() {
  map.fitBounds(wholeBounds(), { ...room(), animate: false });
}

/** Where a page opens: a county whole, a township where its zones with a requirement are. */
function fitFirst() {
  const box = L.latLngBounds([]);
  for (let row = 0; !isCounty && row < zones.n; row += 1) {
    const own_ = zones.required(row) ? boundsOf(zones.shape, row) : null;
    if (own_) box.extend(own_);
  }
  map.invalidateSize({ animate: false, pan: false });
  map.fitBounds(box.isValid() ? box : wholeBounds(), { ...room(), animate: false });
}

/** A bar of a round number of metres, for screen and paper. */
function drawScale() {
  const middle = map.getSize().y / 2;
  const metres = map.distance(map.containerPointToLatLng([0, middle]), map.containerPointToLatLng([120, middle]));
  const power = 10 ** Math.floor(Math.log10(metres));
  const round = [5, 2, 1].find((each) => each * power <= metres) * power;
  const bar = byId("scale");
  bar.style.width = `${(120 * round) / metres}px`;
  bar.firstElementChild.textContent = round >= 1000 ? `${round / 1000} km` : `${round} m`;
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

function choose(found) {
  if (found) select(found.kind, found.at);
  else select(null);
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
    if (changed.has("selected") && state.selected) showOnMap(state.selected.kind, state.selected.at);
    redraw();
  });
}
