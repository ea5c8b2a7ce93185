"""What many runs of the same thing amount to."""

import math
import random
import statistics


def quantile(values, q):
    values = sorted(values)
    place = q * (len(values) - 1)
    below = int(place)
    above = min(below + 1, len(values) - 1)
    return values[below] + (values[above] - values[below]) * (place - below)


def median(values):
    return statistics.median(values)


def interval_of_median(values, samples=2000):
    """The 95 % interval of the median, by the bootstrap; the same for the same values."""
    source = random.Random(1)
    medians = sorted(median(source.choices(values, k=len(values))) for _ in range(samples))
    return medians[int(0.025 * samples)], medians[int(0.975 * samples) - 1]


def pairwise(values, base):
    """The ratio to `base` in each round in which both took part."""
    return [a / b for a, b in zip(values, base) if a is not None and b is not None]


def growth_exponent(points):
    """The slope of (size, time) on logarithmic axes by least squares: 1 is linear, 2 quadratic."""
    xs = [math.log(size) for size, _ in points]
    ys = [math.log(time) for _, time in points]
    return statistics.covariance(xs, ys) / statistics.variance(xs)
