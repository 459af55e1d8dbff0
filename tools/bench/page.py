"""The record of the last measurement, and what is written from it: the page, its figure, a report for the terminal."""

import json
import re
from pathlib import Path

from lessons_lib.figures.style import svg
from lessons_lib.text import number
from tools.bench.figure import NAMES, times_of_a_step
from tools.shared import ROOT

RECORD = Path(__file__).with_name("record.json")
TEMPLATE = Path(__file__).with_name("speed.md")
PAGE = ROOT / "book" / "reference" / "speed.md"
FIGURE = ROOT / "book" / "_static" / "speed.svg"

PARTS = {
    "one softmax": "втрата й градієнт: два softmax, перевірки",
    "fast Adam": "Adam",
    "fast batches and passes": "пакети, проходи, втрата й градієнт",
    "fast room": "усе",
}
MONTHS = "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня".split()


def load():
    return json.loads(RECORD.read_text(encoding="utf-8"))


def save(record):
    RECORD.write_text(json.dumps(record, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def files(record):
    """{path: content} of what is written from a record."""
    words = _words(record)
    page = re.sub(r"<<(\w+)>>", lambda match: words[match[1]], TEMPLATE.read_text(encoding="utf-8"))
    return {PAGE: page, FIGURE: f'<div class="ll-figure">{svg(times_of_a_step(record["steps"]))}</div>\n'}


def write(record, check=False):
    """Write the page and the figure; with `check` only say which of them would change. Exit status."""
    stale = [path for path, new in files(record).items() if not path.is_file() or path.read_text("utf-8") != new]
    for path in stale:
        print(f"{path.relative_to(ROOT)}: {'is not what tools/bench/record.json says' if check else 'written'}")
        if not check:
            path.write_text(files(record)[path], encoding="utf-8")
    return 1 if stale and check else 0


def report(record):
    """The record as tables of plain text."""
    lines = []
    for steps in record["steps"].values():
        network = "-".join(map(str, steps["sizes"]))
        lines.append(f"\n{network}, batch {steps['batch_size']}: {steps['gigaflops']} GFLOP/s at most")
        lines.append(f"{'program':<27}{'dtype':<9}{'µs':>9}{'× library':>11}{'× floor':>9}{'of peak':>9}")
        lines += [
            f"{row['program']:<27}{row['dtype']:<9}{row['microseconds']:>9.1f}{row['times_library']:>11.2f}"
            f"{row['times_floor']:>9.2f}{row['share_of_peak']:>9.2f}"
            for row in steps["rows"]
        ]
    lines += [
        f"\nwithout {name}: × {record['gains']['small'][name]} | {record['gains']['large'][name]}"
        for name in record["gains"]["small"]
    ]
    lines.append(f"\nimport: {record['imports']}\nbuilds: {record.get('builds')}\ntests: {record.get('tests')}")
    for rows in (record.get("pages", []), record.get("live", [])):
        lines += ["", *("  ".join(f"{name} {value}" for name, value in row.items()) for row in rows)]
    return "\n".join(lines)


def _words(record):
    """The text for each <<name>> of the template."""
    steps, gains, computer = record["steps"], record["gains"], record["machine"]
    small, large = (_rows(steps[name]) for name in ("small", "large"))
    versions = {"Python": computer["python"], **computer["versions"]}
    year, month, day = map(int, record["date"].split("-"))
    return {
        "date": f"{day} {MONTHS[month - 1]} {year} року",
        "processor": computer["processor"],
        "cores": str(computer["cores"]),
        "system": computer["system"],
        "versions": ", ".join(f"{name} {version}" for name, version in versions.items()),
        "blas": computer["blas"],
        "table_small": _table(small),
        "table_large": _table(large),
        "ahead": _ahead({"малій мережі": small, "більшій мережі": large}),
        "table_bounds": _table_of_bounds(steps, small, large),
        "table_parts": _markdown(
            ("що взято з підручника", "мала", "більша"),
            *((words, *(_percent(gains[size][n] - 1) for size in ("small", "large"))) for n, words in PARTS.items()),
        ),
        "table_rest": _table_of_rest(record),
    }


def _ahead(networks):
    """Who is quicker than train, in a sentence, with the floor at the same place."""
    found = [
        f"{NAMES[program]} на {network} у {kind}: ×{_times(row['times_library'])}"
        f" (нижня межа ×{_times(rows['floor'][kind]['times_library'])})"
        for network, rows in networks.items()
        for program, kinds in rows.items()
        for kind, row in kinds.items()
        if program not in ("library", "floor") and row["times_library"] < 1
    ]
    return f"Швидші за `train`: {'; '.join(found)}." if found else "Коротшого кроку, ніж у `train`, не має жодна з них."


def _table_of_bounds(steps, small, large):
    """How near the library comes to what the machine can do."""
    small, large, kinds = small["library"], large["library"], ("float64", "float32")
    return _markdown(
        ("величина", *kinds),
        ("64–64–10: крок до нижньої межі", *(f"×{_times(small[kind]['times_floor'])}" for kind in kinds)),
        ("784–256–128–10: крок до нижньої межі", *(f"×{_times(large[kind]['times_floor'])}" for kind in kinds)),
        ("добуток матриць, мільярдів операцій за секунду", *(number(steps["large"]["gigaflops"][k]) for k in kinds)),
        ("784–256–128–10: частка цього в кроці", *(_percent(large[kind]["share_of_peak"]) for kind in kinds)),
    )


def _table_of_rest(record):
    """What else a reader or an author waits for, as far as it was measured."""
    imports = record["imports"]
    rows = [
        ("`import numpy` у новому процесі", imports["numpy_ms"], "мс"),
        ("`import lessons_lib` додає до нього", imports["added_ms"], "мс"),
    ]
    if "builds" in record:
        rows += [
            ("сайт із нуля, з виконанням усіх розділів", record["builds"]["cold_s"], "с"),
            ("сайт, коли нічого не змінилося", record["builds"]["warm_s"], "с"),
        ]
    if "tests" in record:
        cores = record["machine"]["cores"]
        rows.append((f"усі перевірки щойно скопійованого курсу, ядер: {cores}", record["tests"]["seconds"], "с"))
    if "pages" in record:
        rows += [
            ("найважча сторінка з усім, що вона завантажує", max(row["all_kb"] for row in record["pages"]), "КБ"),
            ("крок найповільнішого повзунка на сторінці", max(row["step_ms"] for row in record["pages"]), "мс"),
            ("крок найповільнішого повзунка в JupyterLab", max(row["median_ms"] for row in record["live"]), "мс"),
        ]
    return _markdown(("що", "скільки"), *((what, f"{number(round(value))} {unit}") for what, value, unit in rows))


def _rows(steps):
    """{program: {dtype: row}}"""
    found = {}
    for row in steps["rows"]:
        found.setdefault(row["program"], {})[row["dtype"]] = row
    return found


def _table(rows):
    lines = [("програма", "float64", "float32", "×")]
    for program, name in NAMES.items():
        if program in rows:
            double, single = rows[program]["float64"], rows[program]["float32"]
            times = _time(double["microseconds"]), _time(single["microseconds"])
            lines.append((name, *times, _times(double["times_library"])))
    return _markdown(*lines)


def _markdown(head, *rows):
    lines = [f"| {' | '.join(row)} |" for row in (head, *rows)]
    return "\n".join([lines[0], f"|---{'|--:' * (len(head) - 1)}|", *lines[1:]])


def _time(microseconds):
    return number(round(microseconds, 1) if microseconds < 100 else round(microseconds))


def _times(ratio):
    return number(round(ratio, 2))


def _percent(share):
    return f"{number(round(100 * share))} %"
