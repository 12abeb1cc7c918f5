"""The host agent of IT Continuity: measure, judge, keep, report."""

__version__ = '1.4.0'
