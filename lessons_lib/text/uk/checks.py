"""Feedback of the exercises' checks, and the known mistakes that tasks of several chapters share.

A mistake (`mistake.<key>`) says what the answer shows and where to look, never the corrected line. A mistake of one
chapter alone stands in that chapter's module.
"""

TEXT = {
    "check.passed": "Правильно.",
    "check.passed.tune": "Правильно, мети досягнуто.",
    "check.unsolved": "Ще не розв’язано: змініть комірку із завданням, виконайте її, потім цю.",
    "check.progress": "Розв’язано завдань: {solved} з {tasks}. Балів: {points} з {all_points}.",
    "check.task.solved": "розв’язано",
    "check.task.tried": "є помилка",
    "check.task.open": "ще не розв’язано",
    "check.head.task": "Завдання",
    "check.head.points": "Бали",
    "check.unknown": "Завдання «{name}» немає.",
    "check.nearest": "Можливо, ви мали на увазі: {names}.",
    "check.difference.value": "Відповідь відрізняється від очікуваної.",
    "check.difference.nan": "Серед чисел відповіді є nan або inf.",
    "check.type.array": "масив NumPy",
    "check.type.number": "число",
    "check.difference.type": "Функція повернула {given_type}, а треба {expected_type}.",
    "check.difference.none": "Функція повернула None. Можливо, бракує <code>return</code>.",
    "check.difference.shape": "Форма відповіді {given}, а треба {expected}.",
    "check.difference.one_number": "Треба одне число, а відповідь має форму {given}.",
    "check.difference.array": "Треба масив форми {expected}, а відповідь є одним числом.",
    "check.difference.length": "Частин у відповіді {given}, а треба {expected}.",
    "check.difference.keys": "Ключі відповіді {given}, а треба {expected}.",
    "check.difference.number": "Число не те. Перевірте кожен крок обчислення й округліть, цифр після коми: {decimals}.",
    "check.raised": "Код зупинився з помилкою {names}.",
    "check.other_error": "Код зупинився з помилкою {name}, а завдання просить {error}.",
    "check.no_error": "Тут завдання просить помилку {error}, а функція повернула відповідь.",
    "check.changed": "Функція змінила свій аргумент {names}. Працюйте з копією.",
    "check.library": "Тут усю роботу робить готова функція {names}. Запишіть формулу самі.",
    "check.timeout": "Код не закінчився за {seconds} с, і його зупинено. Чи має цикл кінець?",
    "check.flood": "Код друкує без упину, і його зупинено. Приберіть <code>print</code> із циклу.",
    "check.signature": "Функцію не вдається викликати так, як просить завдання: <code>{expected}</code>.",
    "check.not_function": "Потрібна функція, а тут {given}. Передайте її назву без дужок.",
    "check.not_number": "Потрібна відповідь із чисел (скільки: {size}), а тут {given}.",
    "check.not_option": "Потрібен номер варіанта, від 1 до {options}, а тут {given}.",
    "check.not_settings.keys": "Потрібен словник із ключами {expected}, а тут {given}.",
    "check.not_settings.int": "<code>{name}</code> має бути цілим числом від {low} до {high}, а тут {given}.",
    "check.not_settings.float": "<code>{name}</code> має бути числом від {low} до {high}, а тут {given}.",
    "check.not_reached": "Мети ще не досягнуто.",
    "check.loss": "Досягнуто {loss:.4g}, мета: не більше ніж {goal:.4g}.",
    "check.message": "повідомлення",
    "check.line": "рядок {line}",
    "check.place": "місце",
    "check.given": "ваша відповідь",
    "check.expected": "очікувано",
    # known mistakes, shared by chapters
    "mistake.no_mean": "Це сума, а не середнє: бракує ділення на кількість.",
    "mistake.not_squared": "Різниці не піднесено до квадрата, тож додатні й від’ємні гасять одна одну.",
    "mistake.half": "Рівно вдвічі менше: зайвий множник 1/2.",
    "mistake.mean_over_rows": (
        "Поділено на кількість рядків, а не на кількість усіх елементів: коли стовпців k, число виходить у k разів "
        "завелике."
    ),
    "mistake.root": "Зайвий корінь: MSE є середнім квадратів, без кореня.",
    "mistake.absolute": "Тут модулі різниць, а треба квадрати.",
    "mistake.no_sum": "Тут числа за елементами, а треба одне число: бракує середнього.",
    "mistake.changes_input": (
        "Числа правильні, але функція змінила свій аргумент: <code>-=</code>, <code>out=</code> чи присвоєння "
        "елементам пишуть у той самий масив."
    ),
}
