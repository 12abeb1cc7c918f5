"""Paired measuring: anchor and variant take turns in one run, so that a noisy machine disturbs both alike.

A variant's slice is compared with the mean of the two anchor slices around it. A pair is thrown away when those two differ by more than
25 %; when more than a third is thrown away, the machine is too noisy for a word about it.
"""
import os
import random
import statistics
from dataclasses import dataclass

NOISE = 0.25


@dataclass(frozen=True)
class Ratio:
    """A ratio ours ÷ anchor: median and quartiles over the pairs that count."""
    name: str
    goal: str
    median: float
    low: float
    high: float
    pairs: int
    thrown: int
    ours: float
    anchor: float
    unit: str
    met: bool
    note: str = ''

    @property
    def too_noisy(self):
        return self.pairs == 0 or self.thrown > (self.pairs + self.thrown) / 3


def compare(name, anchor, variant, *, goal, at_least, unit, rounds, note=''):
    """Run ``anchor, variant, anchor, variant, …, anchor`` and return their Ratio.

    :param anchor, variant: functions without arguments that work one slice and return its figure, in ``unit``
    :param goal: the ratio to reach; ``at_least`` tells whether more or less is better
    """
    variant()       # warm both paths
    before = anchor()
    ratios, thrown, ours, anchors = [], 0, [], [before]
    for _round in range(rounds):
        figure = variant()
        after = anchor()
        middle = (before + after) / 2
        if abs(before - after) > NOISE * middle:
            thrown += 1
        else:
            ratios.append(figure / middle)
        ours.append(figure)
        anchors.append(after)
        before = after
    return summary(name, ratios, thrown, ours, anchors, goal=goal, at_least=at_least, unit=unit, note=note)


def summary(name, ratios, thrown, ours, anchors, *, goal, at_least, unit, note=''):
    """Return the Ratio of measured pairs; the goal is met by the median, with the worse quartile within 15 %."""
    median = statistics.median(ratios) if ratios else float('nan')
    low, high = quartiles(ratios)
    if at_least:
        met = median >= goal and low >= goal * 0.85
    else:
        met = median <= goal and high <= goal * 1.15
    return Ratio(name, f'{"≥" if at_least else "≤"} {goal:g}', median, low, high, len(ratios), thrown, statistics.median(ours),
                 statistics.median(anchors), unit, met, note)


def quartiles(values):
    if len(values) < 2:
        return (values or [float('nan')])[0], (values or [float('nan')])[-1]
    cuts = statistics.quantiles(values, n=4, method='inclusive')
    return cuts[0], cuts[2]


def shuffled(items, seed):
    """Return items in an order that differs each round but can be repeated."""
    items = list(items)
    random.Random(seed).shuffle(items)
    return items


def table(ratios):
    """Return the table that is printed: one line a ratio."""
    rows = [('what', 'goal', 'ours ÷ anchor (quartiles)', 'ours', 'anchor', 'pairs', '')]
    for ratio in ratios:
        verdict = 'too noisy' if ratio.too_noisy else 'reached' if ratio.met else 'not reached'
        rows.append((
            ratio.name, ratio.goal, f'{ratio.median:.2f} ({ratio.low:.2f}–{ratio.high:.2f})',
            f'{ratio.ours:.4g} {ratio.unit}', f'{ratio.anchor:.4g} {ratio.unit}', f'{ratio.pairs}', verdict))
    widths = [max(len(row[column]) for row in rows) for column in range(7)]
    lines = ['  '.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    notes = [f'  {ratio.name}: {ratio.note}' for ratio in ratios if ratio.note]
    return '\n'.join([*lines, '', *notes, f'  load average {os.getloadavg()[0]:.1f}'])
