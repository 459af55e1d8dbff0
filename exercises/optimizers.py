"""Chapter 4: optimizers."""

import numpy as np

from exercises.tasks import Changed, Choice, Function, Number, Repair, Tune
from lessons_lib import Adam

TITLE = "Вправи: оптимізатори"
DESCRIPTION = (
    "Зошит із вправами до розділу про оптимізатори: кроки олівцем, імпульс, RMSprop та Adam кодом, помилка в "
    "AdamW, спуск у вузькому яру."
)
INTRO = """
Ці вправи йдуть за розділом «Оптимізатори». Ви пройдете кілька кроків олівцем, запишете імпульс, RMSprop та Adam,
знайдете помилку в AdamW і налаштуєте спуск у вузькому яру. Це приблизно 25 хвилин.
"""
IMPORTS = ("Adam",)


class momentum_by_hand(Number):
    """Три кроки імпульсу

    Одна вага, втрата $L = 2\\theta^2$, старт $\\theta_0 = 1$ зі швидкістю $v_0 = 0$. Швидкість навчання
    $\\eta = 0{,}1$, імпульс $\\beta = 0{,}8$. Зробіть олівцем три кроки SGD з імпульсом.

    Запишіть у `momentum_by_hand` кортеж із трьох чисел: $\\theta_1$, $\\theta_2$ та $\\theta_3$. Округліть їх до трьох
    цифр після коми; у коді десяткова крапка.
    """

    points = 1
    decimals = 3
    hints = (
        "Ведіть таблицю з трьох рядків, як у частині «Руками»: градієнт $g$, швидкість $v$, вага $\\theta$.",
        "Градієнт щокроку новий: похідна $L$ у точці, де вага стоїть зараз. На старті $g = 4$.",
    )

    def right():
        theta, v, path = 1.0, 0.0, []
        for _ in range(3):
            v = 0.8 * v - 0.1 * 4 * theta
            theta += v
            path.append(theta)
        return tuple(path)

    wrong_momentum_forgotten = Changed("0.8 * v - 0.1", "-0.1")
    wrong_momentum_gradient_of_another_loss = Changed("4 * theta", "2 * theta")
    wrong_momentum_stale_gradient = Changed("4 * theta", "4")
    wrong_momentum_averaged = Changed("- 0.1", "- (1 - 0.8) * 0.1")

    def wrong_momentum_old_velocity():
        theta, v, path = 1.0, 0.0, []
        for _ in range(3):
            g = 4 * theta
            theta += v
            v = 0.8 * v - 0.1 * g
            path.append(theta)
        return tuple(path)

    wrong_momentum_uphill = Changed("- 0.1", "+ 0.1")


class momentum_update(Function):
    """Крок імпульсу на місці

    Так, як в оптимізаторах бібліотеки: мережа тримає свої масиви, а оптимізатор змінює числа в них.

    **Дано:** ваги `theta`, швидкість `v` та градієнт `g`, три масиви однакової форми, довільної; числа `lr` (це
    $\\eta$) та `beta` (це $\\beta$). Швидкість навчання стоїть усередині швидкості, як у розділі.

    **Змініть** `theta` і `v` на місці: після виклику ті самі два масиви містять нові ваги й нову швидкість. Масив `g`
    лишається, як був. Повертати нічого не треба.
    """

    points = 2
    changes = ("theta", "v")
    hints = (
        "Формул дві, і порядок їх важить: яка швидкість зсуває ваги, стара чи нова?",
        "Рядок `a = a + b` створює новий масив і дає йому назву `a`. Рядки `a += b` та `a[...] = …` пишуть у той "
        "масив, який уже є.",
    )

    def inputs(rng, case):
        if case == 0:
            theta, v, g = np.array([1.0, 2.0]), np.array([0.5, -1.0]), np.array([2.0, -4.0])
            return {"theta": theta, "v": v, "g": g, "lr": 0.1, "beta": 0.5}
        shape = [(), (3, 2), (4,), (2, 5), (3, 1), (2, 3, 4)][case]
        theta, v, g = rng.normal(size=(3, *shape))
        return {"theta": theta, "v": v, "g": g, "lr": rng.uniform(0.05, 0.5), "beta": rng.uniform(0.55, 0.95)}

    def right(theta, v, g, lr, beta):
        v[...] = beta * v - lr * g
        theta += v

    def right_in_small_steps(theta, v, g, lr, beta):
        v *= beta
        v -= lr * g
        np.add(theta, v, out=theta)

    def right_with_a_loop(theta, v, g, lr, beta):
        for place in np.ndindex(theta.shape):
            v[place] = beta * v[place] - lr * g[place]
            theta[place] = theta[place] + v[place]

    wrong_optimizer_new_arrays = Changed("v[...] =", "v =", "theta += v", "theta = theta + v")
    wrong_momentum_velocity_not_kept = Changed("v[...] =", "v =")
    wrong_momentum_weights_not_moved = Changed("theta += v", "theta = theta + v")

    def wrong_momentum_old_velocity(theta, v, g, lr, beta):
        theta += v
        v[...] = beta * v - lr * g

    wrong_momentum_uphill = Changed("- lr * g", "+ lr * g")
    wrong_momentum_velocity_subtracted = Changed("theta += v", "theta -= v")
    wrong_momentum_averaged = Changed("- lr * g", "- (1 - beta) * lr * g")
    wrong_momentum_rate_outside = Changed("- lr * g", "+ g", "theta += v", "theta -= lr * v")
    wrong_momentum_looks_ahead = Changed("theta += v", "theta += beta * v - lr * g")


