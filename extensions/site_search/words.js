// Words as the search sees them: two forms are the same word when their stems are equal.
// Runs on the search page, and in QuickJS in the tests.
"use strict";

var courseWords = (() => {
  // Endings of nouns, adjectives and verbs; the longest that fits is removed. Endings in a consonant go twice:
  // a word without an ending may end like that, and its other forms must lose the same (систем, система; атом, атоми).
  const ENDINGS = new Set(`
    а я о е є у ю и і ї ь й єю ями ами ими іми їми ою ею
    ам ям ом ем єм им ім їм ах ях их іх їх ів їв ей єй ий ій їй
    ого ього ому ьому ої ьої ьою
    ають яють ють уть ать ять ить їть іть єть еть ає яє аєть яєть аєте яєте аємо яємо емо имо їмо єш еш иш їш
    айте яйте йте аймо яймо ючи
    ує ює уєть юєть ують юють уєте юєте уємо юємо уйте юйте уймо юймо увати ювати ував ював увала ювала ували ювали
    уючи юючи
  `.trim().split(/\s+/));
  const TWICE = new Set([...ENDINGS].filter(ending => /.[мхвй]$/.test(ending)));
  const LONGEST = 5;
  const REFLEXIVE = /с[яь]$/;
  // Words whose forms differ in ways that the rules below do not cover.
  const IRREGULAR = {
    рівен: "рівн", вікон: "вікн", зерен: "зерн", поверхон: "поверхн", корін: "корен", ступін: "ступен",
    степін: "степен", пам: "памят",
    осей: "вісь", осі: "вісь", осями: "вісь", осях: "вісь", осям: "вісь",
  };
  const STOP = new Set(`
    а або але б без би був була були було бути в вам вас ваш ви він вона вони воно все всі всіх від де для до ж за з зі
    і із й її їх його коли ми на над не ні нас о ось от під по при про саме та так також те ти тим то той тому тут у усі
    це цей ця ці цього цьому цю чи що щоб як яка яке який якого якій якої яку якщо які яких є a an and are as at be by
    for in is it of on or the this to with
  `.trim().split(/\s+/));
  const WORD = /[\p{L}\p{M}\p{N}_\u00ad]+(?:['’ʼ‘`′]\p{L}+)*/gu;
  const VOWEL = /[аеєиіїоуюя]/;

  /** A word without what varies between writers: capitals, apostrophes, stress marks, soft hyphens, ґ, shapes (ϵ). */
  const fold = word => word.normalize("NFKC").toLowerCase().replace(/['’ʼ‘`′\u0301\u00ad]/g, "").replace(/ґ/g, "г");

  /** The word without the longest of these endings; what stays has a vowel and at least two letters. */
  const without = (endings, word) => {
    for (let length = Math.min(LONGEST, word.length - 2); length > 0; length--) {
      const rest = word.slice(0, -length);
      if (endings.has(word.slice(-length)) && VOWEL.test(rest)) return rest;
    }
    return word;
  };

  /** One spelling for the sounds that change within a word. */
  const level = stem => stem
    .replace(/(.{4})ов$/, "$1") // нульовий, нуль; прикладові, приклад
    .replace(/ь$/, "")
    .replace(/(..[^аеєиіїоуюя])і$/, "$1") // функція, функцій
    .replace(/([^аеєиіїоуюя])\1$/, "$1") // значення, значень
    .replace(/ц$/, "к").replace(/з$/, "г").replace(/с$/, "х") // точка, точці; вага, вазі; епоха, епосі
    .replace(/([аеєиіїоуюя].*[^аеєиіїоуюя])[оеі]([клр])$/, "$1$2") // точка, точок; число, чисел
    .replace(/і(?=[^аеєиіїоуюя]+$)/, "о"); // потік, потоку

  /** The stem of a word. */
  const stemmed = word => {
    const folded = fold(word);
    if (!/^[а-яєіїґ]+$/.test(folded)) return folded.replace(/([^su])s$/, "$1"); // English: gradients, gradient
    const whole = IRREGULAR[folded] ?? (folded.length > 5 ? folded.replace(REFLEXIVE, "") : folded);
    const bare = without(TWICE, without(ENDINGS, whole));
    return level(IRREGULAR[bare] ?? bare);
  };

  const known = new Map();
  const stem = word => {
    if (!known.has(word)) known.set(word, stemmed(word));
    return known.get(word);
  };

  /** The words of a text in order: {start, end, stem}. A name in code is listed whole and in parts. */
  const split = text => {
    const words = [];
    for (const {0: word, index: start} of text.matchAll(WORD)) {
      words.push({start, end: start + word.length, stem: stem(word)});
      if (!/[^_]_+[^_]/.test(word)) continue;
      for (const {0: part, index} of word.matchAll(/[^_]+/g)) {
        words.push({start: start + index, end: start + index + part.length, stem: stem(part)});
      }
    }
    return words;
  };

  const isStop = word => STOP.has(fold(word));

  return {fold, stem, split, isStop};
})();
