/* The page's data, unpacked from the JSON that the page carries. */

const data = JSON.parse(byId("page-data").textContent);

const DIGIT = new Int8Array(128).fill(-1);
[..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"].forEach((char, value) => {
  DIGIT[char.charCodeAt(0)] = value;
});

/** Whole numbers from their packed text: five bits a character, the lowest first, sign last. */
function unpack(text) {
  const out = new Int32Array(text.length);
  let count = 0;
  let value = 0;
  let shift = 0;
  for (let at = 0; at < text.length; at += 1) {
    const digit = DIGIT[text.charCodeAt(at)];
    value |= (digit & 31) << shift;
    if (digit & 32) {
      shift += 5;
    } else {
      out[count] = value & 1 ? -((value + 1) >>> 1) : value >>> 1;
      count += 1;
      value = 0;
      shift = 0;
    }
  }
  return out.subarray(0, count);
}

/** One column as a function of the row: numbers or null, words or "". */
function readColumn(column) {
  if ("all" in column) return () => column.all;
  if ("list" in column) return (row) => column.list[row];
  if ("of" in column) {
    const at = unpack(column.at);
    return Object.assign((row) => (at[row] < 0 ? "" : column.of[at[row]]), { of: column.of });
  }
  const packed = unpack(column.pack);
  return (row) => (packed[row] < 0 ? null : packed[row]);
}

function readTable(table) {
  const columns = {};
  for (const [name, column] of Object.entries(table.columns)) columns[name] = readColumn(column);
  return { n: table.n, ...columns };
}

/** Polygons as steps: the rings of each row, the corners of each ring, the walk over all corners. */
function readShape(shape) {
  const perRow = unpack(shape.rings);
  const perRing = unpack(shape.corners);
  return {
    ringFrom: running(perRow),
    cornerFrom: running(perRing),
    places: readPlaces(shape.walk),
  };
}

/** Longitude and latitude, alternating, from a packed walk. */
function readPlaces(walk) {
  const steps = unpack(walk);
  const places = new Float64Array(steps.length);
  let east = 0;
  let north = 0;
  for (let at = 0; at < steps.length; at += 2) {
    east += steps[at];
    north += steps[at + 1];
    places[at] = east * data.page.quantum;
    places[at + 1] = north * data.page.quantum;
  }
  return places;
}

/** Where each group starts: the running sum, with the total at the end. */
function running(counts) {
  const from = new Int32Array(counts.length + 1);
  for (let at = 0; at < counts.length; at += 1) from[at + 1] = from[at] + counts[at];
  return from;
}

/** Row to its point; rows without one have null. */
function readPoints(table) {
  const places = readPlaces(table.points);
  const rows = unpack(table.pointed);
  const points = new Array(table.n).fill(null);
  for (let at = 0; at * 2 < places.length; at += 1) {
    points[rows[at]] = [places[at * 2 + 1], places[at * 2]];
  }
  return points;
}

const zones = { ...readTable(data.zones), shape: readShape(data.zones.shape), points: readPoints(data.zones) };
const townships = {
  ...readTable(data.townships),
  shape: readShape(data.townships.shape),
  points: readPoints(data.townships),
};
const facilities = { ...readTable(data.facilities), points: readPoints(data.facilities) };
const boundary = data.boundary && readShape(data.boundary);

/** Who gives how many slots to whom; rows that the page does not hold are left out. */
function readLinks(packed) {
  const part = {};
  for (const [name, text] of Object.entries(packed)) part[name] = unpack(text);
  const of = (side, row) => {
    const found = [];
    part[side].forEach((other, at) => {
      if (other === row) {
        found.push({
          zone: part.zone[at],
          facility: part.facility[at],
          slots: part.slots[at],
          metres: part.distance_m[at],
        });
      }
    });
    return found.sort((a, b) => b.slots - a.slots || a.metres - b.metres);
  };
  return { of };
}

const links = readLinks(data.links);

const TABLES = { zone: zones, township: townships, facility: facilities };
const IDS = { zone: zones.zone_id, township: townships.township_code, facility: facilities.facility_id };

/** The row of an id; each table's ids are gathered when they are first asked for. */
const rowById = (() => {
  const maps = {};
  return (kind, id) => {
    maps[kind] ??= new Map(Array.from({ length: TABLES[kind].n }, (_, row) => [IDS[kind](row), row]));
    return maps[kind].get(id);
  };
})();

const isCounty = data.page.kind === "county";

function nameOf(kind, row) {
  return TABLES[kind].name(row) || IDS[kind](row);
}