class largest_rate(Function):
    """Найбільша швидкість навчання

    Квадратична чаша має кілька осей, кожна зі своєю кривиною $\\lambda$. Розділ вивів, коли спуск з імпульсом $\\beta$
    збігається на одній осі: $0 < \\eta\\lambda < 2 + 2\\beta$. Тут $\\eta$ одна на всі осі.

    **Дано:** `curvatures`, масив кривин форми `(n,)`; `beta`, число.

    **Поверніть** число: найвищу межу, під якою спуск із будь-якою $\\eta > 0$ збігається на **всіх** осях.

    Недозволені дані функція має відхилити з помилкою `ValueError`: коли хоч одна кривина не додатна (нуль теж не
    годиться) або коли `beta` лежить поза проміжком $0 \\le \\beta < 1$.
    """

    points = 2
    hints = (
        "Кожна вісь ставить свою межу. Яка з них найсуворіша?",
        "Спершу `if` з умовою, потім `raise ValueError(…)` з поясненням. Кінці проміжку перевірте окремо: що має бути "
        "при $\\beta = 0$ і що при $\\beta = 1$?",
    )

    def inputs(rng, case):
        curvatures = rng.permutation([0.3, 1.0, 4.0]) * rng.uniform(0.8, 1.2, size=3)
        beta = rng.uniform(0.3, 0.9)
        if case == 0:
            return {"curvatures": np.array([1.0, 4.0]), "beta": 0.5}
        if case == 1:
            return {"curvatures": curvatures, "beta": 0.0}
        if case == 3:
            return {"curvatures": curvatures, "beta": 1.0}
        if case == 4:
            return {"curvatures": rng.permutation([0.0, 2.0, *curvatures]), "beta": beta}
        if case == 5:
            return {"curvatures": curvatures, "beta": -rng.uniform(0.1, 0.5)}
        return {"curvatures": np.append(curvatures, 10.0 + beta), "beta": beta}

    def right(curvatures, beta):
        if not 0 <= beta < 1:
            raise ValueError(f"beta must be in [0, 1), got {beta}")
        if np.any(curvatures <= 0):
            raise ValueError("every curvature must be positive")
        return (2 + 2 * beta) / np.max(curvatures)

    def right_of_each_axis(curvatures, beta):
        if beta < 0 or beta >= 1 or min(curvatures) <= 0:
            raise ValueError
        return min((2 + 2 * beta) / c for c in curvatures)

    def right_with_a_loop(curvatures, beta):
        steepest = 0.0
        for c in curvatures:
            if not c > 0:
                raise ValueError("curvature")
            if c > steepest:
                steepest = c
        if not (beta >= 0 and beta < 1):
            raise ValueError("beta")
        return 2 * (1 + beta) / steepest

    wrong_largest_rate_without_momentum = Changed("(2 + 2 * beta)", "2")
    wrong_largest_rate_flattest_axis = Changed("np.max", "np.min")
    wrong_largest_rate_condition_number = Changed("np.max(curvatures)", "(np.max(curvatures) / np.min(curvatures))")
    wrong_largest_rate_of_each_axis = Changed("np.max(curvatures)", "curvatures")
    wrong_largest_rate_takes_one = Changed("beta < 1", "beta <= 1")
    wrong_largest_rate_refuses_zero = Changed("0 <= beta", "0 < beta")
    wrong_largest_rate_takes_flat = Changed("curvatures <= 0", "curvatures < 0")

    def wrong_largest_rate_takes_all(curvatures, beta):
        return (2 + 2 * beta) / np.max(curvatures)

    wrong_largest_rate_none = Changed("raise ValueError", "return None", of="right_of_each_axis")


