"""What was measured, as the tables and the requirements both read it."""

from spread import growth_exponent, median

BARE = "runsc run"


def number(value):
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def present(values):
    return [value for value in values if value is not None]


def find(series, name, platform):
    return next((row for row in series if (row["name"], row["platform"]) == (name, platform)), None)


def document_rows(data):
    """(shape, bytes) -> {benchmark: [microseconds]}"""
    rows = {}
    for name, times in sorted(data.items(), key=lambda entry: int(entry[0].split("/")[-1])):
        benchmark, shape, size = name.split("/")
        rows.setdefault((shape, int(size)), {})[benchmark] = times
    return rows


def document_growth(data):
    points = {}
    for (shape, size), times in document_rows(data).items():
        for benchmark in ("parse_and_validate", "generate_bundle"):
            # Below this, what does not depend on the size is a good part of it.
            if benchmark in times and size >= 16 << 10:
                points.setdefault((shape, benchmark.replace("_", " ")), []).append(
                    (size, median(times[benchmark])))
    return {key: growth_exponent(values) for key, values in points.items()}
