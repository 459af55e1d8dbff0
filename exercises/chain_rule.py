"""Chapter 1: chains, forks, a graph walked backwards, the first matrix of weights."""

import numpy as np

from exercises.tasks import Changed, Choice, Function, Number, Repair
from lessons_lib import relu, relu_grad, sigmoid, sigmoid_grad

TITLE = "Вправи: правило ланцюга"
DESCRIPTION = (
    "Зошит із вправами до розділу про правило ланцюга: похідні вздовж дороги, обчислювальний граф, матриця ваг. "
    "Перевірка одразу називає поширені помилки."
)
INTRO = """
Ці вправи йдуть за розділом «Правило ланцюга». Ви перемножите похідні вздовж дороги, додасте їх на розгалуженні,
збудуєте власний граф зі зворотним проходом і дійдете до першої матриці ваг. Разом це близько 25 хвилин.
"""
IMPORTS = ("relu", "relu_grad", "sigmoid")


class chain_by_hand(Number):
    """Дві ланки на папері

    Нехай $y = (x^2 - 7)^3$. Порахуйте руками $dy/dx$ у точці $x = 3$ і запишіть число у `chain_by_hand`.
    """

    points = 1
    decimals = 1
    hints = (
        "Дужок не розкривайте. Позначте їхній уміст літерою $g$: скільки дорівнює $g$ при $x = 3$?",
        "У кожної ланки своя точка: похідну $g$ за $x$ беруть при $x = 3$, похідну $y$ за $g$ при тому $g$, що вийшло.",
    )

    right = 3 * 2**2 * 6
    wrong_chain_outer_at_x = 3 * 3**2 * 6
    wrong_chain_no_inner = 3 * 2**2
    wrong_chain_added = 3 * 2**2 + 6
    wrong_chain_outer_at_slope = 3 * 6**2
    wrong_chain_exponent_lost = 2**2 * 6
    wrong_chain_exponent_kept = 3 * 2**3 * 6
    wrong_chain_inner_half = 3 * 2**2 * 3


class neuron_slope(Function):
    r"""Нахил нейрона

    Нейрон з одним входом рахує $y = \sigma(wx + b)$.

    **Дано:** `x`, масив форми `(n,)`: $n$ входів; `w` і `b`, числа. Функцію `sigmoid` уже імпортовано.

    **Поверніть** масив форми `(n,)`: похідну $dy/dx$ для кожного входу.
    """

    points = 1
    allows = ("sigmoid",)
    hints = (
        r"Ланок дві: $z = wx + b$ та $y = \sigma(z)$. Випишіть похідну кожної окремо.",
        r"Похідна сигмоїди виражається через її значення: порахуйте це значення один раз і вживайте двічі.",
    )

    def inputs(rng, case):
        if case == 0:
            return {"x": np.array([0.0, 1.0]), "w": 2.0, "b": 0.0}
        n = [0, 3, 1, 4, 5, 2][case]
        w = [0.0, -1.0, 1.0, 1.0, -1.0, 1.0][case] * rng.uniform(1.3, 2.5)
        return {"x": rng.normal(size=n), "w": float(w), "b": float(rng.uniform(0.3, 1.0))}

    def right(x, w, b):
        s = sigmoid(w * x + b)
        return s * (1 - s) * w

    def right_with_a_loop(x, w, b):
        slopes = []
        for value in x:
            s = sigmoid(w * value + b)
            slopes.append(w * s * (1 - s))
        return np.array(slopes)

    def right_by_links(x, w, b):
        s = np.exp(-(w * x + b))
        t = 1 + s
        return (-1 / t**2) * 1 * (-s) * w

    wrong_chain_outer_at_x = Changed("w * x + b", "x")
    wrong_chain_no_inner = Changed("(1 - s) * w", "(1 - s)")
    wrong_neuron_product_of_z = Changed("sigmoid(w * x + b)", "w * x + b")
    wrong_neuron_sigmoid_twice = Changed("sigmoid(w * x + b)", "sigmoid(sigmoid(w * x + b))")
    wrong_neuron_by_weight = Changed("(1 - s) * w", "(1 - s) * x")
    wrong_neuron_value_for_slope = Changed("s * (1 - s) * w", "s * w")