class read_the_path(Choice):
    """Прочитайте шлях

    На рисунку яр із $\\kappa = 30$ (кривини 1 та 30), SGD з імпульсом $\\beta = 0{,}97$ та $\\eta = 1/30$. Над шляхом
    написано, скільки кроків треба, щоб підійти до мінімуму. Дозволено змінити щось одне. Що зменшить це число
    **найбільше**?

    Запишіть номер варіанта в `read_the_path`.
    """

    points = 1
    figure = "from lessons_lib.figures.optimizers import bowl_path\n\nbowl_path(30, 0.97)"
    options = (
        "Збільшити $\\beta$ до $0{,}99$, щоб розігнатися дужче.",
        "Збільшити $\\eta$ до $0{,}2$, щоб кроки стали довшими.",
        "Зменшити $\\beta$ до $0{,}7$.",
        "Прибрати імпульс, $\\beta = 0$.",
    )
    hints = (
        "Що робить шлях, коли доходить до мінімуму? Чи потрібно йому більше розгону?",
        "Для варіанта з $\\eta$ порахуйте $\\eta\\lambda$ найкрутішої осі й порівняйте з $2 + 2\\beta$.",
    )

    right = 3
    wrong_path_more_momentum = 1
    wrong_path_larger_rate = 2
    wrong_path_no_momentum = 4


class bowl_settings(Tune):
    """Спустіться вчасно

    Яр із $\\kappa = 100$: $f = \\tfrac12 (x^2 + 100 y^2)$. Старт випадковий, десь за чотири одиниці від мінімуму.
    Бюджет: 60 кроків SGD з імпульсом. **Мета:** після останнього кроку втрата $f$ не більша за 0,001, хоч би з якого з
    восьми випадкових стартів почати.

    Без імпульсу найкраща $\\eta$ зменшує похибку лише на 2 % за крок: за 60 кроків лишиться близько третини відстані.
    Із завеликим імпульсом шлях не встигне спинитися, а завелика $\\eta$ викине його з яру. Тому підбирати треба обидва
    числа.

    Запишіть у словник `bowl_settings` свої `learning_rate` ($\\eta$, від $0{,}0001$ до $1$) та `momentum` ($\\beta$,
    від $0$ до $0{,}99$). Перевірка проведе спуски й скаже, якої втрати досяг найгірший.
    """

    points = 2
    trial = "momentum_on_a_bowl"
    goal = 0.001
    start = {"learning_rate": 0.001, "momentum": 0.0}
    limits = {"learning_rate": ("float", 0.0001, 1.0), "momentum": ("float", 0.0, 0.99)}
    hints = (
        "Змінюйте одне число за раз і читайте, що каже перевірка. Межа для $\\eta$ відома: "
        "$\\eta\\lambda < 2 + 2\\beta$, а найбільша кривина тут 100.",
        "Коли $\\eta$ вдала, похибка за крок множиться приблизно на $\\sqrt\\beta$. Порахуйте $\\sqrt\\beta$ у степені "
        "60 для кількох $\\beta$.",
        "Розділ має формули Поляка для найкращих $\\eta$ та $\\beta$; найменша кривина тут 1.",
    )

    right = {"learning_rate": 0.033, "momentum": 0.67}
    right_smaller_rate = {"learning_rate": 0.02, "momentum": 0.75}
    right_by_trial = {"learning_rate": 0.015, "momentum": 0.8}
    wrong_bowl_rate_too_large = {"learning_rate": 0.1, "momentum": 0.8}
    wrong_bowl_rate_too_small = {"learning_rate": 0.001, "momentum": 0.8}
    wrong_bowl_momentum_too_small = {"learning_rate": 0.0198, "momentum": 0.0}
    wrong_bowl_momentum_too_large = {"learning_rate": 0.02, "momentum": 0.95}


