"""The page «Швидкодія» and its figure are what the record of the last measurement says."""

from tools.bench import page


def test_the_page_and_its_figure_say_what_the_record_says():
    assert page.write(page.load(), check=True) == 0


def test_a_number_of_the_page_follows_the_record():
    record = page.load()
    record["steps"]["small"]["rows"][0]["microseconds"] = 4321
    changed = page.files(record)
    assert all("4321" in content for content in changed.values())
    assert all(content != path.read_text(encoding="utf-8") for path, content in changed.items())
