from . import test_handbook_coverage
