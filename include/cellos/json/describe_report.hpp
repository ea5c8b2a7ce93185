/// @file
/// Describes the report of a run to the json layer.
#pragma once

#include <cellos/core/report.hpp>
#include <cellos/json/describe.hpp>
#include <cellos/json/describe_usage.hpp>

#include <boost/hana/adapt_adt.hpp>

CELLOS_DESCRIBE_STRUCT(cellos::CellosError, kind, message);
CELLOS_DESCRIBE_STRUCT(cellos::ExitStatus, kind, code, signal);
CELLOS_DESCRIBE_STRUCT(cellos::Boot, kind, reason);
CELLOS_DESCRIBE_STRUCT(cellos::TeardownReport, cell_id, destroyed, peers_tracked_after);
// JSON has no durations: the unit goes into the name.
BOOST_HANA_ADAPT_ADT(
    cellos::PhaseTiming,
    (phase, [](const auto& timing) { return timing.phase; }),
    (duration_ns, [](const auto& timing) { return timing.duration.count(); })
);
CELLOS_DESCRIBE_STRUCT(
    cellos::CellReport,
    cell_id,
    outcome,
    exit,
    teardown,
    executed_on,
    stdout_text,
    stderr_text,
    output_truncated,
    port_errors,
    phases,
    teardown_error,
    caveats,
    boot,
    usage,
    commands
);
