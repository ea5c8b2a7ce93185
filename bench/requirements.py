"""The figures that the project has set itself, each beside what was measured."""

import compile_cost
from series import BARE, document_growth, document_rows, find, number, present
from spread import interval_of_median, median, pairwise, quantile

PYTHON, IMPORTS = "python3 -c pass", "python3 -c 'import ssl, json'"


def race_of(sections, section, workload):
    data = sections.get(section, {}).get("data", [])
    return next((race["series"] for race in data if race["workload"] == workload), [])


def platforms(series):
    return [row["platform"] for row in series if row["name"] == BARE]


def row(what, required, measured, met):
    return [what, required, measured, "yes" if met else "**no**"]


def not_measured(what, required):
    return [what, required, "not measured", ""]


def ratio_row(what, series, first, second, most, strictly=False):
    """The median of the ratios of two (name, platform), round by round."""
    required = f"{'<' if strictly else '≤'} {most:.3f}".removesuffix("0") + " ×"
    first, second = find(series, *first), find(series, *second)
    if first is None or second is None:
        return not_measured(what, required)
    ratios = pairwise(first["exit_ms"], second["exit_ms"])
    low, high = interval_of_median(ratios)
    ratio = median(ratios)
    return row(what, required, f"{ratio:.3f} × ({low:.3f}–{high:.3f})",
               ratio < most if strictly else ratio <= most)


def warm_true(sections):
    series = race_of(sections, "latency", "true")
    for platform, most in (("ptrace", 0.065), ("systrap", 0.15)):
        yield ratio_row(f"warm `true`, {platform}, to bare runsc", series,
                        ("cell, warm", platform), (BARE, platform), most)
    what = "warm `true`, ptrace: its p99 to the median of bare runsc"
    warm, bare = (find(series, name, "ptrace") for name in ("cell, warm", BARE))
    if warm is None or bare is None:
        yield not_measured(what, "≤ 0.15 ×")
    else:
        ratio = quantile(present(warm["exit_ms"]), 0.99) / median(present(bare["exit_ms"]))
        yield row(what, "≤ 0.15 ×", f"{ratio:.3f} ×", ratio <= 0.15)
    yield ratio_row("warm `true`, ptrace, to runc", series, ("cell, warm", "ptrace"), ("runc", ""), 1.0,
                    strictly=True)


def warm_python(sections):
    for workload, shown, name, most in (
            ("python", PYTHON, "cell, warm", {"ptrace": 0.28, "systrap": 0.45}),
            ("python", PYTHON, "cell, warm, prepared", {"ptrace": 0.24, "systrap": 0.33}),
            ("python imports", IMPORTS, "cell, warm", {"ptrace": 0.60, "systrap": 0.60})):
        series = race_of(sections, "python", workload)
        how = "warm and prepared" if name.endswith("prepared") else "warm"
        for platform, ratio in most.items():
            yield ratio_row(f"{how} `{shown}`, {platform}, to bare runsc", series, (name, platform),
                            (BARE, platform), ratio)


def cold_true(sections):
    for platform in ("ptrace", "systrap"):
        what, required = f"cold `true`, {platform}, to bare runsc of the same bundle", "≤ 0.82 ×, ≥ 60 pairs"
        series = [row for race in sections.get("cold", {}).get("data", []) for row in race["series"]]
        cold, bare = (find(series, name, platform) for name in ("cell, cold", BARE))
        if cold is None or bare is None:
            yield not_measured(what, required)
            continue
        ratios = pairwise(cold["exit_ms"], bare["exit_ms"])
        low, high = interval_of_median(ratios)
        yield row(f"{what}, {len(ratios)} pairs", required, f"{median(ratios):.3f} × ({low:.3f}–{high:.3f})",
                  median(ratios) <= 0.82 and len(ratios) >= 60)


def pool_throughput(sections):
    data = sections.get("throughput", {}).get("data", [])
    rates = {(r["name"], r["at_once"]): r["per_second"] for r in data}
    for count in (1, 2, 8, 32):
        what, required = f"throughput with a pool, {count} at once, to bare runsc", "≥ 0.95 ×"
        warm, bare = rates.get(("cell, warm", count)), rates.get((BARE, count))
        if not warm or not bare:
            yield not_measured(what, required)
            continue
        ratios = pairwise(warm, bare)
        yield row(what, required, f"{median(ratios):.2f} × ({min(ratios):.2f}–{max(ratios):.2f})",
                  median(ratios) >= 0.95)


