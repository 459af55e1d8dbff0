// What Lighthouse says about pages on a phone, a line of JSON for each:  node pages.mjs < {browser, flags, pages}
import { text } from "node:stream/consumers";
import { launch } from "chrome-launcher";
import lighthouse from "lighthouse";

const CATEGORIES = ["performance", "accessibility", "best-practices", "seo"];

// What costs points: the audit, its value, and up to three places.
function findings(category, audits) {
  return category.auditRefs
    .filter(({ id, weight }) => weight > 0 && audits[id].score !== null && audits[id].score < 0.9)
    .map(({ id }) => {
      const { displayValue, details } = audits[id];
      const places = (details?.items ?? []).slice(0, 3).map((item) => item.node?.snippet ?? item.url);
      return [id, displayValue, ...places].filter(Boolean).join(" ");
    });
}

const { browser, flags, pages } = JSON.parse(await text(process.stdin));
const chrome = await launch({ chromePath: browser, chromeFlags: ["--headless", ...flags], logLevel: "silent" });
try {
  for (const page of pages) {
    const { lhr } = await lighthouse(page, { port: chrome.port, onlyCategories: CATEGORIES, locale: "en-US" });
    if (lhr.runtimeError) throw new Error(`${page}: ${lhr.runtimeError.message}`);
    const found = CATEGORIES.map((id) => [id, {
      score: Math.round(100 * lhr.categories[id].score),
      findings: findings(lhr.categories[id], lhr.audits),
    }]);
    console.log(JSON.stringify(Object.fromEntries(found)));
  }
} finally {
  chrome.kill();
}
