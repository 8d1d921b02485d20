/* What part of the map is in sight: the whole, one row, one facility with the zones it serves. */

/** How large what is selected must be on the screen before the map zooms in on it. */
const LEAST_PIXELS = { zone: 40, township: 40, facility: 90, proposal: 90 };

/** Show what is selected and whoever serves it, without moving more than needed. */
function showOnMap(kind, row) {
  const box = L.latLngBounds([]);
  const { shape, points } = TABLES[kind];
  const own_ = shape ? boundsOf(shape, row) : points[row];
  if (own_) box.extend(own_);
  for (const link of linksShown()) box.extend(kind === "facility" ? zones.points[link.zone] : facilities.points[link.facility]);
  if (!box.isValid()) return;
  const { paddingTopLeft, paddingBottomRight } = room();
  const from = map.latLngToContainerPoint(box.getNorthWest());
  const to = map.latLngToContainerPoint(box.getSouthEast());
  const size = map.getSize();
  const whole =
    from.x >= paddingTopLeft[0] && from.y >= paddingTopLeft[1] &&
    to.x <= size.x - paddingBottomRight[0] && to.y <= size.y - paddingBottomRight[1];
  const alone = !shape && !linksShown().length;
  const large = alone ? map.getZoom() >= 14 : Math.max(to.x - from.x, to.y - from.y) >= LEAST_PIXELS[kind];
  if (!whole || !large) map.fitBounds(box, { maxZoom: kind === "township" ? 13 : 15.5, ...room(), animate: false });
}

/** Pixels across below which a map is not narrowed further for the boxes over it. */
const LEAST_ROOM = 280;

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
  const outlined = Array.from({ length: townships.n }, (_, row) => row).every(townships.outlined);
  const known = box.isValid() && (boundary || zones.n || outlined);
  for (const point of known ? [] : facilities.points) if (point) box.extend(point);
  return box.isValid() ? box : L.latLngBounds([[-60, -170], [75, 170]]);
}

/** Room that the boxes over the map take away on either side, where the map is wide enough. */
function room() {
  const wide = map.getSize().x;
  if (document.body.classList.contains("on-paper")) return { paddingTopLeft: [12, 12], paddingBottomRight: [12, 12] };
  const width = (id) => (byId(id).offsetHeight > 150 ? byId(id).offsetWidth + 12 : 0);
  const [left, right] = wide - width("legend") - width("layers") < LEAST_ROOM ? [0, 0] : [width("legend"), width("layers")];
  return { paddingTopLeft: [14 + left, 14], paddingBottomRight: [14 + right, 14] };
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

