#!/usr/bin/env python3
"""Makes tables and pictures of what measure.py kept: report.py RESULTS.json FOLDER

Leaves results.md, latency.svg and throughput.svg in FOLDER. Times are medians; ratios are medians of the
ratios of runs in the same round, with the 95 % interval of that median in brackets.
"""

import json
import pathlib
import re
import sys

import compile_cost
import plots
import requirements
from series import BARE, document_growth, document_rows, find, number, present
from spread import interval_of_median, median, pairwise, quantile

def table(head, rows):
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines) + "\n"


def named(row):
    return f"{row['name']} ({row['platform']})" if row["platform"] else row["name"]


def ratio(values, base):
    ratios = pairwise(values, base)
    low, high = interval_of_median(ratios)
    return f"{median(ratios):.2f} ({low:.2f}–{high:.2f})"


def ratio_to_bare(row, series, column):
    bare = find(series, BARE, row["platform"] or series_platform(series))
    if bare is None or bare is row:
        return "1" if bare is row else ""
    return ratio(row[column], bare[column])


def series_platform(series):
    """The platform that contestants without one are compared with: the first."""
    return next(row["platform"] for row in series if row["name"] == BARE)


def race_table(race, column):
    rows = []
    for row in race["series"]:
        times = present(row[column])
        rows.append([
            named(row), number(median(times)), number(quantile(times, 0.95)), number(quantile(times, 0.99)),
            f"{number(min(times))}–{number(max(times))}", ratio_to_bare(row, race["series"], column),
            len(times)])
    rows += missing_rows(race, 6)
    return table(["ms", "p50", "p95", "p99", "min–max", f"ratio to `{BARE}`", "runs"], rows)


def missing_rows(race, columns):
    return [[named(row), "cannot run here:", row["why"].strip().replace("\n", " "), *[""] * (columns - 2)]
            for row in race["missing"]]


def cold(data):
    return "\n".join(race_table(race, "exit_ms") for race in data)


def latency(data):
    text = ""
    for race in data:
        text += f"\nTime to exit of `{race['workload']}`:\n\n" + race_table(race, "exit_ms")
        if "first_byte_ms" in race["series"][0]:
            text += (f"\nTime to the first byte that `{race['workload']}` wrote:\n\n"
                     + race_table(race, "first_byte_ms"))
    return text


def throughput(data):
    counts = sorted({row["at_once"] for row in data})
    rows = []
    for name, platform in dict.fromkeys((row["name"], row["platform"]) for row in data):
        cells = []
        for count in counts:
            row = next((r for r in data if (r["name"], r["platform"], r["at_once"])
                        == (name, platform, count)), None)
            bare = next((r for r in data if (r["name"], r["platform"], r["at_once"])
                         == (BARE, platform, count)), None)
            if row is None:
                cells.append("")
                continue
            rates = row["per_second"]
            cell = f"{number(median(rates))} ({number(min(rates))}–{number(max(rates))})"
            if bare is not None and bare is not row:
                cell += f", × {median(pairwise(rates, bare['per_second'])):.2f}"
            cells.append(cell)
        rows.append([f"{name} ({platform})", *cells])
    return table(["a second, and × that of bare runsc", *(f"{count} at once" for count in counts)], rows)


def shells(data):
    return table(["cells a second", "8 shells with bare runsc", "8 threads of one supervisor", "ratio"],
                 [["", f"{data['bare_cells_per_s']:.1f}", f"{data['cellos_cells_per_s']:.1f}",
                   f"{data['ratio_p50']:.2f} ({data['ratio_min']:.2f}–{data['ratio_max']:.2f})"]])


def burst(data):
    rows = []
    for row in data:
        times = row["exit_ms"]
        rows.append([f"{row['at_once']} ({row['platform']})", number(median(times)),
                     number(quantile(times, 0.95)), number(quantile(times, 0.99)),
                     f"{number(min(times))}–{number(max(times))}", f"{row['warm']} of {len(times)}",
                     number(median(row["other_ms"]))])
    return table(["ms, all at once", "p50", "p95", "p99", "min–max", "warm", f"one `{BARE}` alone"], rows)


def memory(data):
    rows = [("the supervising process before it has a backend", data["before_kib"]),
            ("… after the first cell", data["after_first_cell_kib"]),
            (f"… after {data['cells']} cells, 8 at once", data["after_cells_kib"])]
    for pool in data["pools"]:
        rows += [(f"… with a pool of {pool['sandboxes']} idle sandboxes ({pool['platform']})",
                  pool["supervising_kib"]),
                 (f"each idle warm sandbox, all its processes ({pool['platform']})", pool["kib_each"])]
    return table(["", "MiB"], [[name, f"{kib / 1024:.1f}"] for name, kib in rows])


