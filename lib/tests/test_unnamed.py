import pytest
from lib.unnamed import unnamed


@pytest.mark.parametrize(('text', 'names', 'kept'), [
    ("Gave Abebe Kebede the right", ["Abebe Kebede"], "Gave … the right"),
    ("KEBEDE rang, abebe too", ["Abebe Kebede"], "… rang, … too"),
    ("Login abebe.k is free", ["abebe.k"], "Login … is free"),
    ("Kebedes are others", ["Abebe Kebede"], "Kebedes are others"),
    ("Al and de stay", ["Al de Witt"], "Al and de stay"),
    ("Write to x.y@example.co.uk", [], "Write to …"),
    ("Account 1000 1234 5678 9, price 412, HP 26A, 10.0.0.12", [], "Account …, price 412, HP 26A, 10.0.0.12"),
    ("Nothing here", ["", " ", None], "Nothing here"),
    ("(a+b) works", ["(a+b)"], "… works"),
])
def test_unnamed(text, names, kept):
    assert unnamed(text, names) == kept
