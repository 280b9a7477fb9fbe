/* The order of search results. First come the subjects that the home page names next to a page, and sections with the
   searched title. Then come the names of the Python API, how-to pages, and other pages. In the order of Sphinx, a page
   comes before its section, all names in a module come before the pages, and pages come in the order of their titles. */

function bonus(name, kind) {
  if (kind !== "text") {
    return kind === "title" ? 20 : 0;
  }
  return name === "reference/rules" ? 5 : name.startsWith("how-to/") ? 4 : name === "changelog" ? -3 : 0;
}

var Scorer = {
  score: ([name, , , , score, , kind]) => score + bonus(name, kind),
  objNameMatch: 11,
  objPartialMatch: 3,
  objPrio: { 0: 5, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 8,
  partialTitle: 4,
  term: 5,
  partialTerm: 2,
};
