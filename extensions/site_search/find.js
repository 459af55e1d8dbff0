// Finds the pages of the course for a query. Needs words.js and excerpt.js.
// Runs on the search page, and in QuickJS in the tests.
"use strict";

/** Takes the texts that extensions/site_search.py writes; gives the function that answers queries. */
var courseSearch = ({pages, instead}) => {
  // How much a word counts that is the word of the query, begins like it, or resembles it.
  const EXACT = 1, LONGER = 0.3, UNSURE = 0.5;
  const IN_TITLE = 5, IN_PAGE_TITLE = 2; // a word there counts as much as so many in the text
  const EXERCISE = /\/exercises\//, IN_EXERCISE = 0.7; // whoever asks for a word wants its explanation first
  const USUAL = 1.2, BY_LENGTH = 0.4; // the two constants of BM25
  const MOST_SECTIONS = 3;
  const {split, fold, isStop} = courseWords;

  const sections = pages.flatMap((page, number) => page.sections.map(([id, title, text]) => (
    {page: number, id, title, text, words: split(text), heading: split(title), above: split(page.title)})));
  const average = sections.reduce((sum, {words}) => sum + words.length, 0) / sections.length;
  const sectionsWith = new Map(); // stem -> number of sections
  for (const {words, heading, above} of sections) {
    for (const stem of new Set([...words, ...heading, ...above].map(word => word.stem))) {
      sectionsWith.set(stem, (sectionsWith.get(stem) ?? 0) + 1);
    }
  }
  const vocabulary = [...sectionsWith.keys()];

  /** Whether two words differ by one letter added, removed or replaced, or by two neighbours swapped. */
  const near = (one, other) => {
    if (Math.abs(one.length - other.length) > 1) return false;
    let from = 0, back = 0;
    while (from < one.length && one[from] === other[from]) from++;
    while (back < Math.min(one.length, other.length) - from && one.at(-1 - back) === other.at(-1 - back)) back++;
    const [a, b] = [one, other].map(word => word.slice(from, word.length - back));
    return Math.max(a.length, b.length) < 2 || (a.length === 2 && b === a[1] + a[0]);
  };

  /** {stem in the texts: how much it counts} for a word of the query. */
  const meanings = stem => {
    const such = fits => vocabulary.filter(fits);
    const longer = such(known => stem.length > 2 && known.startsWith(stem) && known !== stem);
    if (sectionsWith.has(stem)) {
      return new Map([[stem, EXACT], ...longer.filter(() => stem.length > 3).map(known => [known, LONGER])]);
    }
    const guesses = [
      longer,
      such(known => stem.length > 4 && near(stem, known)),
      such(known => known.length > 3 && stem.startsWith(known) && stem.length - known.length < 4),
    ];
    return new Map((guesses.find(guess => guess.length) ?? []).map(known => [known, UNSURE]));
  };

  /** How much a word tells: the fewer sections have it, the more. */
  const rarity = stems => {
    const surest = Math.max(...stems.values());
    const often = [...stems].filter(([, sure]) => sure === surest).map(([stem]) => sectionsWith.get(stem));
    return Math.log(1 + sections.length / Math.max(...often));
  };

  /** The query in the words of the course: [query, the term of the course that was put into it, or null]. */
  const translated = query => {
    const typed = split(query);
    for (const [pattern, term] of instead) {
      const wanted = pattern.split(/[ -]/);
      const fits = (word, wish) => wish.endsWith("*") ? word.startsWith(fold(wish.slice(0, -1))) : word === fold(wish);
      const words = typed.map(({start, end}) => fold(query.slice(start, end)));
      const at = words.findIndex((_, i) => wanted.every((wish, j) => i + j < words.length && fits(words[i + j], wish)));
      if (at >= 0) {
        return [query.slice(0, typed[at].start) + term + query.slice(typed[at + wanted.length - 1].end), term];
      }
    }
    return [query, null];
  };

  /** The words to look for, each once; stop words only when there are no others. */
  const asked = query => {
    const all = split(query).map(({start, end, stem}) => ({stem, stop: isStop(query.slice(start, end))}));
    const telling = all.filter(({stop}) => !stop);
    return [...new Set((telling.length ? telling : all).map(({stem}) => stem))];
  };

  /** A section with its score, and which words of the query it has. */
  const judge = (section, wanted, meant) => {
    const {words, heading, above} = section;
    const counts = wanted.map(() => 0);
    const count = (list, worth) => {
      for (const {stem} of list) for (const [i, sure] of meant.get(stem) ?? []) counts[i] += worth * sure;
    };
    count(words, 1);
    count(heading, IN_TITLE);
    count(above, IN_PAGE_TITLE);
    const usual = USUAL * (1 - BY_LENGTH + BY_LENGTH * words.length / average);
    const score = wanted.reduce((sum, {rarity}, i) => sum + rarity * counts[i] / (counts[i] + usual), 0);
    const together = list => list.some((word, at) => meant.get(word.stem)?.some(([i]) => (
      list.slice(at + 1, at + 3).some(next => wanted[i + 1]?.stems.has(next.stem)))));
    const has = wanted.map((_, i) => i).filter(i => counts[i] > 0);
    return {section, has, score: score * (together(heading) ? 2 : together(words) ? 1.5 : 1)};
  };

  /** {pages: [{url, title, sections: [{id, title, excerpt}]}], instead}, the best page first. */
  return query => {
    const [words, term] = translated(query);
    const wanted = asked(words).map(meanings).filter(stems => stems.size)
      .map(stems => ({stems, rarity: rarity(stems)}));
    const meant = new Map(); // stem -> [[number of the word of the query, how much it counts], ...]
    wanted.forEach(({stems}, i) => stems.forEach((sure, stem) => {
      meant.set(stem, [...meant.get(stem) ?? [], [i, sure]]);
    }));
    const judged = sections.map(section => judge(section, wanted, meant)).filter(({score}) => score > 0);
    const found = pages.map((page, number) => {
      const inside = judged.filter(({section}) => section.page === number).sort((a, b) => b.score - a.score);
      const best = inside.slice(0, MOST_SECTIONS).reduce((sum, {score}) => sum + score, 0);
      const score = best * (EXERCISE.test(page.url) ? IN_EXERCISE : 1);
      return {page, inside, score, has: new Set(inside.flatMap(({has}) => has)).size};
    });
    const most = Math.max(...found.map(({has}) => has));
    const answers = found.filter(({inside, has}) => inside.length && has === most)
      .sort((a, b) => b.score - a.score);
    return {
      instead: term,
      pages: answers.map(({page, inside}) => ({
        url: page.url,
        title: page.title,
        sections: inside.filter(({score}) => score > inside[0].score / 2).slice(0, MOST_SECTIONS)
          .sort((a, b) => !b.section.id - !a.section.id) // the page itself, then its sections
          .map(({section}) => ({id: section.id, title: section.title, excerpt: courseExcerpt(section, meant)})),
      })),
    };
  };
};
