#pragma once

#include <cellos/core/document.hpp>
#include <cellos/core/text_syntax.hpp>
#include <cellos/core/validate.hpp>
#include <cellos/core/visible.hpp>
#include <cellos/supervisor/admission.hpp>

#include <cstddef>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace cellos::inline CELLOS_ABI::detail {

/// `<what> is not supported by this backend (<name>)`, with the reason or the remedy behind it.
inline tl::unexpected<CellosError> unsupported(
    const Capabilities& supervisor, std::string_view what, std::string_view why = {}
) {
    std::string message{what};
    message += " is not supported by this backend (";
    message += supervisor.backend;
    message += ')';
    message += why;
    return failure(CellosError::Kind::Unsupported, std::move(message));
}

inline Result<void> admit_run(
    const Capabilities& supervisor, const RunSpec& run, const RunOptions& options
) {
    const bool on_host = supervisor.executes_on == ExecutedOn::Host;
    if (supervisor.executes_on == ExecutedOn::Nowhere)
        return unsupported(
            supervisor, "spec.run", ": it can neither execute in the cell nor on the host"
        );

    switch (run.secret_delivery.value_or(SecretDelivery::Env)) {
        using enum SecretDelivery;
    case Env: break;
    case File:
        if (on_host)
            return unsupported(
                supervisor,
                "spec.run.secretDelivery file",
                ": a workload on the host has no cell to keep them in"
            );
        break;
    case RuntimeBroker: return unsupported(supervisor, "spec.run.secretDelivery runtimeBroker");
    case RuntimeLeasedBroker:
        return unsupported(supervisor, "spec.run.secretDelivery runtimeLeasedBroker");
    }

    if (on_host && !options.inputs.empty())
        return unsupported(supervisor, "an input file", ": a workload on the host has no /inputs");
    return {};
}

/// Names of inputs are the caller's, not the document's, but they meet in one directory. What is in
/// trees is seen when they are read.
inline Result<void> admit_inputs(const std::vector<InputFile>& inputs) {
    std::set<std::string_view> files;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        const std::string& name = inputs[i].name;
        const auto refuse = [&](const std::string& what) {
            return failure(
                CellosError::Kind::InvalidSpec, "inputs[" + std::to_string(i) + "]." + what
            );
        };
        const bool is_tree = std::holds_alternative<HostDirectory>(inputs[i].source);
        if (!is_portable_path(name) && !(is_tree && name.empty()))
            return refuse(
                "name must be a portable file name, or a path of such names: " + visible(name)
            );
        if ((inputs[i].mode & ~0555U) != 0)
            return refuse("mode must be permissions to read and execute, 0555 at most");
        if (!is_tree && !files.insert(name).second)
            return refuse("name names an input file twice: " + name);
    }
    return {};
}

CELLOS_DECL Result<void> admit(
    const Capabilities& supervisor, const ExecutionCellDocument& document, const RunOptions& options
) {
    if (auto valid = validate_for(supervisor.argv_bounds, document); !valid) return valid;
    if (!options.inputs.empty()) {
        if (auto named = admit_inputs(options.inputs); !named) return named;
    }

    const ExecutionCellSpec& spec = document.spec;
    if (spec.run) {
        if (auto admitted = admit_run(supervisor, *spec.run, options); !admitted) return admitted;
    }
    if (!supervisor.resolves_secrets && !spec.authority.secret_refs.empty())
        return failure(
            CellosError::Kind::SecretBroker,
            "spec.authority.secretRefs: this supervisor has no secret broker to resolve them"
        );
    if (spec.export_ && !spec.export_->artifacts.empty()) {
        if (!supervisor.takes_exports)
            return failure(
                CellosError::Kind::ExportSink,
                "spec.export: this supervisor has no export sink to take artifacts"
            );
        if (!supervisor.opens_artifacts) return unsupported(supervisor, "spec.export");
    }
    // Rules for egress are no question here: a backend that isolates refuses in `create` those that
    // it cannot enforce, and one that runs workloads on the host promises no isolation of any kind.
    if (options.stop.stop_requested())
        return failure(CellosError::Kind::Cancelled, "stopped before the cell was created");
    return {};
}

} // namespace cellos::inline CELLOS_ABI::detail