def documents(data):
    rows = []
    for (shape, size), times in sorted(document_rows(data).items()):
        bare, ours = median(times["bare_parse"]), median(times["parse_and_validate"])
        bundle = times.get("generate_bundle")
        rows.append([f"{size >> 10} KiB of {shape.replace('_', ' ')}", number(bare), number(ours),
                     f"{ours / bare:.2f}", number(median(bundle)) if bundle else ""])
    text = table(["µs", "nlohmann's bare parse", "parse and validate", "ratio", "bundle"], rows)
    return text + "\n" + "\n".join(
        f"* {shape.replace('_', ' ')}: {what} grows with the size to the power of {exponent:.2f}"
        for (shape, what), exponent in document_growth(data).items()) + "\n"


def filtered(data):
    parts = []
    for race in data:
        parts.append(race_table(race, "exit_ms"))
        for platform in dict.fromkeys(row["platform"] for row in race["series"]):
            with_it, without = (find(race["series"], name, platform)
                                for name in ("cell, cold", "cell, cold, without the filter"))
            if with_it and without:
                parts.append(f"With the filter to without it, {platform}: × "
                             f"{ratio(with_it['exit_ms'], without['exit_ms'])}.\n")
    return "\n".join(parts)


def output(data):
    parts = [f"Files are in the tmpfs at `{folder}`.\n"
             for folder in dict.fromkeys(race["file_directory"] for race in data)]
    for race in data:
        rows = []
        for row in race["series"]:
            if "mib_per_s" in row:
                rates, times = present(row["mib_per_s"]), present(row["exit_ms"])
                shown = {**row, "name": f"{BARE}, to a pipe"} if row["name"] == BARE else row
                rows.append([named(shown), number(median(rates)), f"{number(min(rates))}–{number(max(rates))}",
                             ratio_to_bare(row, race["series"], "mib_per_s"), number(median(times)), len(rates)])
        parts.append(table(
            [f"MiB/s of {race['mib']} MiB, while it flows", "p50", "min–max", f"ratio to `{BARE}`, to a pipe",
             "from the call to the return, boot and all, ms", "runs"], rows + missing_rows(race, 6)))
        # In the same rounds, what ends at once.
        short = [{**row, "name": row["name"].removesuffix(", true")}
                 for row in race["series"] if row["name"].endswith(", true")]
        if short:
            parts += ["Time to exit of `true`, in the same rounds:\n",
                      race_table({"series": short, "missing": []}, "exit_ms")]
    return "\n".join(parts)


def beside(row, column, base=None):
    """The median of what a run took, the least and the most, and how far it is from `base` in the same round."""
    values = present(row[column])
    if not values:
        return "cannot be told"
    text = f"{number(median(values))} ({number(min(values))}–{number(max(values))})"
    if base is not None:
        text += f", {100 * (median(pairwise(row[column], base)) - 1):+.1f} %"
    return text


def usage(data):
    parts = []
    kinds = ("cold", "warm")
    for measured in data:
        rows = []
        for loop in measured["loops"]:
            host, *cells = loop["series"]
            # Of nothing, there are no percents.
            base = host["own_ms"] if loop["goal_ms"] else None
            rows.append([f"{loop['goal_ms'] / 1000:g} s" if loop["goal_ms"] else "none", beside(host, "own_ms"),
                         *(beside(cell, column, base) for cell in cells for column in ("own_ms", "sandbox_ms"))])
        parts.append(table(
            [f"a busy loop ({measured['platform']}), ms", "`getrusage` on the host",
             *(f"{kind}: {what}" for kind in kinds for what in ("user and system time", "`sandbox_cpu_time`"))], rows))
        rows = []
        for memory in measured["memory"]:
            touched = [memory["touched_mib"]] * len(memory["series"][0]["peak_mib"])
            rows.append([memory["touched_mib"], *(beside(row, "peak_mib", touched) for row in memory["series"])])
        parts.append(table(
            [f"touched ({measured['platform']}), MiB", "`getrusage` on the host",
             *(f"{kind}: `peak_memory_bytes`" for kind in kinds)], rows))
    return "\n".join(parts)


WAYS = {"ByHand": "by hand", "ByTemplate": "by template", "ByVirtualDispatch": "by virtual dispatch"}


