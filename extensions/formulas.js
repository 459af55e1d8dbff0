// MathJax without a browser. First formulas.py sets `files`, MathJax's scripts by name, and `widths`, the widths of
// characters in em; then it calls `typeset` and `outlines`.
const TEXT_EX = 0.53; // height of an x in the fonts of readers, in em: formulas are drawn to match it

globalThis.global = globalThis;
globalThis.MathJax = {
  loader: {
    load: ["adaptors/liteDOM", "input/tex-full", "output/svg", "a11y/assistive-mml"],
    paths: {mathjax: ""},
    require: path => (0, eval)(files[path.slice(1)]),
  },
  startup: {typeset: false, ready},
  tex: {
    // No package that hides an error (noundefined, noerrors), loads another (autoload, require) or lets a formula
    // change later ones (newcommand).
    packages: ["base", "ams", "boldsymbol", "braket", "cancel", "color", "html", "mathtools"],
    formatError: (jax, error) => { throw error; },
  },
  svg: {fontCache: "global", mtextFont: "inherit"},
};
(0, eval)(files["startup.js"]);

// Sizes are in em: browsers round ex, and each font has its own ex. Words in a formula keep the font of the page; it
// cannot be measured here, so each word gets an estimated width and is fitted to it exactly.
function ready() {
  MathJax.startup.defaultReady();
  const {adaptor, output} = MathJax.startup;
  output.ex = size => `${+(size / output.font.params.x_height * TEXT_EX).toFixed(3)}em`;
  const {unknownText} = output;
  output.unknownText = function (text, variant) {
    const node = unknownText.call(this, text, variant);
    const width = [...text].reduce((sum, character) => sum + (widths[character] ?? 1), 0);
    adaptor.setAttribute(node, "textLength", Math.round(width * parseFloat(adaptor.getAttribute(node, "font-size"))));
    adaptor.setAttribute(node, "lengthAdjust", "spacingAndGlyphs");
    return node;
  };
  output.measureTextNode = node => ({w: adaptor.getAttribute(node, "textLength") / 1000, h: 0.75, d: 0.2});
}

function typeset(tex, display) {
  MathJax.texReset();
  try {
    const formula = MathJax.tex2svg(tex, {display, em: 16, ex: 16 * TEXT_EX});
    return JSON.stringify({html: MathJax.startup.adaptor.outerHTML(formula)});
  } catch (error) {
    return JSON.stringify({error: error.message});
  }
}

// Outlines of the glyphs used so far, <path id="MJX-TEX-I-1D465" d="…">: the formulas refer to them.
function outlines() {
  return MathJax.startup.adaptor.innerHTML(MathJax.startup.output.fontCache.getCache());
}
