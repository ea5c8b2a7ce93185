#!/usr/bin/env python3
"""Draws a trace of ChromeTraceTracer as an SVG: trace_picture.py TRACE.json > PICTURE.svg

A row per cell, a bar per phase, and below it what the backend traced inside the phase."""

import html
import json
import sys

WIDTH, LEFT, TOP, ROW, BAR = 960, 110, 26, 30, 14
COLOURS = {
    "create": "#4e79a7", "secrets": "#b07aa1", "run": "#59a14f", "export": "#edc948",
    "destroy": "#e15759", "runsc run": "#a3d39c", "runsc flags": "#9dbcd9", "runsc kill": "#f4a6a7",
}


def slices(events):
    """(track, depth, name, begin, end) of each slice; one without an end lasts to the last event."""
    last = max(event["ts"] for event in events if "ts" in event)
    under_way = {}
    for event in events:
        stack = under_way.setdefault(event["tid"], [])
        if event["ph"] == "B":
            stack.append((event["name"], event["ts"]))
        elif event["ph"] == "E":
            name, begin = stack.pop()
            yield event["tid"], len(stack), name, begin, event["ts"]
    for track, stack in under_way.items():
        for depth, (name, begin) in enumerate(stack):
            yield track, depth, name, begin, last


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        events = json.load(file)
    tracks = {e["tid"]: e["args"]["name"] for e in events if e.get("name") == "thread_name"}
    rows = {track: TOP + ROW * row for row, track in enumerate(sorted(tracks, key=tracks.get))}
    drawn = list(slices(events))
    start = min(begin for *_, begin, _ in drawn)
    scale = (WIDTH - LEFT - 10) / (max(end for *_, end in drawn) - start)

    height = TOP + ROW * len(rows) + 4
    print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
          f'font-family="sans-serif" font-size="11">')
    print(f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>')
    step = next(s for s in (10, 20, 50, 100, 200, 500, 1000, 2000, 5000) if s * 1000 * scale > 70)
    for tick in range(0, int((WIDTH - LEFT) / scale / 1000), step):
        x = LEFT + tick * 1000 * scale
        print(f'<path d="M{x:.0f} {TOP - 6}V{height}" stroke="#ddd"/>'
              f'<text x="{x + 3:.0f}" y="{TOP - 10}" fill="#777">{tick} ms</text>')
    for track, y in rows.items():
        print(f'<text x="4" y="{y + BAR - 3}" fill="#333">{html.escape(tracks[track])}</text>')
    for track, depth, name, begin, end in drawn:
        x, width = LEFT + (begin - start) * scale, (end - begin) * scale
        if width < 0.3:
            continue
        y, size = (rows[track], BAR) if depth == 0 else (rows[track] + BAR, BAR - 4)
        duration = f"{(end - begin) / 1000:.1f} ms"
        print(f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{size}" '
              f'fill="{COLOURS.get(name, "#bab0ac")}"><title>{html.escape(name)} {duration}</title></rect>')
        label = f"{name} {duration}" if width > 110 else name if width > 8 * len(name) else ""
        if label:
            print(f'<text x="{x + 3:.1f}" y="{y + size - 3 if depth == 0 else y + size - 1}" '
                  f'font-size="{11 if depth == 0 else 9}" fill="#fff">{html.escape(label)}</text>'
                  .replace('#fff', '#fff' if depth == 0 else '#234'))
    print("</svg>")


if __name__ == "__main__":
    main()