class central_slope(Function):
    """Похідна без формули

    Перевірка градієнта потребує числа, здобутого без жодної формули похідної. Таке число — скінченна різниця: точку
    зсувають на `h` ліворуч і на `h` праворуч та дивляться, як змінилася функція.

    **Дано:** `f`, функція, яка з числа робить число; `x`, число: точка; `h`, додатне число: крок.

    **Поверніть** число: наближену похідну `f` у точці `x` за значеннями у двох зсунутих точках. Крок `h` тут не
    крихітний, і `check` чекає саме цього наближення, а не точної похідної.
    """

    points = 2
    hints = (
        "Намалюйте числову пряму й позначте обидві зсунуті точки. Яка між ними відстань?",
        "Нахил — це зміна функції, поділена на відстань між тими точками, у яких її взято.",
    )

    def inputs(rng, case):
        if case == 0:
            return {"f": relu, "x": 0.0, "h": 0.5}
        f = [relu, sigmoid, sigmoid_grad, relu, sigmoid, sigmoid_grad][case]
        x = [0.0, 1.0, 1.0, -0.1, -1.5, -1.0][case] + rng.uniform(0, 0.2)
        return {"f": f, "x": float(x), "h": float(rng.uniform(0.3, 0.6))}

    def right(f, x, h):
        return (f(x + h) - f(x - h)) / (2 * h)

    def right_in_steps(f, x, h):
        left, right = x - h, x + h
        rise = f(right) - f(left)
        return rise / 2 / h

    def right_mean_of_two_sides(f, x, h):
        ahead = (f(x + h) - f(x)) / h
        behind = (f(x) - f(x - h)) / h
        return 0.5 * (ahead + behind)

    wrong_slope_divided_by_h = Changed("(2 * h)", "h")
    wrong_slope_forward_only = Changed("f(x - h)", "f(x)", "(2 * h)", "h")
    wrong_slope_backward_only = Changed("f(x + h)", "f(x)", "(2 * h)", "h")
    wrong_slope_no_brackets = Changed("(2 * h)", "2 * h")
    wrong_slope_reversed = Changed("f(x + h) - f(x - h)", "f(x - h) - f(x + h)")
    wrong_slope_one_step_over_two = Changed("f(x - h)", "f(x)")

    def wrong_slope_half_a_step(f, x, h):
        return (f(x + h / 2) - f(x - h / 2)) / h

    def wrong_slope_own_step(f, x, h):
        h = 1e-5
        return (f(x + h) - f(x - h)) / (2 * h)


class iterated_slope(Function):
    """Та сама ланка n разів

    Число $x$ замінюють на $x^2 + c$, з новим числом роблять те саме, і так $n$ разів. Те, що вийшло, назвемо $y$. Для
    $n = 2$ маємо $y = (x^2 + c)^2 + c$; для $n = 0$ маємо $y = x$.

    **Дано:** `x` і `c`, числа; `n`, ціле число.

    **Поверніть** число: похідну $dy/dx$. Якщо `n` від’ємне, зупиніться з помилкою
    `ValueError`.
    """

    points = 2
    hints = (
        "Ланок $n$, і в кожної своя точка. Ведіть у циклі два числа: де ви зараз і який добуток уже зібрано.",
        "Скільки має дорівнювати добуток, у якому ще немає жодного множника?",
        "Похідну ланки беруть там, звідки ланка виходить. Що має змінитися першим: добуток чи точка?",
    )

    def inputs(rng, case):
        if case == 0:
            return {"x": 1.0, "c": 1.0, "n": 2}
        n = [2, 0, 3, -1, 4, 1][case]
        return {"x": float(rng.uniform(0.7, 1.2)), "c": float(rng.uniform(0.1, 0.4)), "n": n}

    def right(x, c, n):
        if n < 0:
            raise ValueError("n < 0")
        slope = 1.0
        for _ in range(n):
            slope *= 2 * x
            x = x**2 + c
        return slope

    def right_with_a_list(x, c, n):
        if n < 0:
            raise ValueError(f"n = {n}")
        points = [x]
        while len(points) <= n:
            points.append(points[-1] ** 2 + c)
        return np.prod([2 * point for point in points[:-1]])

    def right_recursive(x, c, n):
        if n < 0:
            raise ValueError("n має бути не менше ніж 0")
        if n == 0:
            return 1.0
        return 2 * x * iterated_slope(x * x + c, c, n - 1)

    wrong_iterated_moved_first = Changed("slope *= 2 * x", "slope *= 2 * (x**2 + c)")

    def wrong_iterated_same_point(x, c, n):
        if n < 0:
            raise ValueError
        return (2 * x) ** n

    wrong_iterated_added = Changed("1.0", "0.0", "slope *= 2 * x", "slope += 2 * x")
    wrong_iterated_one_short = Changed("range(n)", "range(n - 1)")
    wrong_iterated_factor_lost = Changed("slope *= 2 * x", "slope *= x")
    wrong_iterated_last_link_only = Changed("slope *= 2 * x", "slope = 2 * x")
    wrong_iterated_not_refused = Changed("if n < 0", "if False")


