/// @file
/// The report of a run as the json layer sees it.
#pragma once

#include <cellos/core/report.hpp>
#include <cellos/json/describe.hpp>
#include <cellos/json/describe_event.hpp>

#include <boost/hana/adapt_adt.hpp>

template <>
inline constexpr auto cellos::json::enum_names<cellos::CellosError::Kind> =
    std::to_array<cellos::json::EnumName<cellos::CellosError::Kind>>({
        {cellos::CellosError::Kind::InvalidSpec, "invalidSpec"},
        {cellos::CellosError::Kind::ArgvTooLarge, "argvTooLarge"},
        {cellos::CellosError::Kind::Unsupported, "unsupported"},
        {cellos::CellosError::Kind::Host, "host"},
        {cellos::CellosError::Kind::SandboxFailed, "sandboxFailed"},
        {cellos::CellosError::Kind::EventSink, "eventSink"},
        {cellos::CellosError::Kind::SecretBroker, "secretBroker"},
        {cellos::CellosError::Kind::ExportSink, "exportSink"},
        {cellos::CellosError::Kind::CommandNotFound, "commandNotFound"},
        {cellos::CellosError::Kind::CommandNotExecutable, "commandNotExecutable"},
        {cellos::CellosError::Kind::Cancelled, "cancelled"},
        {cellos::CellosError::Kind::TeardownIncomplete, "teardownIncomplete"},
    });

template <>
inline constexpr auto cellos::json::enum_names<cellos::ExitStatus::Kind> =
    std::to_array<cellos::json::EnumName<cellos::ExitStatus::Kind>>({
        {cellos::ExitStatus::Kind::Exited, to_string(cellos::ExitStatus::Kind::Exited)},
        {cellos::ExitStatus::Kind::Signaled, to_string(cellos::ExitStatus::Kind::Signaled)},
        {cellos::ExitStatus::Kind::TimedOut, to_string(cellos::ExitStatus::Kind::TimedOut)},
        {cellos::ExitStatus::Kind::Cancelled, to_string(cellos::ExitStatus::Kind::Cancelled)},
        {cellos::ExitStatus::Kind::OutOfMemory, to_string(cellos::ExitStatus::Kind::OutOfMemory)},
    });

template <>
inline constexpr auto cellos::json::enum_names<cellos::Phase> =
    std::to_array<cellos::json::EnumName<cellos::Phase>>({
        {cellos::Phase::Admit, to_string(cellos::Phase::Admit)},
        {cellos::Phase::Create, to_string(cellos::Phase::Create)},
        {cellos::Phase::Secrets, to_string(cellos::Phase::Secrets)},
        {cellos::Phase::Started, to_string(cellos::Phase::Started)},
        {cellos::Phase::Run, to_string(cellos::Phase::Run)},
        {cellos::Phase::Export, to_string(cellos::Phase::Export)},
        {cellos::Phase::Destroy, to_string(cellos::Phase::Destroy)},
        {cellos::Phase::Revoke, to_string(cellos::Phase::Revoke)},
        {cellos::Phase::Destroyed, to_string(cellos::Phase::Destroyed)},
    });

BOOST_HANA_ADAPT_STRUCT(cellos::CellosError, kind, message);
BOOST_HANA_ADAPT_STRUCT(cellos::ExitStatus, kind, code, signal);
BOOST_HANA_ADAPT_STRUCT(cellos::TeardownReport, cell_id, destroyed, peers_tracked_after);
// JSON has no durations: the unit goes into the name.
BOOST_HANA_ADAPT_ADT(
    cellos::PhaseTiming,
    (phase, [](const auto& timing) { return timing.phase; }),
    (duration_ns, [](const auto& timing) { return timing.duration.count(); })
);
BOOST_HANA_ADAPT_STRUCT(
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
    teardown_error
);
