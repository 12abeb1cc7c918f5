"""Every example in a docstring of lib is run."""

import doctest
import importlib
from pathlib import Path

import pytest

MODULES = sorted(path.stem for path in Path(__file__).parents[1].glob('*.py'))


@pytest.mark.parametrize('name', MODULES)
def test_examples_of_module_hold(name):
    assert doctest.testmod(importlib.import_module(f'lib.{name}')).failed == 0


def test_examples_exist():
    tried = sum(doctest.testmod(importlib.import_module(f'lib.{name}')).attempted for name in MODULES)
    assert tried >= 15
