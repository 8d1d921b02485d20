/* The beginning: Folium hands over its map, the rest follows from the state. */

/** A county page opens without its facilities where there are more: they would cover the townships. */
const FACILITIES_AT_FIRST = 300;

window.planGaps = {
  start(made) {
    state.lang = data.page.lang;
    state.level = isCounty ? "townships" : "zones";
    const open = !isCounty || facilities.n <= FACILITIES_AT_FIRST;
    state.overlays = { ...state.overlays, facilities: open, pipeline: open };
    startFilters();
    startNumbers();
    startLegend();
    startMoments();
    startReview();
    watchFilters();
    startDetail();
    startTable();
    startSearch();
    startMap(made);
    startPrinting();
    const { selected, ...asked } = readAddress();
    change({ lang: state.lang, level: state.level, reviews: true, sheet: 0, ...asked });
    fitFirst();
    if (selected) change({ selected });
    startLinks();
  },
};
