"""Draws the pictures of bench/README.md as SVG."""

import html
import math

from spread import median, quantile

WIDTH = 860
INK, MUTED, GRID = "#24292f", "#6e7781", "#d8dee4"
COLOURS = {
    "cell, warm": "#1a7f37", "cell, warm, prepared": "#1a7f37", "cell, cold": "#0969da",
    "runsc run": "#bc4c00",
}
OTHERS = "#8c959f"


def text(x, y, content, anchor="start", colour=INK, size=13, weight="normal"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}" font-size="{size}" '
            f'font-weight="{weight}">{html.escape(content)}</text>')


def line(x1, y1, x2, y2, colour=GRID, width=1.0):
    return (f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" stroke="{colour}" stroke-width="{width}" '
            f'stroke-linecap="round" fill="none"/>')


def dot(x, y, colour, radius=5):
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" fill="{colour}" stroke="#fff" stroke-width="1.5"/>'


def picture(height, title, subtitle, parts):
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'font-family="system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif">',
        f'<title>{html.escape(title)}</title>',
        f'<rect width="{WIDTH}" height="{height}" rx="6" fill="#fff"/>',
        text(24, 34, title, size=17, weight="600"), text(24, 55, subtitle, colour=MUTED), *parts,
        "</svg>", ""])


def milliseconds(value):
    return f"{value:.0f} ms" if value >= 100 else f"{value:.1f} ms"


def latency(race):
    """A dot for the median of each contestant, on a bar from p5 to p95; fastest first."""
    rows = []
    for row in race["series"]:
        times = [time for time in row["exit_ms"] if time is not None]
        rows.append((median(times), quantile(times, 0.05), quantile(times, 0.95), row))
    rows.sort(key=lambda entry: entry[0])

    left, right, top, step = 210, WIDTH - 100, 92, 30
    bottom = top + step * len(rows)
    lowest = min(entry[1] for entry in rows)
    highest = max(entry[2] for entry in rows)
    first, last = math.log10(lowest) - 0.05, math.log10(highest) + 0.05

    def x_of(value):
        return left + (math.log10(value) - first) / (last - first) * (right - left)

    parts = []
    for decade in range(-1, 5):
        for step_of_decade in (1, 2, 5):
            tick = step_of_decade * 10.0 ** decade
            if lowest <= tick <= highest:
                parts.append(line(x_of(tick), top - 8, x_of(tick), bottom))
                parts.append(text(x_of(tick), top - 14, f"{tick:g} ms", "middle", MUTED, 11))
    for number, (middle, low, high, row) in enumerate(rows):
        y = top + step * (number + 0.5)
        colour = COLOURS.get(row["name"], OTHERS)
        ours = row["name"].startswith("cell")
        name = f"{row['name']} ({row['platform']})" if row["platform"] else row["name"]
        parts += [
            text(left - 16, y + 4.5, name, "end", weight="600" if ours else "normal"),
            line(x_of(low), y, x_of(high), y, colour, 4),
            dot(x_of(middle), y, colour, 6.5),
            text(right + 18, y + 4.5, milliseconds(middle), weight="600" if ours else "normal"),
        ]
    return picture(bottom + 22, f"From the call to the exit of {race['workload']}",
                   "median, bar from p5 to p95; logarithmic; all in turn on the same machine", parts)


def apart(labels, least):
    """Positions no closer than `least`, in the order of what is wished."""
    placed = []
    for wished, label in sorted(labels, key=lambda entry: entry[0]):
        placed.append((max(wished, placed[-1][0] + least) if placed else wished, label))
    return placed


def throughput(data):
    """A line for each contestant, its median with the smallest and the largest round."""
    counts = sorted({row["at_once"] for row in data})
    lines = {}
    for row in data:
        lines.setdefault(row["name"], {})[row["at_once"]] = row["per_second"]
    left, right, top, bottom = 64, WIDTH - 150, 84, 360
    highest = max(max(row["per_second"]) for row in data)
    unit = next(unit for unit in (1, 2, 5, 10, 20, 50, 100, 200, 500) if highest / unit <= 6)
    ceiling = unit * math.ceil(highest / unit)

    def x_of(count):
        return left + (right - left) * (counts.index(count) + 0.35) / (len(counts) - 0.3)

    def y_of(rate):
        return bottom - (bottom - top) * rate / ceiling

    parts = []
    for tick in range(0, ceiling + 1, unit):
        parts.append(line(left, y_of(tick), right, y_of(tick)))
        parts.append(text(left - 10, y_of(tick) + 4, str(tick), "end", MUTED, 11))
    for count in counts:
        parts.append(text(x_of(count), bottom + 22, f"{count} at once", "middle", MUTED, 12))
    labels = []
    for number, (name, rates) in enumerate(lines.items()):
        colour = COLOURS.get(name, OTHERS)
        shift = 7 * (number - (len(lines) - 1) / 2)
        points = [(x_of(count) + shift, rates[count]) for count in counts if count in rates]
        path = "L".join(f"{x:.1f} {y_of(median(values)):.1f}" for x, values in points)
        parts.append(f'<path d="M{path}" stroke="{colour}" stroke-width="2.2" fill="none"/>')
        for x, values in points:
            parts.append(line(x, y_of(min(values)), x, y_of(max(values)), colour, 2))
            parts.append(dot(x, y_of(median(values)), colour))
        labels.append((y_of(median(points[-1][1])), (name, colour)))
    for y, (name, colour) in apart(labels, 18):
        parts.append(text(right + 6, y + 4.5, name, colour=colour, weight="600"))
    return picture(bottom + 42, "Cells a second of true, by how many run at once",
                   "median, bar from the slowest to the fastest round; the pool is full again at the end",
                   parts)


def pictures(sections):
    drawn = {}
    if "latency" in sections:
        drawn["latency"] = latency(sections["latency"]["data"][0])
    if "throughput" in sections:
        drawn["throughput"] = throughput(sections["throughput"]["data"])
    return drawn
