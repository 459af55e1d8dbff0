"""The search of the site: which forms are one word to it, what it finds in small texts, what it reads from a page.

Its scripts run in QuickJS here; tests/site/test_site_search.py asks the built site.
"""

import json

import pytest
import quickjs

from extensions.site_search import instead, sections
from tools.shared import ROOT

SCRIPTS = ROOT / "extensions" / "site_search"


@pytest.fixture(scope="module")
def scripts():
    context = quickjs.Context()
    for name in ("words", "excerpt", "find"):
        context.eval((SCRIPTS / f"{name}.js").read_text(encoding="utf-8"))
    return context


@pytest.fixture(scope="module")
def stem(scripts):
    return scripts.eval("courseWords.stem")


@pytest.fixture(scope="module")
def find(scripts):
    """find(query, pages, instead=[]) with pages as {url: [[section title, text], ...]}."""
    scripts.eval("var answer = given => { const [texts, query] = JSON.parse(given);"
                 " return JSON.stringify(courseSearch(texts)(query)); }")  # fmt: skip
    answer = scripts.get("answer")

    def find(query, pages, instead=()):
        texts = []
        for url, parts in pages.items():
            sections = [[f"s{i}" if i else "", *part] for i, part in enumerate(parts)]
            texts.append({"url": url, "title": parts[0][0], "sections": sections})
        return json.loads(answer(json.dumps([{"pages": texts, "instead": list(instead)}, query])))

    return find


FORMS = """
спуск спуску спуском спуски спусків спускам спусками спусках
матриця матриці матрицю матрицею матриць матрицям матрицями матрицях
похідна похідної похідній похідну похідною похідні похідних похідним похідними
оптимізатор оптимізатора оптимізатору оптимізаторові оптимізатором оптимізатори оптимізаторів оптимізаторами
градієнт градієнта градієнту градієнтом градієнті градієнти градієнтів градієнтам градієнтами градієнтах
функція функції функцію функцією функцій функціям функціями функціях
втрата втрати втраті втрату втратою втрат втратам втратами втратах
швидкість швидкості швидкістю швидкостей швидкостям швидкостями швидкостях
навчання навчанню навчанням навчанні навчань навчаннями
значення значенню значенням значень значеннями значеннях
перехресна перехресної перехресній перехресну перехресною перехресні перехресних
ентропія ентропії ентропію ентропією ентропій
ковзний ковзна ковзне ковзного ковзному ковзним ковзні ковзних ковзними
середній середня середнє середнього середньому середнім середньої середньою середні середніх середніми
сигмоїда сигмоїди сигмоїді сигмоїду сигмоїдою сигмоїд
потік потоку потоком потоки потоків потоках
спосіб способу способом способи способів
точка точки точці точку точкою точок точкам точками точках
похибка похибки похибці похибку похибкою похибок похибками
помилка помилки помилці помилку помилкою помилок
зразок зразка зразком зразки зразків
кінець кінця кінцем кінці кінців
число числа числу числом чисел числам числами числах
вікно вікна вікну вікном вікон вікнами
зерно зерна зерном зерен зернами
поверхня поверхні поверхню поверхнею поверхонь поверхнями
рівень рівня рівню рівнем рівні рівнів рівнями
ступінь ступеня ступенем ступені ступенів
вісь осі віссю осей осям осями осях
вага ваги вазі вагу вагою ваг вагам вагами вагах
епоха епохи епосі епоху епохою епох епохами
система системи системі систему системою систем системами
атом атома атому атомом атоми атомів
імпульс імпульсу імпульсом імпульси імпульсів
початковий початкова початкове початкового початковому початкові початкових
нуль нуля нулю нулем нулі нулів
логіт логіта логітом логіти логітів логітами
пам’ять пам’яті пам’яттю
об’єкт об’єкта об’єктом об’єкти об’єктів
обчислює обчислюємо обчислюєте обчислюють обчислюючи обчислювати
ортогоналізація ортогоналізації ортогоналізацію ортогоналізацією
gradient gradients
optimizer optimizers
"""
FORMS = [line.split() for line in FORMS.split("\n") if line]

APART = """
значно значення
вага вагон
точка точність
матриця матеріал
рівень рівняння
градієнт градус
втрата вартість
крок кроква
число численний
функція фунт
мережа межа
клас класика
шар шарм
loss lose
класи клапани
сума сумка
"""
APART = [line.split() for line in APART.split("\n") if line]


def test_forms_of_a_word_are_one_word_and_other_words_are_not(stem):
    assert {form: stem(form) for word, *forms in FORMS for form in forms if stem(form) != stem(word)} == {}
    assert [(one, other) for one, other in APART if stem(one) == stem(other)] == []


@pytest.mark.parametrize("typed", ["пам'ять", "памʼять", "пам`ять", "пам‘ять", "память", "ПАМ’ЯТЬ", "па\u0301м’ять"])
def test_apostrophes_capitals_and_stress_do_not_matter(stem, typed):
    assert stem(typed) == stem("пам’ять")


def test_letters_that_writers_mix_are_one(stem):
    assert stem("ґрунт") == stem("грунт")
    assert stem("ϵ") == stem("ε")


def test_a_name_in_code_is_found_whole_and_in_parts(scripts):
    text = "a = backward_pass(x, _cache)"
    words = json.loads(scripts.eval(f"JSON.stringify(courseWords.split({text!r}))"))
    found = [text[word["start"] : word["end"]] for word in words]
    assert found == ["a", "backward_pass", "backward", "pass", "x", "_cache"]


def test_an_apostrophe_does_not_part_a_word(scripts):
    words = json.loads(scripts.eval("JSON.stringify(courseWords.split(\"пам'ять, пам’яттю й 'mse'\"))"))
    assert len(words) == 4


