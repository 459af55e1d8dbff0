Documentation.addTranslations({
  "locale": "uk",
  "messages": {
    "Hide Search Matches": "Сховати знайдені слова"
  },
  "plural_expr": "(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2)"
});
