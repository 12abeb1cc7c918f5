import pytest
from lib.find_words import Text, beginnings, best, fit, likeness, words

TEXTS = [
    Text(1, "Paper jam in a printer", "open the back door of the printer and pull the paper out"),
    Text(2, "Forgotten password", "press forgot on the page where you log in; the mail comes at once"),
    Text(3, "Screen stays black", "look whether the cable of the monitor is in and the power is on"),
    Text(4, "Toner is empty", "the spare stands in the cupboard beside the printer"),
]


@pytest.mark.parametrize(('sentence', 'found'), [
    ("My printer is jammed, please help", ['printer', 'jammed', 'help']),
    ("no, it is my PC!", []),
    ("PRINT print Print", ['print']),
    ("snake_case e-mail", ['snake', 'case', 'mail']),
    ("ማተሚያ ቤት", ['ማተሚያ', 'ቤት']),
    ("", []),
])
def test_words(sentence, found):
    assert words(sentence) == found


def test_a_long_text_asks_for_its_first_words():
    assert words(' '.join(f'word{number}' for number in range(100))) == [f'word{number}' for number in range(12)]


@pytest.mark.parametrize(('sentence', 'key'), [
    ("paper jammed again", 1), ("the printer is jammed", 1), ("pasword", 2), ("I forgot my password", 2), ("black screen", 3), ("monitor", 3),
    ("tonner", 4), ("tone", 4), ("printing", 1)])
def test_ordinary_words_find_it(sentence, key):
    asked = words(sentence)
    assert best(asked, TEXTS, 3)[0] == key
    text = next(text for text in TEXTS if text.key == key)
    assert any(start in f'{text.title} {text.more}'.casefold() for start in beginnings(asked)), "it would not be looked up"


def test_what_does_not_fit_is_left_out():
    assert best(words("holiday request"), TEXTS, 3) == []
    assert best([], TEXTS, 3) == []
    assert best(words("paper jam in the printer"), TEXTS, 3) == [1], "one word of five is not enough"


def test_equals_stay_in_their_order_and_few_are_shown():
    same = [Text(key, "Printer", "") for key in (5, 3, 9, 1)]
    assert best(['printer'], same, 3) == [5, 3, 9]


def test_the_title_says_more_than_the_text():
    assert fit(['toner'], Text(1, "Toner")) == 2 * fit(['toner'], Text(2, "Ink", "toner"))


def test_other_words_are_not_like():
    for one, other in (('paper', 'password'), ('mail', 'main'), ('ink', 'thinking'), ('screen', 'scanner')):
        assert likeness(one, other) == 0, (one, other)
