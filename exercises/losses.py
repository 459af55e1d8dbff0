"""Chapter 2: losses and their gradients."""

import numpy as np

from exercises.tasks import Function, Number

TITLE = "Вправи: функції втрат"
INTRO = """
Ці вправи йдуть за розділом «Функції втрат»: ви запишете втрати та їхні градієнти самі й виправите програму, яка тихо
рахує не те.
"""
IMPORTS = ("sigmoid", "softmax")


class mse_by_hand(Number):
    """MSE на папері

    Прогноз `[1, 3, 2]`, правильні відповіді `[1, 1, 5]`. Порахуйте середню квадратичну похибку (MSE) руками. Запишіть
    число, округлене до трьох цифр після коми, у `mse_by_hand`.
    """

    points = 1
    decimals = 3
    hints = ("Різниці: $0$, $2$ і $-3$. Піднесіть кожну до квадрата, додайте, поділіть на кількість.",)

    def right():
        return (0**2 + 2**2 + 3**2) / 3

    def wrong_no_mean():
        return 0**2 + 2**2 + 3**2

    def wrong_not_squared():
        return (0 + 2 - 3) / 3

    def wrong_half():
        return (0**2 + 2**2 + 3**2) / 6


class mse(Function):
    """Середня квадратична похибка

    **Дано:** `y_pred` і `y_true`, масиви однакової форми, довільної: `(n,)`, `(n, 1)`, `(m, k)`.

    **Поверніть** число: середнє за всіма елементами $(y_{pred} - y_{true})^2$.
    """

    points = 2
    hints = ("Скільки елементів у масиві форми `(m, k)`? Саме стільки доданків під сумою.",)

    def inputs(rng, case):
        shape = [(2,), (3, 1), (2, 3), (5,), (4, 2), (3, 3)][case]
        if case == 0:
            return {"y_pred": np.array([1.0, 2.0]), "y_true": np.array([1.0, 4.0])}
        return {"y_pred": rng.normal(size=shape), "y_true": rng.normal(size=shape)}

    def right(y_pred, y_true):
        return np.mean((y_pred - y_true) ** 2)

    def right_with_a_loop(y_pred, y_true):
        total = 0.0
        for p, y in zip(y_pred.ravel(), y_true.ravel()):
            total += (p - y) ** 2
        return total / y_pred.size

    def right_in_steps(y_pred, y_true):
        error = y_true - y_pred
        error *= error
        return error.sum() / error.size

    def wrong_no_mean(y_pred, y_true):
        return np.sum((y_pred - y_true) ** 2)

    def wrong_mean_over_rows(y_pred, y_true):
        return np.sum((y_pred - y_true) ** 2) / len(y_pred)

    def wrong_not_squared(y_pred, y_true):
        return np.mean(y_pred - y_true)

    def wrong_root(y_pred, y_true):
        return np.sqrt(np.mean((y_pred - y_true) ** 2))

    def wrong_half(y_pred, y_true):
        return np.mean((y_pred - y_true) ** 2) / 2

    def wrong_absolute(y_pred, y_true):
        return np.mean(np.abs(y_pred - y_true))

    def wrong_no_sum(y_pred, y_true):
        return (y_pred - y_true) ** 2

    def wrong_changes_input(y_pred, y_true):
        y_pred -= y_true
        return np.mean(y_pred**2)
