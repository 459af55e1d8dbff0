"""What the grading command says, and the pages it writes for teachers and students."""

TEXT = {
    "check.missing": "У зошиті немає відповіді на це завдання.",
    "check.died": "Код обірвав виконання: процес завершився, не давши відповіді.",
    "check.malformed": "Відповідь не вдалося прочитати.",
    "grading.help": (
        "Оцінює здані зошити з вправами одного розділу. Код студентів виконується в ізольованому процесі, а рішення "
        "ухвалюється поза ним. Перервану перевірку продовжить та сама команда."
    ),
    "grading.help.what": "що оцінювати",
    "grading.help.options": "налаштування",
    "grading.help.chapter": "назва розділу без номера: для зошита 02_losses.ipynb це losses",
    "grading.help.submissions": "тека або zip-файл із Moodle, Google Classroom чи nbgrader",
    "grading.help.output": "куди записати оцінки й відгуки (типово: {default})",
    "grading.help.seed": (
        "таємне ціле число, з якого беруться вхідні дані (типово: випадкове, зберігається поруч з оцінками)"
    ),
    "grading.help.workers": "скільки зошитів перевіряти водночас (типово: {default})",
    "grading.help.scheduler": "адреса головного процесу Dask, якщо перевіряє кластер",
    "grading.help.seconds": "скільки секунд має одне завдання (типово: {default})",
    "grading.help.memory": "скільки мегабайтів пам’яті має один зошит (типово: {default})",
    "grading.help.course": "тека з репозиторієм курсу (типово: {default})",
    "grading.help.plan": "файл плану, який створила команда make plan: з ним репозиторій курсу не потрібен",
    "grading.help.worksheet": (
        "відомість оцінок, яку ви завантажили з Moodle: її заповнену копію буде записано як moodle.csv (типово: нова "
        "відомість англійською)"
    ),
    "grading.no_worksheet": "Це не відомість оцінок із Moodle: не знайдено номерів учасників або найвищої оцінки.",
    "grading.not_in_worksheet": "немає у відомості: {student}",
    "grading.copy": "копія",
    "grading.page": "відгук",
    "grading.help.unprotected": "перевіряти без ізоляції: лише код, якому ви довіряєте",
    "grading.help.help": "показати цю довідку",
    "grading.bar": "Перевірено",
    "grading.done": (
        "Готово: {folder}. Підсумок для класу: summary.html, оцінки: grades.csv, доля кожного файлу: files.csv. "
        "Для Moodle: moodle.csv і feedback.zip."
    ),
    "grading.interrupted": "Перевірку перервано. Та сама команда її продовжить.",
    "grading.no_course": (
        "У теці {folder} немає вправ курсу. Вкажіть теку з його репозиторієм: --course ТЕКА, чи план: --plan ФАЙЛ."
    ),
    "grading.no_plan": "{file} не є планом оцінювання, який створює команда make plan.",
    "grading.plan_of_another": "План {file} складено для розділу {chapter}.",
    "grading.no_source": "Теки або файлу {source} немає.",
    "grading.no_submission": "У {source} немає жодного зданого зошита.",
    "grading.not_zip": "{source} не є ні текою, ні справним zip-файлом.",
    "grading.other_plan": "У теці {folder} лежать результати іншого розділу, зерна або версії: виберіть іншу теку.",
    "grading.bad_seed": "У файлі {file} немає цілого числа. Вилучіть його або вкажіть --seed.",
    "grading.no_output": "Не вдається писати в теку {folder}: {reason}.",
    "grading.canary": (
        "Перевірку не розпочато: навіть правильні відповіді не пройшли її тут ({tasks}). Ймовірно, ізольований процес "
        "не бачить NumPy або бібліотеки курсу."
    ),
    "grading.counted_files": "Файлів: {files}. Взято зошитів: {taken}. Не взято файлів: {left}; чому, каже files.csv.",
    "grading.left_out": "не взято: {path} ({reason})",
    "grading.left_out.more": "і ще {count}",
    "grading.reason.taken": "оцінено",
    "grading.reason.noise": "службовий файл",
    "grading.reason.older": "старіша копія того самого студента",
    "grading.reason.other_chapter": "зошит іншого розділу",
    "grading.reason.no_notebook": "не зошит",
    "grading.head.file": "Файл",
    "grading.head.fate": "Що з ним",
    "grading.no_chapter": "Розділу {chapter} немає. Є такі: {known}.",
    "grading.no_sandbox": (
        "Ізолювати код студентів тут не вдається: {reason}. На Debian та Ubuntu допоможе apt install bubblewrap. "
        "Перевіряти без ізоляції можна лише з --unprotected: тоді чужий код матиме доступ до мережі, до ваших файлів "
        "і зможе запускати процеси."
    ),
    "grading.unprotected": "Увага: без ізоляції код студентів має доступ до такого: {open}.",
    "grading.open.network": "мережа",
    "grading.open.files": "ваші файли",
    "grading.open.processes": "запуск процесів",
    "grading.status.graded": "оцінено",
    "grading.status.rejected": "не прийнято: {reason}",
    "grading.status.timed_out": "перевищено час",
    "grading.status.died": "виконання обірвалося",
    "grading.rejected.empty": "файл порожній",
    "grading.rejected.too_large": "файл завеликий",
    "grading.rejected.html": "це вебсторінка, а не зошит",
    "grading.rejected.truncated": "файл обрізано або зіпсовано",
    "grading.rejected.not_notebook": "це не зошит Jupyter",
    "grading.rejected.foreign_kernel": "зошит не мовою Python",
    "grading.rejected.no_tasks": "у зошиті немає завдань цього розділу",
    "grading.rejected.link": "це посилання на інший файл",
    "grading.rejected.unreadable": "файл не вдається прочитати",
    "grading.rejected.fault": "під час оцінювання сталася внутрішня помилка: перегляньте цей зошит самі",
    "grading.unsolved": "Ще не розв’язано.",
    "grading.score": "Балів: {points} з {of}",
    "grading.summary": "{title}. Підсумок класу",
    "grading.counted": "Зошитів: {submissions}, з них оцінено: {graded}. Середній бал: {mean} з {of}.",
    "grading.mean": "{mean:.1f}",
    "grading.solved": "Скільки студентів розв’язали кожне завдання",
    "grading.mistakes": "Які помилки трапляються найчастіше",
    "grading.none": "Відомих помилок немає.",
    "grading.students": "Студенти",
    "grading.head.student": "Студент",
    "grading.head.id": "Номер у Moodle",
    "grading.head.status": "Стан",
    "grading.head.points": "Бали",
    "grading.head.of": "З",
    "grading.head.task": "Завдання",
    "grading.head.mistake": "Помилка",
    "grading.head.mistakes": "Помилки",
    "grading.head.count": "Скільки",
    "grading.head.share": "Частка",
}