PAGES = {
    "book/a.html": [
        ["Градієнт", "Тут він лише згаданий."],
        ["Спуск", "Похідна каже, куди йти. Далі йде ковзне середнє втрати й слово швидкість."],
        ["Код", "def backward_pass(x): return softmax(x)"],
    ],
    "book/b.html": [["Мережа", "Градієнт і ще раз градієнти, швидкість навчання мала, середнє вікно і ковзне скло."]],
    "book/exercises/a.html": [["Вправи: градієнт", "Порахуйте градієнт."], ["1. Спуск", "Зробіть спуск."]],
}


def urls(answer):
    return [page["url"] for page in answer["pages"]]


def test_a_word_in_a_title_counts_more_and_explanations_come_before_exercises(find):
    assert urls(find("спуском", PAGES)) == ["book/a.html", "book/exercises/a.html"]
    assert urls(find("градієнтів", PAGES))[0] == "book/a.html"


def test_an_answer_leads_to_the_section(find):
    answer = find("похідну", PAGES)
    assert [(part["id"], part["title"]) for part in answer["pages"][0]["sections"]] == [("s1", "Спуск")]


def test_all_words_are_wanted_where_a_page_has_them(find):
    assert urls(find("швидкістю навчанням", PAGES)) == ["book/b.html"]
    assert set(urls(find("швидкість фотосинтезу", PAGES))) == {"book/a.html", "book/b.html"}


def test_words_that_stand_together_come_first(find):
    apart, together = "Середнє числа, ковзне вікно.", "Ковзне середнє числа, вікно."
    assert urls(find("ковзним середнім", {"a": [["Назва", apart]], "b": [["Назва", together]]})) == ["b", "a"]


def test_words_that_say_nothing_are_left_out(find):
    assert urls(find("як і куди градієнт", PAGES)) == urls(find("куди градієнт", PAGES))
    assert urls(find("і", PAGES)) == ["book/b.html"]


@pytest.mark.parametrize("typed", ["градіент", "грдієнт", "градієннт", "гардієнт", "град"])
def test_a_wrong_letter_and_the_beginning_of_a_word_are_understood(find, typed):
    assert urls(find(typed, PAGES)) == urls(find("градієнт", PAGES))


@pytest.mark.parametrize("query", ["", "  ", "фотосинтез", "?!", "крт", "сп"])
def test_nothing_is_found_for_nothing(find, query):
    assert find(query, PAGES) == {"instead": None, "pages": []}


@pytest.mark.parametrize("query", ["похил вниз", "похилом униз", "Похил-вниз", "де похил вниз?"])
def test_a_word_that_the_course_does_not_use_leads_to_its_term(find, query):
    answer = find(query, PAGES, [["похил* вниз", "спуск"], ["похил* униз", "спуск"]])
    assert answer["instead"] == "спуск"
    assert urls(answer)[0] == "book/a.html"


def test_an_excerpt_shows_the_words_asked_for(find):
    (page, _) = find("ковзне середнє", PAGES)["pages"]
    assert page["sections"][0]["excerpt"] == [
        ["Далі йде ", False], ["ковзне", True], [" ", False], ["середнє", True], [" втрати й слово швидкість.", False],
    ]  # fmt: skip


def test_an_excerpt_of_a_long_text_is_short_and_says_so(find):
    text = " ".join(["слово"] * 200 + ["спуск"] + ["слово"] * 200)
    (excerpt,) = [part["excerpt"] for part in find("спуски", {"a": [["Назва", text]]})["pages"][0]["sections"]]
    assert excerpt[0][0].startswith("…") and excerpt[-1][0].endswith("…")
    assert ["спуск", True] in excerpt
    assert len("".join(piece for piece, _ in excerpt).split()) < 45


def test_a_page_shows_its_best_sections_only(find):
    parts = [["Назва", "Вступ."], *[[f"Частина {i}", "спуск " * (i + 1)] for i in range(9)]]
    (page,) = find("спуск", {"a": parts})["pages"]
    assert len(page["sections"]) == 3


HTML = """<body>меню<article class="bd-article"><section id="one"><h1>Назва<a class="headerlink" href="#one">#</a></h1>
<p>Вага <code>w</code>, крок
<span class="math"><mjx-container><svg><text>W</text></svg><mjx-assistive-mml>
<math><mi>&#951;</mi><mo>=</mo><mn>1</mn></math></mjx-assistive-mml></mjx-container></span>&#8288;,
далі <b>пе</b>рше.</p>
<mjx-container display="true"><math><mi>x</mi></math></mjx-container>
<mjx-container><math><mfrac><mi>a</mi><mi>b</mi></mfrac></math></mjx-container>
<ul><li>раз</li><li>два</li></ul><table><tr><td>три</td><td>чотири</td></tr></table>
<pre><span>import</span><span> </span><span>numpy</span>
x</pre><svg><text>Вісь</text></svg><script>var s = 1</script><noscript>Відповідь: 3</noscript>
<section id="two"><h2>Друга</h2><p>&lt;Текст&gt; &amp; ще</p></section></section></article>низ</body>"""


def test_the_text_of_a_page_is_what_a_reader_sees():
    assert sections(HTML) == [
        ["", "Назва", "Вага w, крок η=1, далі перше.\n… …\nраз\nдва\nтри\nчотири\nimport numpy x"],
        ["two", "Друга", "<Текст> & ще"],
    ]


def test_the_words_the_course_does_not_use_come_from_the_glossary():
    pairs = instead()
    assert ["якобіан*", "матриця Якобі"] in pairs
    assert all(pattern and term and "(" not in term for pattern, term in pairs)