def bursts(sections, processors):
    data = [row for row in sections.get("burst", {}).get("data", []) if row["platform"] == "ptrace"]
    if not data:
        yield not_measured("a burst into a full pool, p50",
                           "≤ 15 ms; ≤ 10 ms × N / processors, of 8 ≤ 7 ms × 8 / processors")
    for measured in data:
        count = measured["at_once"]
        each = 7 if count == 8 else 10
        most = 15 if count <= processors else max(15, each * count / processors)
        middle, bare = median(measured["exit_ms"]), median(measured["other_ms"])
        yield row(f"a burst of {count} into a full pool, {measured['platform']}, p50", f"≤ {most:.0f} ms",
                  f"{number(middle)} ms, {middle / bare:.2f} × bare runsc's {number(bare)} ms",
                  middle <= most)


def output(sections):
    races = sections.get("output", {}).get("data", [])
    for platform in ("ptrace", "systrap"):
        series = [row for race in races for row in race["series"] if row["platform"] == platform]
        for kind in ("cold", "warm"):
            for to in ("a pipe", "a file"):
                what = f"output of a {kind} cell to {to}, {platform}, to bare runsc into a pipe"
                cell, bare = find(series, f"cell, {kind}, to {to}", platform), find(series, BARE, platform)
                if cell is None or bare is None:
                    yield not_measured(what, "≥ 0.90 ×")
                    continue
                ratios = pairwise(cell["mib_per_s"], bare["mib_per_s"])
                low, high = interval_of_median(ratios)
                yield row(what, "≥ 0.90 ×", f"{median(ratios):.3f} × ({low:.3f}–{high:.3f})",
                          median(ratios) >= 0.90)


def close_row(what, cases, least, unit):
    """Of `cases`, (which, values, expected), the one that is the farthest off, by the median of its rounds."""
    required = f"within {least} {unit} or 5 %"
    worst = None
    for which, values, expected in cases:
        pairs = [(value, base) for value, base in zip(values, expected) if value is not None]
        if not pairs:
            return row(what, required, f"cannot be told: {which}", False)
        off, base = median([value - base for value, base in pairs]), median([base for _, base in pairs])
        beyond = abs(off) / max(least, base / 20)
        if worst is None or beyond > worst[0]:
            worst = beyond, f"at most {off:+.1f} {unit} ({100 * off / base:+.1f} %): {which}"
    if worst is None:
        return not_measured(what, required)
    return row(what, required, worst[1], worst[0] <= 1)


def usage(sections):
    data = {row["platform"]: row for row in sections.get("usage", {}).get("data", [])}
    for platform in ("ptrace", "systrap"):
        measured = data.get(platform, {"loops": [], "memory": []})
        for column, named in (("own_ms", "user and system time"), ("sandbox_ms", "`sandbox_cpu_time`")):
            yield close_row(
                f"{named} of a busy loop, {platform}, to what it costs on the host",
                [(f"{cell['name']}, {loop['goal_ms'] / 1000:g} s", cell[column], host["own_ms"])
                 for loop in measured["loops"] if loop["goal_ms"]
                 for host, *cells in [loop["series"]] for cell in cells], 20, "ms")
        yield close_row(
            f"`peak_memory_bytes`, {platform}, to what was touched",
            [(f"{cell['name']}, {memory['touched_mib']} MiB", cell["peak_mib"],
              [memory["touched_mib"]] * len(cell["peak_mib"]))
             for memory in measured["memory"] for cell in memory["series"][1:]], 2, "MiB")


def stub_pipeline(sections):
    for ports, _, _, ratio, _, _ in sections.get("instructions", {}).get("data", []):
        yield row(f"the stub's pipeline with {ports:.0f} ports, instructions, to the calls by hand",
                  "≤ 1.05 ×", f"{ratio:.3f} ×", ratio <= 1.05)


def documents(sections):
    data = sections.get("documents", {}).get("data", {})
    if not data:
        yield not_measured("parse and validate to the bare JSON parse", "≤ 2 ×")
        return
    ratios = [median(times["parse_and_validate"]) / median(times["bare_parse"])
              for times in document_rows(data).values()]
    yield row("parse and validate to the bare JSON parse, 1 KiB to 1 MiB", "≤ 2.00 ×",
              f"{min(ratios):.2f}–{max(ratios):.2f} ×", max(ratios) <= 2)
    exponents = [value for (_, what), value in document_growth(data).items()
                 if what == "parse and validate"]
    yield row("parse and validate grow with the size to the power of", "1 (≤ 1.10)",
              f"{min(exponents):.2f}–{max(exponents):.2f}", max(exponents) <= 1.10)


def compiling(sections):
    for verdict in compile_cost.verdicts(sections.get("includes", {}).get("data", {})):
        yield row(*verdict)


def rows(sections, processors):
    return [*warm_true(sections), *warm_python(sections), *cold_true(sections),
            *pool_throughput(sections), *bursts(sections, processors), *output(sections), *usage(sections),
            *stub_pipeline(sections), *documents(sections), *compiling(sections)]
