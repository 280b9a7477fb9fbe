/* The order of search results: a section with the searched title comes first, then names of the Python API, and then
   pages. Sphinx's own order shows a page before its section, and every name in a module before the pages. */
var Scorer = {
  score: ([, , , , score, , kind]) => (kind === "title" ? score + 20 : score),
  objNameMatch: 11,
  objPartialMatch: 3,
  objPrio: { 0: 5, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