class fork_slopes(Repair):
    r"""Дві дороги, багато точок

    Від $x$ до $L$ ведуть дві дороги: $u = x^2$, $v = 5 - x$, $L = u \cdot v$. Програма має повернути похідні $dL/dx$.

    **Дано:** `xs`, масив форми `(n,)`: точки $x$.

    **Поверніть** масив форми `(n,)`: $dL/dx$ у кожній точці.

    Для однієї точки програма рахує правильно. Для точок `[1.0, 2.0]` вона повертає `[7.0, 15.0]`, а правильно
    `[7.0, 8.0]`. Помилка одна. Знайдіть її й виправте.
    """

    points = 2
    hints = (
        "Порівняйте зайве число з попередньою відповіддю. Звідки воно взялося?",
        "Пройдіть програму олівцем для двох точок і щоразу записуйте, скільки дорівнює `grad`.",
        "Розділ нагадує, який обов’язок приходить разом із `+=` перед кожним зворотним проходом.",
    )

    def inputs(rng, case):
        if case == 0:
            return {"xs": np.array([1.0, 2.0])}
        return {"xs": rng.uniform(0.5, 4.5, size=[0, 1, 3, 4, 5, 3][case])}

    def broken_fork_not_zeroed(xs):
        slopes = np.zeros(len(xs))
        grad = 0.0
        for i, x in enumerate(xs):
            u, v = x**2, 5 - x
            grad += v * 2 * x  # дорога через u
            grad += u * -1  # дорога через v
            slopes[i] = grad
        return slopes

    def right(xs):
        slopes = np.zeros(len(xs))
        for i, x in enumerate(xs):
            u, v = x**2, 5 - x
            grad = 0.0
            grad += v * 2 * x  # дорога через u
            grad += u * -1  # дорога через v
            slopes[i] = grad
        return slopes

    def right_zeroed_after(xs):
        slopes = np.zeros(len(xs))
        grad = 0.0
        for i, x in enumerate(xs):
            u, v = x**2, 5 - x
            grad += v * 2 * x
            grad += u * -1
            slopes[i] = grad
            grad = 0.0
        return slopes

    def right_first_assigned(xs):
        slopes = np.zeros(len(xs))
        for i, x in enumerate(xs):
            u, v = x**2, 5 - x
            grad = v * 2 * x
            grad += u * -1
            slopes[i] = grad
        return slopes

    def right_without_a_loop(xs):
        return (5 - xs) * 2 * xs - xs**2

    wrong_fork_last_path_only = Changed("grad += u * -1", "grad = u * -1")
    wrong_fork_paths_multiplied = Changed(
        "grad = 0.0", "grad = 1.0", "grad += v", "grad *= v", "grad += u", "grad *= u"
    )
    wrong_fork_previous_subtracted = Changed(
        "slopes[i] = grad", "slopes[i] = grad - slopes[i - 1]", of="broken_fork_not_zeroed"
    )


class order_back(Choice):
    r"""Хто коли віддає градієнт

    На рисунку $u = x^2$, $v = u \cdot x$, $L = u + v$ при $x = 2$. Зворотний прохід починає з одиниці в $L$ і нулів
    деінде та бере вузли по одному. Вузол, до якого дійшла черга, множить градієнт, зібраний **на цю мить**, на місцеві
    похідні й додає добутки своїм батькам. Кожен вузол беруть один раз.

    За якого порядку всі градієнти вийдуть такими, як на рисунку? Запишіть номер варіанта в `order_back`.
    """

    points = 1
    figure = (
        "from lessons_lib.chain_rule import Node, backward\n"
        "from lessons_lib.figures import chain_rule as figures\n\n"
        'x = Node(2.0, name="x")\n'
        'u = (x**2).named("u")\n'
        'v = (u * x).named("v")\n'
        'L = (u + v).named("L")\n'
        "backward(L)\n\n"
        "figures.graph(L)"
    )
    options = (
        "$L$, $u$, $v$, $x$",
        "$L$, $u$, $x$, $v$",
        "$L$, $v$, $u$, $x$",
        "$x$, $u$, $v$, $L$",
    )
    hints = (
        "Для кожного вузла порахуйте стрілки, які з нього виходять уперед. Стільки внесків він має діждатися.",
        "Вузол $u$ має двох споживачів. Хто вони?",
    )

    right = 3
    wrong_order_u_too_early = 1
    wrong_order_depth_first = 2
    wrong_order_forward = 4


