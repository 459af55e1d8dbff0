// The piece of a text that shows most words of the query. Runs on the search page, and in QuickJS in the tests.
"use strict";

/**
 * Takes a text with its words, and for each stem [[number of the word of the query, how much it counts], ...].
 * Gives [[text, whether it is a word of the query], ...].
 */
var courseExcerpt = ({words, text}, meant) => {
  // Numbers of words: in all; at most back to the beginning of a sentence; otherwise before the first hit.
  const LENGTH = 30, BEFORE = 12, CONTEXT = 6;

  /** How many words of the query, and how surely, are in the excerpt whose first hit is here. */
  const worth = i => {
    const shown = new Map();
    for (const {stem} of words.slice(i, i + LENGTH - CONTEXT)) {
      for (const [number, sure] of meant.get(stem) ?? []) shown.set(number, Math.max(shown.get(number) ?? 0, sure));
    }
    return [...shown.values()].reduce((sum, sure) => sum + sure, 0);
  };
  const begins = i => i === 0 || /[.?!…:]["»)]?\s+$|\n/.test(text.slice(words[i - 1].end, words[i].start));

  if (!words.length) return [];
  const worths = words.map(({stem}, i) => meant.has(stem) ? worth(i) : 0);
  const hit = worths.indexOf(Math.max(...worths));
  let first = hit;
  while (first > hit - BEFORE && !begins(first)) first--;
  if (!begins(first)) first = hit - CONTEXT;
  const last = Math.min(first + LENGTH, words.length) - 1;

  let at = first === 0 ? 0 : words[first].start;
  const pieces = begins(first) ? [] : [["…\u00a0", false]];
  for (const {start, end, stem} of words.slice(first, last + 1)) {
    if (!meant.has(stem) || start < at) continue; // the name in code that holds it is marked already
    pieces.push([text.slice(at, start), false], [text.slice(start, end), true]);
    at = end;
  }
  const ending = last + 1 < words.length ? words[last].end : text.length;
  pieces.push([text.slice(at, Math.max(at, ending)), false]);
  if (ending < text.length) pieces.push(["\u00a0…", false]);
  return pieces.filter(([piece]) => piece);
};