def pipeline(data):
    cells = {}
    for name, times in data.items():
        way, ports = re.search(r"pipeline::(\w+), ?(\d)", name).groups()
        cells[int(ports), way] = times
    rows = []
    for ports in sorted({ports for ports, _ in cells}):
        base = median(cells[ports, "ByHand"])
        rows.append([ports, *(f"{median(cells[ports, way]):.2f} ({min(cells[ports, way]):.2f}–"
                              f"{max(cells[ports, way]):.2f}), × {median(cells[ports, way]) / base:.2f}"
                              for way in WAYS)])
    return table(["ports", *(f"µs {way}" for way in WAYS.values())], rows)


def instructions(data):
    return table(["ports", "instructions by hand", "by template", "ratio", "by virtual dispatch", "ratio"],
                 [[f"{row[0]:.0f}", f"{row[1]:.0f}", f"{row[2]:.0f}", f"{row[3]:.2f}",
                   f"{row[4]:.0f}", f"{row[5]:.2f}"] for row in data])


def evidence(data):
    rows = {}
    for name, times in data.items():
        way, kind = name.split("/")[:2]
        rows.setdefault(way, {})[kind] = times
    return table(["µs of a life on the stub", "of a document without a command", "with `/bin/true` on the host"],
                 [[way.replace("_", " "), *(number(median(times[kind])) for kind in ("lifecycle", "command"))]
                  for way, times in rows.items()])


def includes(data):
    text = ""
    for compiler, rows in data.items():
        rounds = len(rows[0]["seconds"])
        text += table([f"{compiler} -O0, medians of {rounds}", *compile_cost.columns(rows)],
                      compile_cost.cells(rows)) + "\n"
    return text


SECTIONS = {
    "cold": ("A cold cell against a bare run of the same bundle", cold),
    "filter": ("A cold cell without the filter that spares it the kernel's waits", filtered),
    "latency": ("Latency by peer", latency),
    "python": ("The host's Python", latency),
    "throughput": ("Throughput", throughput),
    "shells": ("Cold cells of eight threads against eight shells", shells),
    "burst": ("A burst into a full pool", burst),
    "memory": ("Memory", memory),
    "output": ("Much output", output),
    "usage": ("What reports say that a run took", usage),
    "documents": ("Reading a document", documents),
    "pipeline": ("The supervisor's own cost: a life on the stub", pipeline),
    "instructions": ("The same in instructions (callgrind)", instructions),
    "evidence": ("Evidence", evidence),
    "includes": ("What it costs to compile against it", includes),
}


def described(machine):
    kind = "virtual machine" if machine["virtual machine"] else "machine"
    runtimes = [f"runsc {version} with {platform}" for platform, version in machine["runsc"].items()]
    peers = [f"{name} {machine[name]}" for name in ("runc", "crun", "bwrap", "podman") if machine[name]]
    return (f"A {kind} with {machine['processors']} processors ({machine['processor']}) and "
            f"{machine['memory_gib']} GiB, Linux {machine['kernel']}, {machine['distribution']}, "
            f"{machine['compiler']}; {', '.join(runtimes + peers)}, Python {machine['python3']}.")


def markdown(results):
    sections = results["sections"]
    text = described(results["machine"]) + "\n"
    if any(section["quick"] for section in sections.values()):
        text += "\n**A quick run, with too few rounds to tell anything.**\n"
    loads = [section["load_before"] for section in sections.values()]
    if max(loads, default=0) > results["machine"]["processors"]:
        text += (f"\n**The load was {min(loads):.0f}–{max(loads):.0f} when the sections began: of the sections before, "
                 "and of whatever else ran. With other work to do, milliseconds are not those of an idle machine.**\n")
    text += "\n### Required and measured\n\n" + table(
        ["what", "required", "measured", "met"], requirements.rows(sections, results["machine"]["processors"]))
    for name, (title, make) in SECTIONS.items():
        if name in sections and sections[name]["data"]:
            section = sections[name]
            text += (f"\n### {title}\n\n{section['date']}, load {section['load_before']} before it began.\n\n"
                     + make(section["data"]))
    return text


def write(results, folder):
    (folder / "results.md").write_text(markdown(results))
    for name, picture in plots.pictures(results["sections"]).items():
        (folder / f"{name}.svg").write_text(picture)


def main():
    results = json.loads(pathlib.Path(sys.argv[1]).read_text())
    write(results, pathlib.Path(sys.argv[2]))


if __name__ == "__main__":
    main()
