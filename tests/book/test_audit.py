"""How `make audit` judges what Lighthouse and axe have found."""

from tools import audit


def result(**scores):
    """What Lighthouse says: full marks, but for the given categories."""
    names = {name: scores.get(name.replace("-", "_"), 100) for name in audit.LIMITS}
    return {name: {"score": score, "findings": [f"{name} of {score}"]} for name, score in names.items()}


def test_limits_are_the_lowest_scores_that_pass():
    assert audit.below(result(performance=90)) == []
    assert audit.below(result(performance=89, seo=99)) == ["performance", "seo"]


def test_one_slow_run_of_three_is_forgiven_and_two_are_not(monkeypatch):
    def best(*performance):
        runs = iter(performance)
        monkeypatch.setattr(audit, "lighthouse", lambda _, names: [result(performance=next(runs)) for _ in names])
        found = audit.best_known("http://127.0.0.1", "a.html")
        return found["performance"]["score"], list(runs)

    assert best(60, 95, 93) == (93, [])
    assert best(60, 95, 70) == (70, [])
    assert best(90, 10, 10) == (90, [10, 10]), "a page that passes is looked at once"


def test_a_row_names_what_misses_a_limit_and_nothing_else():
    rules = {"light": [], "dark": ["390 px: color-contrast"]}
    first, *faults = audit.row("a.html", result(accessibility=98), rules)
    assert first.split() == ["a.html", "100", "98", "100", "100", "0", "1"]
    assert faults == ["    accessibility: accessibility of 98", "    axe, dark: 390 px: color-contrast"]
