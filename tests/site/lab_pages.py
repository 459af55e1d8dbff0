"""What a student does on a page of exercises, for the tests that open one."""

DONE = """([box, shows]) => !box.querySelector('.ll-lab-status').dataset.busy
  && (!shows || box.querySelector('.ll-lab-output').textContent)"""
SECONDS = 60_000  # ms, until Python is there on a busy machine


def cell(page, name):
    return page.locator(f"#cell-{name.replace('_', '-')}")


def wait(page, name, shows=True):
    """Wait until a cell has run and, unless told otherwise, shows something; what it shows."""
    place = cell(page, name)
    page.wait_for_function(DONE, arg=[place.element_handle(), shows], timeout=SECONDS)
    return place.locator(".ll-lab-output").inner_text()


def fill(page, task, answer):
    """Give an answer as its kind is given on the page: `answer` is what tests of the tasks take."""
    place = cell(page, task.name)
    if task.kind == "choice":
        place.locator(f"input[value='{answer}']").check()
    elif task.kind == "number":
        parts = answer if isinstance(answer, tuple) else [answer]
        for field, part in zip(place.locator("input").all(), parts, strict=True):
            field.fill(str(part).replace(".", ","))
    elif task.kind == "order":
        for button in place.locator(".ll-lab-mine .ll-button").all()[::-1]:
            button.click()
        for number in answer:
            place.locator(".ll-lab-heap li").filter(has_text=f"⠿ {number}").first.locator(".ll-lab-line").click()
    else:
        place.locator("textarea").fill(task.cell(answer))


def check(page, task, answer):
    fill(page, task, answer)
    cell(page, task.name).locator(".ll-lab-check").click()
    return wait(page, task.name)