class graph_grads(Function):
    r"""Власний граф

    Досі граф складав за вас `Node`. Тепер зробіть його роботу самі: дорогою вперед порахуйте значення й місцеві
    похідні, дорогою назад зберіть градієнти. Зручно почати з маленького класу вузла, у якому є значення, градієнт, пари
    «батько, місцева похідна» і методи для двох дій; можна обійтися й списками.

    Обчислення записано списком `graph`, по одному елементу на вузол. Число — це вхід або стала. Трійка `("+", i, j)` —
    сума вузлів з номерами `i` та `j`, трійка `("*", i, j)` — їхній добуток. Ці номери завжди менші за номер самого
    вузла й можуть бути однакові. Вихід останній.

    Наприклад, $u = x^2$, $v = x - 3$, $L = u \cdot v$ при $x = 1$ записують так:
    `[1.0, ("*", 0, 0), -3.0, ("+", 0, 2), ("*", 1, 3)]`.

    **Дано:** `graph`, такий список.

    **Поверніть** масив NumPy форми `(len(graph),)`: градієнт кожного вузла, тобто похідну виходу за цим вузлом, за
    сталою теж. Якщо вихід від вузла не залежить, градієнт вузла дорівнює нулю.
    """

    points = 3
    hints = (
        "Спершу самі значення: один цикл від початку списку. Що ще вузол має запам’ятати для дороги назад?",
        "Вузол віддає градієнт лише тоді, коли зібрав його від усіх дітей. З якого кінця списку йти й з якого числа "
        "починати?",
        "Кожен із двох батьків дістає один внесок. З яких двох чисел його складено, коли дія — сума? А коли добуток?",
    )

    def inputs(rng, case):
        if case == 0:
            return {"graph": [1.0, ("*", 0, 0), -3.0, ("+", 0, 2), ("*", 1, 3)]}
        x, *numbers = (rng.choice([-1, 1], size=8) * rng.uniform(0.5, 2, size=8)).round(2).tolist()
        o = int(case == 3)  # there the first number is not used
        graph = [*numbers[:o], x, ("*", o, o), ("*", o + 1, o), ("+", o + 1, o + 2)]
        for k in range(4 + o, [0, 4, 5, 7, 8, 9][case]):
            i, j = rng.permutation([k - 1, rng.integers(o, k)]).tolist()
            graph.append(numbers[k - 2] if k == 5 else ("+*"[k % 2], i, j))
        return {"graph": graph}

    def right(graph):
        values, sources = [], []
        for step in graph:
            if isinstance(step, tuple):
                sign, i, j = step
                a, b = values[i], values[j]
                values.append(a + b if sign == "+" else a * b)
                sources.append([(i, 1.0), (j, 1.0)] if sign == "+" else [(i, b), (j, a)])
            else:
                values.append(step)
                sources.append([])
        grad = np.zeros(len(graph))
        grad[-1] = 1.0
        for i in reversed(range(len(graph))):
            for j, d in sources[i]:
                grad[j] += grad[i] * d
        return grad

    def right_with_a_class(graph):
        class Value:
            def __init__(self, value, *sources):
                self.value, self.sources, self.grad = value, sources, 0.0

            def __add__(self, other):
                return Value(self.value + other.value, (self, 1.0), (other, 1.0))

            def __mul__(self, other):
                return Value(self.value * other.value, (self, other.value), (other, self.value))

        nodes = []
        for step in graph:
            if isinstance(step, tuple):
                sign, i, j = step
                nodes.append(nodes[i] + nodes[j] if sign == "+" else nodes[i] * nodes[j])
            else:
                nodes.append(Value(step))
        nodes[-1].grad = 1.0
        for node in reversed(nodes):
            for source, d in node.sources:
                source.grad += node.grad * d
        return np.array([node.grad for node in nodes])

    def right_forward_mode(graph):
        values, slopes = [], np.eye(len(graph))
        for k, step in enumerate(graph):
            if isinstance(step, tuple):
                sign, i, j = step
                a, b = (1.0, 1.0) if sign == "+" else (values[i], values[j])
                slopes[k] += b * slopes[i] + a * slopes[j]
                step = values[i] + values[j] if sign == "+" else a * b
            values.append(step)
        return slopes[-1]

    wrong_graph_own_factor = Changed("[(i, b), (j, a)]", "[(i, a), (j, b)]")
    wrong_graph_product_as_sum = Changed(' if sign == "+" else [(i, b), (j, a)]', "")
    wrong_graph_assigned = Changed("grad[j] += ", "grad[j] = ")
    wrong_graph_forward_order = Changed("reversed(range(len(graph)))", "range(len(graph))")
    wrong_graph_handed_on_twice = Changed(
        "for i in reversed(range(len(graph))):", "def go_back(i):",
        "* d", "* d\n            go_back(j)", "return grad", "go_back(len(graph) - 1)\n    return grad",
    )  # fmt: skip
    wrong_graph_depth_first = Changed(
        "for i in reversed(range(len(graph))):", "def go_back(i):",
        "sources[i]:", "sources[i]:\n            first = grad[j] == 0",
        "* d", "* d\n            if first:\n                go_back(j)",
        "return grad", "go_back(len(graph) - 1)\n    return grad",
    )  # fmt: skip
    wrong_graph_no_start = Changed("grad[-1] = 1.0", "pass")
    wrong_graph_ones_everywhere = Changed("np.zeros", "np.ones")
    wrong_graph_local_only = Changed("grad[i] * d", "d")
    wrong_graph_link_added = Changed("grad[i] * d", "grad[i] + d")
    wrong_graph_to_the_child = Changed("grad[j] += grad[i] * d", "grad[i] += grad[j] * d")


