Documentation.addTranslations({
  "locale": "uk",
  "messages": {
    "Search": "Пошук",
    "Searching": "Шукаємо",
    "Search Results": "Знайдено",
    "Preparing search...": "Готуємо пошук…",
    "Hide Search Matches": "Сховати знайдені слова",
    ", in ": ", у розділі ",
    "Your search did not match any documents. Please make sure that all words are spelled correctly and that you've selected enough categories.": "Нічого не знайдено. Перевірте, чи всі слова написано правильно, або спробуйте коротше слово.",
    "Search finished, found ${resultCount} page(s) matching the search query.": "Знайдено сторінок: ${resultCount}.",
    "Search finished, found one page matching the search query.": "Знайдено одну сторінку."
  },
  "plural_expr": "(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2)"
});