class rmsprop_step(Function):
    """Крок RMSprop

    **Дано:** ваги `theta`, градієнт `g` та пам’ять `s` (ковзне середнє квадрата градієнта), масиви однакової форми,
    довільної; числа `lr` ($\\eta$), `beta` ($\\beta$, частка старого) та `epsilon` ($\\epsilon$, стоїть поза коренем,
    як у розділі).

    **Поверніть** пару `(theta, s)`: нові ваги й нову пам’ять, два масиви тієї самої форми. Масиви, які вам дали,
    лишаються незмінними.
    """

    points = 2
    hints = (
        "Спершу нова пам’ять, потім крок: він ділиться на корінь уже з нової.",
        "Частки старого й нового в пам’яті дають у сумі одиницю.",
    )

    def inputs(rng, case):
        if case == 0:
            theta, g, s = np.array([1.0, 2.0]), np.array([2.0, -4.0]), np.array([4.0, 0.0])
            return {"theta": theta, "g": g, "s": s, "lr": 0.1, "beta": 0.75, "epsilon": 0.5}
        shape = [(), (3,), (2, 3), (4, 1), (3, 5), (2, 2, 3)][case]
        theta, g = rng.normal(size=(2, *shape))
        s = rng.uniform(0.2, 2, size=shape)
        lr, beta, epsilon = rng.uniform(0.05, 0.5), rng.uniform(0.6, 0.95), rng.uniform(0.01, 0.3)
        return {"theta": theta, "g": g, "s": s, "lr": lr, "beta": beta, "epsilon": epsilon}

    def right(theta, g, s, lr, beta, epsilon):
        s = beta * s + (1 - beta) * g**2
        return theta - lr * g / (np.sqrt(s) + epsilon), s

    def right_on_copies(theta, g, s, lr, beta, epsilon):
        theta, s = theta.copy(), s.copy()
        s *= beta
        s += (1 - beta) * g * g
        theta -= lr / (s**0.5 + epsilon) * g
        return theta, s

    def right_with_a_loop(theta, g, s, lr, beta, epsilon):
        new_theta, new_s = np.empty_like(theta), np.empty_like(s)
        for i in np.ndindex(theta.shape):
            new_s[i] = s[i] + (1 - beta) * (g[i] ** 2 - s[i])
            new_theta[i] = theta[i] - lr * g[i] / (np.sqrt(new_s[i]) + epsilon)
        return new_theta, new_s

    wrong_optimizer_eps_inside = Changed("(np.sqrt(s) + epsilon)", "np.sqrt(s + epsilon)")
    wrong_rmsprop_never_forgets = Changed("beta * s + (1 - beta) * g**2", "s + g**2")
    wrong_rmsprop_new_in_full = Changed("(1 - beta) * ", "")
    wrong_rmsprop_shares_swapped = Changed("beta * s + (1 - beta) * g**2", "(1 - beta) * s + beta * g**2")
    wrong_optimizer_no_square = Changed("g**2", "g")
    wrong_optimizer_no_root = Changed("np.sqrt(s)", "s")

    def wrong_rmsprop_old_memory(theta, g, s, lr, beta, epsilon):
        theta = theta - lr * g / (np.sqrt(s) + epsilon)
        return theta, beta * s + (1 - beta) * g**2

    wrong_optimizer_memory_overwritten = Changed("s = beta * s + ", "s *= beta\n    s += ")