class first_layer_grad(Function):
    r"""Градієнт першої матриці ваг

    Мережа без зсувів рахує $z_1 = xW_1$, $h = \mathrm{relu}(z_1)$, $z_2 = hW_2$. Градієнт $\partial L/\partial z_2$ уже
    відомий: у коді це `dz2`.

    **Дано:** `x` форми `(m, n)`: $m$ прикладів; `W1` форми `(n, p)`; `W2` форми `(p, k)`; `dz2` форми `(m, k)`. Усе це
    масиви NumPy. Функції `relu` та `relu_grad` уже імпортовано.

    **Поверніть** масив: $\partial L/\partial W_1$. Середнє за пакетом, якщо воно є у втраті, вже враховане в `dz2`.
    """

    points = 3
    allows = ("relu", "relu_grad")
    hints = (
        "Ідіть з кінця: від `dz2` до градієнта $h$, далі до градієнта $z_1$, аж тоді до ваг.",
        "Випишіть розмір кожного градієнта: він такий самий, як у його змінної. Добутки матриць складуться самі.",
        "Крізь relu градієнт проходить клітинка на клітинку. Від чого залежить, пройде він чи ні: від градієнта чи від "
        "$z_1$?",
    )

    def inputs(rng, case):
        if case == 0:
            return {
                "x": np.array([[1.0, 2.0], [3.0, -1.0]]),
                "W1": np.array([[1.0, -1.0], [0.0, 1.0]]),
                "W2": np.array([[1.0, 2.0], [3.0, -1.0]]),
                "dz2": np.array([[1.0, 0.0], [-1.0, 1.0]]),
            }
        m, n, p, k = [(2, 2, 2, 2), (5, 2, 3, 1), (4, 3, 5, 2), (3, 3, 3, 3), (6, 4, 3, 2), (2, 3, 4, 5)][case]
        shapes = {"x": (m, n), "W1": (n, p), "W2": (p, k), "dz2": (m, k)}
        return {name: rng.normal(size=shape) for name, shape in shapes.items()}

    def right(x, W1, W2, dz2):
        z1 = x @ W1
        dh = dz2 @ W2.T
        dz1 = dh * relu_grad(z1)
        return x.T @ dz1

    def right_in_place(x, W1, W2, dz2):
        h = np.maximum(x @ W1, 0)
        grad = np.dot(dz2, W2.T)
        grad[h == 0] = 0
        return np.dot(x.T, grad)

    def right_with_loops(x, W1, W2, dz2):
        dW1 = np.zeros(W1.shape)
        for row, grad in zip(x, dz2):
            z1 = row @ W1
            for j in range(len(z1)):
                if z1[j] > 0:
                    dW1[:, j] += row * (grad @ W2[j])
        return dW1

    def right_with_einsum(x, W1, W2, dz2):
        return np.einsum("in,ip,ik,pk->np", x, (x @ W1 > 0).astype(float), dz2, W2)

    wrong_layer_relu_forgotten = Changed("dh * relu_grad(z1)", "dh")
    wrong_layer_relu_value = Changed("relu_grad(z1)", "relu(z1)")
    wrong_layer_relu_of_gradient = Changed("dh * relu_grad(z1)", "relu(dh)")
    wrong_layer_weights_not_transposed = Changed("W2.T", "W2")
    wrong_layer_input_not_transposed = Changed("x.T", "x")
    wrong_layer_gradient_transposed = Changed("x.T @ dz1", "dz1.T @ x")
    wrong_layer_elementwise = Changed("x.T @ dz1", "x.T * dz1")
    wrong_layer_mean_again = Changed("x.T @ dz1", "x.T @ dz1 / len(x)")
