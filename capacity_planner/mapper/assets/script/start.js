/* The beginning: Folium hands over its map, the rest follows from the state. */

window.planGaps = {
  start(made) {
    state.lang = data.page.lang;
    state.level = isCounty ? "townships" : "zones";
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
