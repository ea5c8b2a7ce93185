#pragma once

#include <cellos/core/artifact_access.hpp>
#include <cellos/core/backend_concepts.hpp>
#include <cellos/core/outcome.hpp>
#include <cellos/core/text_syntax.hpp>
#include <cellos/core/validate.hpp>
#include <cellos/supervisor/host_command.hpp>
#include <cellos/supervisor/ports.hpp>
#include <cellos/supervisor/run_options.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>

/// @file
/// What can be known before a cell exists is refused before a cell exists.

namespace cellos::inline CELLOS_ABI::detail {

/// Where a supervisor of this backend runs workloads. The host is a choice that the backend itself
/// must have made, and never what is left when it cannot execute.
template <class Backend>
inline constexpr ExecutedOn executes_on =
    InCellExecution<Backend>                    ? ExecutedOn::Cell
    : RunsOnHost<Backend> && runs_host_commands ? ExecutedOn::Host
                                                : ExecutedOn::Nowhere;

/// `<what> is not supported by the backend <name>`, with the reason or the remedy behind it.
template <class Backend>
[[nodiscard]] auto unsupported(std::string_view what, std::string_view why = {}) {
    std::string message{what};
    message += " is not supported by this backend (";
    message += std::string_view{std::remove_reference_t<Backend>::name};
    message += ')';
    message += why;
    return failure(CellosError::Kind::Unsupported, std::move(message));
}

template <class Backend>
[[nodiscard]] Result<void> admit_run(const RunSpec& run, const RunOptions& options) {
    if constexpr (executes_on<Backend> == ExecutedOn::Nowhere)
        return unsupported<Backend>(
            "spec.run", ": it can neither execute in the cell nor on the host"
        );

    switch (run.secret_delivery.value_or(SecretDelivery::Env)) {
        using enum SecretDelivery;
    case Env: break;
    case File:
        if constexpr (executes_on<Backend> == ExecutedOn::Host)
            return unsupported<Backend>(
                "spec.run.secretDelivery file",
                ": a workload on the host has no cell to keep them in"
            );
        break;
    case RuntimeBroker: return unsupported<Backend>("spec.run.secretDelivery runtimeBroker");
    case RuntimeLeasedBroker:
        return unsupported<Backend>("spec.run.secretDelivery runtimeLeasedBroker");
    }

    if constexpr (executes_on<Backend> == ExecutedOn::Host) {
        if (!options.inputs.empty())
            return unsupported<Backend>("an input file", ": a workload on the host has no /inputs");
    }
    return {};
}

/// Names of input files are the caller's, not the document's, but they meet in one directory.
[[nodiscard]] inline Result<void> admit_inputs(const std::vector<InputFile>& inputs) {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        const std::string& name = inputs[i].name;
        const auto refuse = [&](std::string_view what) {
            return failure(
                CellosError::Kind::InvalidSpec,
                "inputs[" + std::to_string(i) + "].name " + std::string{what}
            );
        };
        if (!is_portable_name(name)) return refuse("must be a portable file name");
        for (std::size_t j = 0; j < i; ++j)
            if (inputs[j].name == name) return refuse("names an input file twice");
    }
    return {};
}

/// Whether a supervisor of this backend and these ports takes the document on. What only the
/// backend can know, such as how much of a limit it can enforce, `create` refuses.
template <class Backend, class... Ports>
[[nodiscard]] Result<void> admit(const ExecutionCellDocument& document, const RunOptions& options) {
    if (auto valid = validate(document); !valid) return valid;
    if (!options.inputs.empty()) {
        if (auto named = admit_inputs(options.inputs); !named) return named;
    }

    const ExecutionCellSpec& spec = document.spec;
    if (spec.run) {
        if (auto supported = admit_run<Backend>(*spec.run, options); !supported) return supported;
    }
    if constexpr (!has_role<BrokerRole, Ports...>) {
        if (!spec.authority.secret_refs.empty())
            return failure(
                CellosError::Kind::SecretBroker,
                "spec.authority.secretRefs: this supervisor has no secret broker to resolve them"
            );
    }
    if (spec.export_ && !spec.export_->artifacts.empty()) {
        if constexpr (!has_role<ExportRole, Ports...>)
            return failure(
                CellosError::Kind::ExportSink,
                "spec.export: this supervisor has no export sink to take artifacts"
            );
        else if constexpr (!ArtifactAccess<Backend>)
            return unsupported<Backend>("spec.export");
    }
    // Rules for egress are no question here: a backend that isolates refuses in `create` those that
    // it cannot enforce, and one that runs workloads on the host promises no isolation of any kind.
    if (options.stop.stop_requested())
        return failure(CellosError::Kind::Cancelled, "stopped before the cell was created");
    return {};
}

} // namespace cellos::inline CELLOS_ABI::detail
