// The search page: loads the texts when there is a query, and shows what find.js finds in them.
"use strict";

(() => {
  const results = document.getElementById("search-found");
  const status = document.getElementById("search-status");
  const words = results.dataset;
  const query = (new URLSearchParams(location.search).get("q") ?? "").trim();

  const element = (name, content, properties = {}) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...content);
    return made;
  };

  /** The place of an excerpt, which browsers scroll to and mark; only with both neighbours is it certain. */
  const place = excerpt => {
    for (let i = 1; i + 1 < excerpt.length; i++) {
      const before = excerpt[i - 1][0].match(/([\p{L}’]+) $/u);
      const after = excerpt[i + 1][0].match(/^ ([\p{L}’]+)/u);
      if (!excerpt[i][1] || !before || !after) continue;
      const coded = [before[1], excerpt[i][0], after[1]].map(text => encodeURIComponent(text).replace(/-/g, "%2D"));
      const [start, word, end] = coded;
      return `:~:text=${start}-,${word},-${end}`;
    }
    return "";
  };

  const link = (url, title, id, excerpt) => {
    const aim = place(excerpt);
    return element("a", [title], {href: url + (id || aim ? `#${id}${aim}` : "")});
  };

  const shown = ({url, title, sections}) => element("li", [
    element("h2", [element("a", [title], {href: url})]),
    ...sections.flatMap(({id, title: heading, excerpt}) => [
      ...id ? [element("h3", [link(url, heading, id, excerpt)])] : [],
      element("p", excerpt.map(([text, asked]) => asked ? element("mark", [text]) : text)),
    ]),
  ]);

  const show = ({pages, instead}) => {
    const number = new Intl.PluralRules(document.documentElement.lang).select(pages.length);
    const count = pages.length ? words[number].replace("{n}", pages.length) : words.none;
    status.textContent = (instead ? `${words.instead.replace("{term}", instead)} ` : "") + count;
    results.replaceChildren(...pages.map(shown));
  };

  for (const input of document.querySelectorAll("input[name=q]")) input.value = query;
  if (!query) {
    document.querySelector(".bd-search-container input").focus();
    return;
  }
  status.textContent = words.wait;
  const texts = element("script", [], {src: results.dataset.texts});
  texts.addEventListener("load", () => show(courseSearch(courseTexts)(query)));
  texts.addEventListener("error", () => { status.textContent = words.broken; });
  document.head.append(texts);
})();
