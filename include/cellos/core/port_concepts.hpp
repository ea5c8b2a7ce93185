/// @file
/// What the ports of a Supervisor must offer: the objects that receive events, provide secrets,
/// take exported files, trace phases and decide which documents are admitted. A port is used as a
/// non-const lvalue, from several threads at once. It may throw (the supervisor turns that into an
/// error), and one object may be several ports.
///
///   EventSink     emit(const CloudEvent&)                       -> Result<void>
///   SecretBroker  resolve(std::string_view, const CellHandle&)  -> Result<Secret>
///                 revoke_for_cell(std::string_view cell_id)     -> Result<void>
///   ExportSink    export_artifact(const ExportArtifactMetadata&, ArtifactReader&)
///                                                               -> Result<ExportReceipt>
///   Tracer        begin(std::string_view span, const CellRef&)  -> a span, ended by its destructor
///   AdmissionPolicy
///                 decide(const ExecutionCellDocument&)          -> Result<PolicyDecision>
#pragma once

#include <cellos/core/backend_concepts.hpp>
#include <cellos/core/cell_ref.hpp>

namespace cellos::inline CELLOS_ABI {

/// `emit` must be able to fail: losing one event silently would make the others worthless.
template <class P>
concept has_emit = requires(detail::lvalue_of<P> port, const CloudEvent& event) {
    { port.emit(event) } -> detail::same<Result<void>>;
};

template <class P>
concept has_resolve =
    requires(detail::lvalue_of<P> port, std::string_view reference, const CellHandle& cell) {
        { port.resolve(reference, cell) } -> detail::same<Result<Secret>>;
    };

/// Called exactly once for each created cell, however it ends, even if nothing was resolved.
template <class P>
concept has_revoke_for_cell = requires(detail::lvalue_of<P> port, std::string_view cell_id) {
    { port.revoke_for_cell(cell_id) } -> detail::same<Result<void>>;
};

template <class P>
concept has_export_artifact = requires(
    detail::lvalue_of<P> port, const ExportArtifactMetadata& artifact, ArtifactReader& reader
) {
    { port.export_artifact(artifact, reader) } -> detail::same<Result<ExportReceipt>>;
};

/// The span is any object; it exists for as long as what it measures.
template <class P>
concept has_begin =
    requires(detail::lvalue_of<P> port, std::string_view span, const CellRef& cell) {
        port.begin(span, cell);
        requires std::is_object_v<decltype(port.begin(span, cell))>;
    };

/// Called once for each valid document that the supervisor could run, before its cell is created. A
/// decision must be able to fail: what nobody could decide is not admitted.
template <class P>
concept has_decide = requires(detail::lvalue_of<P> port, const ExecutionCellDocument& document) {
    { port.decide(document) } -> detail::same<Result<PolicyDecision>>;
};

/// Receives every event of every cell, in the order of each cell's life.
///
///     struct PrintingSink {
///         Result<void> emit(const CloudEvent& event) {
///             std::puts(event.type.c_str());
///             return {};
///         }
///     };
template <class P>
concept EventSink = has_emit<P>;

/// Turns the names in `spec.authority.secretRefs` into values, and revokes them. `cell.run_id`
/// distinguishes cells with the same id.
///
///     struct VaultBroker {
///         Result<Secret> resolve(std::string_view reference, const CellHandle& cell);
///         Result<void> revoke_for_cell(std::string_view cell_id);
///     };
template <class P>
concept SecretBroker = has_resolve<P> && has_revoke_for_cell<P>;

/// Takes the artifacts of a cell: reads each to its end and says where it was stored.
///
///     struct UploadingSink {
///         Result<ExportReceipt> export_artifact(
///             const ExportArtifactMetadata& artifact, ArtifactReader& reader
///         );
///     };
template <class P>
concept ExportSink = has_export_artifact<P>;

/// Traces the phases of cells. Phases of many cells are in progress at once, on many threads;
/// `cell` says which cell a span belongs to.
///
///     struct PrintingTracer {
///         struct Span {
///             ~Span() { std::puts("the phase has ended"); }
///         };
///         Span begin(std::string_view span, const CellRef& cell) { return {}; }
///     };
template <class P>
concept Tracer = has_begin<P>;

/// Decides which documents get a cell. It is asked about every document, whether or not that names
/// a pack in `spec.policy`: leaving it out must not be a way around the policy.
///
///     struct OnlyForAnHour {
///         Result<PolicyDecision> decide(const ExecutionCellDocument& document) {
///             PolicyDecision decision{.pack = {"hour", "1"}};
///             if (document.spec.lifetime.ttl_seconds > 3600)
///                 decision.violations.push_back("spec.lifetime.ttlSeconds: must be at most 3600");
///             return decision;
///         }
///     };
template <class P>
concept AdmissionPolicy = has_decide<P>;

/// Anything that may follow the backend in a Supervisor.
///
///     static_assert(Port<PrintingSink> && Port<PrintingTracer>);
///     static_assert(!Port<std::string> && !Port<StubCellBackend>);
///     Supervisor supervisor{StubCellBackend{}, PrintingSink{}, PrintingTracer{}};
template <class P>
concept Port = EventSink<P> || SecretBroker<P> || ExportSink<P> || Tracer<P> || AdmissionPolicy<P>;

namespace detail {

/// The name of a port: its constant `name`, if it has one, otherwise empty.
template <class P>
inline constexpr std::string_view port_name_of{};

template <has_backend_name P>
inline constexpr std::string_view port_name_of<P>{std::remove_reference_t<P>::name};

} // namespace detail

} // namespace cellos::inline CELLOS_ABI
