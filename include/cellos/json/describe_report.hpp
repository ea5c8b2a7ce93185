/// @file
/// The report of a run as the json layer sees it.
#pragma once

#include <cellos/core/report.hpp>
#include <cellos/json/describe.hpp>
#include <cellos/json/describe_event.hpp>

#include <boost/hana/adapt_adt.hpp>

template <>
inline constexpr auto cellos::json::enum_names<cellos::CellosError::Kind> = cellos::json::named_by(
    cellos::identifier,
    {cellos::CellosError::Kind::InvalidSpec,
     cellos::CellosError::Kind::ArgvTooLarge,
     cellos::CellosError::Kind::Unsupported,
     cellos::CellosError::Kind::Host,
     cellos::CellosError::Kind::SandboxFailed,
     cellos::CellosError::Kind::EventSink,
     cellos::CellosError::Kind::SecretBroker,
     cellos::CellosError::Kind::ExportSink,
     cellos::CellosError::Kind::CommandNotFound,
     cellos::CellosError::Kind::CommandNotExecutable,
     cellos::CellosError::Kind::Cancelled,
     cellos::CellosError::Kind::UnknownCell,
     cellos::CellosError::Kind::TeardownIncomplete}
);

template <>
inline constexpr auto cellos::json::enum_names<cellos::ExitStatus::Kind> = cellos::json::named_by(
    cellos::to_string,
    {cellos::ExitStatus::Kind::Exited,
     cellos::ExitStatus::Kind::Signaled,
     cellos::ExitStatus::Kind::TimedOut,
     cellos::ExitStatus::Kind::Cancelled,
     cellos::ExitStatus::Kind::OutOfMemory}
);

template <>
inline constexpr auto cellos::json::enum_names<cellos::Boot::Kind> =
    cellos::json::named_by(cellos::to_string, {cellos::Boot::Kind::Cold, cellos::Boot::Kind::Warm});

template <>
inline constexpr auto cellos::json::enum_names<cellos::Phase> = cellos::json::named_by(
    cellos::to_string,
    {cellos::Phase::Admit,
     cellos::Phase::Create,
     cellos::Phase::Secrets,
     cellos::Phase::Started,
     cellos::Phase::Run,
     cellos::Phase::Export,
     cellos::Phase::Destroy,
     cellos::Phase::Revoke,
     cellos::Phase::Destroyed}
);

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
    boot
);