class adam_step(Function):
    """Крок Adam

    **Дано:** ваги `theta`, градієнт `g`, ковзні середні `m` (градієнта) і `v` (його квадрата), масиви однакової форми,
    довільної; `t`, номер **цього** кроку (перший крок має `t = 1`, і тоді `m` та `v` нульові); числа `lr` ($\\eta$),
    `beta1`, `beta2`, `epsilon` ($\\epsilon$, поза коренем).

    **Поверніть** трійку `(theta, m, v)`: нові ваги та нові ковзні середні, ті, з яких почнеться наступний крок. Масиви,
    які вам дали, лишаються незмінними.
    """

    points = 3
    hints = (
        "П’ять формул розділу йдуть одна за одною: два ковзні середні, дві поправки, крок.",
        "У розділі кроки рахують від $t = 0$, тому в поправці степінь $t + 1$. Тут перший крок має `t = 1`: який "
        "степінь тепер?",
        "Поправка потрібна тільки кроку. Наступний крок чекає на середні такими, якими вони були до неї.",
    )

    def inputs(rng, case):
        if case == 0:
            theta, g, m = np.array([1.0, 2.0]), np.array([2.0, -2.0]), np.zeros(2)
            lr, beta1, beta2, epsilon, t = 0.1, 0.5, 0.75, 0.5, 1
            return _adam_inputs(theta, g, m, m.copy(), t, lr, beta1, beta2, epsilon)
        shape = [(), (3,), (2, 3), (4, 1), (3, 2), (2, 3, 2)][case]
        theta, g, m = rng.normal(size=(3, *shape))
        v = rng.uniform(0.5, 2, size=shape)
        t = [0, 2, 3, 5, 8, 12][case]
        beta1, beta2 = rng.uniform(0.6, 0.8), rng.uniform(0.85, 0.95)
        return _adam_inputs(theta, g, m, v, t, rng.uniform(0.05, 0.5), beta1, beta2, rng.uniform(0.02, 0.3))

    def right(theta, g, m, v, t, lr, beta1, beta2, epsilon):
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        return theta - lr * m_hat / (np.sqrt(v_hat) + epsilon), m, v

    def right_on_copies(theta, g, m, v, t, lr, beta1, beta2, epsilon):
        theta, m, v = theta.copy(), m.copy(), v.copy()
        m += (1 - beta1) * (g - m)
        v += (1 - beta2) * (g * g - v)
        root = np.sqrt(v) / np.sqrt(1 - beta2**t)
        theta -= lr / (1 - beta1**t) * m / (root + epsilon)
        return theta, m, v

    def right_with_a_loop(theta, g, m, v, t, lr, beta1, beta2, epsilon):
        theta, m, v = np.array(theta), np.array(m), np.array(v)
        for i in np.ndindex(theta.shape):
            m[i] = beta1 * m[i] + (1 - beta1) * g[i]
            v[i] = beta2 * v[i] + (1 - beta2) * g[i] ** 2
            m_hat, v_hat = m[i] / (1 - beta1**t), v[i] / (1 - beta2**t)
            theta[i] -= lr * m_hat / (v_hat**0.5 + epsilon)
        return theta, m, v

    wrong_adam_no_correction = Changed("m / (1 - beta1**t)", "m", "v / (1 - beta2**t)", "v")
    wrong_adam_only_m_corrected = Changed("v / (1 - beta2**t)", "v")
    wrong_adam_counts_one_more = Changed("beta1**t", "beta1 ** (t + 1)", "beta2**t", "beta2 ** (t + 1)")
    wrong_adam_counts_from_zero = Changed("beta1**t", "beta1 ** (t - 1)", "beta2**t", "beta2 ** (t - 1)")
    wrong_adam_always_first_step = Changed("beta1**t", "beta1", "beta2**t", "beta2")
    wrong_adam_keeps_corrected = Changed("epsilon), m, v", "epsilon), m_hat, v_hat")
    wrong_optimizer_eps_inside = Changed("(np.sqrt(v_hat) + epsilon)", "np.sqrt(v_hat + epsilon)")

    def wrong_adam_eps_before_correction(theta, g, m, v, t, lr, beta1, beta2, epsilon):
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        rate = lr * np.sqrt(1 - beta2**t) / (1 - beta1**t)
        return theta - rate * m / (np.sqrt(v) + epsilon), m, v

    wrong_optimizer_no_square = Changed("g**2", "g")
    wrong_optimizer_no_root = Changed("np.sqrt(v_hat)", "v_hat")

    def wrong_adam_betas_swapped(theta, g, m, v, t, lr, beta1, beta2, epsilon):
        m = beta2 * m + (1 - beta2) * g
        v = beta1 * v + (1 - beta1) * g**2
        m_hat = m / (1 - beta2**t)
        v_hat = v / (1 - beta1**t)
        return theta - lr * m_hat / (np.sqrt(v_hat) + epsilon), m, v

    wrong_adam_gradient_in_step = Changed("lr * m_hat", "lr * g")


