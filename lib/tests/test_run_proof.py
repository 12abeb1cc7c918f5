from itertools import product

from lib.run_proof import Beside


def test_what_is_found_first_stands_alone():
    found = Beside(True, ('why',), ({'name': 'a'},), is_enough=False, answers=True)
    assert found.after(None) == found


def test_what_two_things_say_holds_where_both_say_it_in_the_order_in_which_they_were_asked():
    for first, second in product((True, False), repeat=2):
        both = Beside(second, ('second',), (2,), second, second).after(Beside(first, ('first',), (1,), first, first))
        assert both == Beside(first and second, ('first', 'second'), (1, 2), first and second, first and second)
