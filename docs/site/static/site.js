/* Parts that scroll sideways can be reached by keyboard. Which parts these are depends on the width of the window. */
function letScrollByKeyboard() {
  for (const part of document.querySelectorAll("article pre, article .table-wrapper, article p:has(> img)")) {
    if (part.scrollWidth > part.clientWidth) {
      part.tabIndex = 0;
    } else {
      part.removeAttribute("tabindex");
    }
  }
}

window.addEventListener("load", () => {
  letScrollByKeyboard();
  document.querySelector(".toc-drawer")?.setAttribute("aria-label", "On this page");
});
window.addEventListener("resize", letScrollByKeyboard);