class adamw(Repair):
    """Полагодьте AdamW

    Ця програма мала стати AdamW: кожен крок спершу зменшує кожну вагу на її частку $\\eta\\lambda$, потім робить крок
    Adam. Її перевірили на двох вагах, рівних 1. Їхні градієнти щокроку міняють знак: у першої $\\pm 0{,}1$, у другої
    $\\pm 10$. Згасання ваг мало зменшити обидві однаково. Але за 20 тисяч кроків із $\\eta = 0{,}001$ та
    $\\lambda = 0{,}01$ перша згасла до $0{,}14$, а друга лише до $0{,}98$.

    **Дано:** `theta`, ваги форми `(n,)`; `grads`, градієнти всіх кроків, форма `(steps, n)`; числа `lr` ($\\eta$) та
    `weight_decay` ($\\lambda$, сила згасання). Крок Adam робить готовий `Adam` бібліотеки, він правильний.

    **Знайдіть помилку й виправте її.** Функція повертає нові ваги після всіх кроків, масив `(n,)`, і не змінює того,
    що їй дали.
    """

    points = 2
    allows = ("Adam.__init__", "_Optimizer.update")
    hints = (
        "Простежте, крізь що проходить $\\lambda\\theta$, перш ніж потрапити у вагу.",
        "Чому вага з великим градієнтом згасає менше? На що Adam ділить її крок?",
        "Порівняйте в частині «Крок далі» дві формули зі стрілкою: яка з них у програмі?",
    )

    def inputs(rng, case):
        if case == 0:
            grads = np.array([[0.1, 10.0], [-0.1, -10.0]])
            return {"theta": np.ones(2), "grads": grads, "lr": 0.1, "weight_decay": 0.5}
        n, steps = [0, 3, 2, 4, 3, 5][case], [0, 4, 5, 3, 6, 7][case]
        grads = rng.normal(size=(steps, n)) * 10.0 ** rng.uniform(-1, 1, size=n)
        theta = rng.choice([-1, 1], size=n) * rng.uniform(0.5, 2, size=n)
        return {"theta": theta, "grads": grads, "lr": rng.uniform(0.05, 0.2), "weight_decay": rng.uniform(0.2, 0.6)}

    def broken_adamw_decay_in_gradient(theta, grads, lr, weight_decay):
        theta = theta.copy()
        optimizer = Adam(lr)
        for g in grads:
            g = g + weight_decay * theta
            optimizer.update([theta], [g])
        return theta

    def right(theta, grads, lr, weight_decay):
        theta = theta.copy()
        optimizer = Adam(lr)
        for g in grads:
            theta -= lr * weight_decay * theta
            optimizer.update([theta], [g])
        return theta

    def right_with_a_factor(theta, grads, lr, weight_decay):
        optimizer = Adam(learning_rate=lr)
        for g in grads:
            theta = (1 - lr * weight_decay) * theta
            optimizer.update([theta], [g])
        return theta

    def right_in_another_order(theta, grads, lr, weight_decay):
        theta = theta.copy()
        optimizer = Adam(lr)
        for g in grads:
            decay = lr * weight_decay * theta
            optimizer.update([theta], [g])
            theta -= decay
        return theta

    wrong_adamw_no_decay = Changed("theta -= lr * weight_decay * theta", "pass")
    wrong_adamw_decay_without_rate = Changed("lr * weight_decay", "weight_decay")
    wrong_adamw_rate_in_gradient = Changed(
        "weight_decay * theta", "lr * weight_decay * theta", of="broken_adamw_decay_in_gradient"
    )
    wrong_adamw_decay_twice = Changed("theta -= lr", "g = g + weight_decay * theta\n        theta -= lr")
    wrong_adamw_decay_after_step = Changed(
        "theta -= decay", "theta -= lr * weight_decay * theta", of="right_in_another_order"
    )
    wrong_adamw_weights_grow = Changed("theta -=", "theta +=")
    wrong_adamw_new_optimizer_each_step = Changed("optimizer.update", "Adam(lr).update")


def _adam_inputs(theta, g, m, v, t, lr, beta1, beta2, epsilon):
    return {"theta": theta, "g": g, "m": m, "v": v, "t": t, "lr": lr, "beta1": beta1, "beta2": beta2,
            "epsilon": epsilon}  # fmt: skip
