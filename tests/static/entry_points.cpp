// What users call are functions, however late their bodies are compiled: each has an address, which
// a pipeline of results takes, and is found by its arguments.
#include <cellos/cellos.hpp>
#include <cellos/evidence/chain.hpp>
#include <cellos/evidence/checksum.hpp>
#include <cellos/lifecycle/replay.hpp>

#include <concepts>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

using cellos::CellReport;
using cellos::CloudEvent;
using cellos::ExecutionCellDocument;
using cellos::Result;

template <auto Function, class Signature>
inline constexpr bool is_function = std::is_same_v<decltype(Function), Signature*>;

static_assert(is_function<&cellos::validate, Result<void>(const ExecutionCellDocument&)>);
static_assert(is_function<
              &cellos::parse_document,
              Result<ExecutionCellDocument>(std::string_view)>);
static_assert(is_function<&cellos::parse_event, Result<CloudEvent>(std::string_view)>);
static_assert(is_function<&cellos::document_json_schema, std::string()>);
static_assert(is_function<
              &cellos::generate_bundle_config,
              Result<
                  std::
                      string>(const ExecutionCellDocument&, const cellos::GVisorConfig&, const cellos::BundleParameters&)>);
static_assert(is_function<
              &cellos::collect_violations,
              void(const ExecutionCellDocument&, cellos::Violations&)>);
static_assert(is_function<&cellos::checksum_of, std::string(CloudEvent)>);
static_assert(is_function<&cellos::signed_text, std::string(CloudEvent)>);
static_assert(is_function<
              &cellos::digest_of,
              std::string(const cellos::HasherFactory&, std::string_view)>);
static_assert(is_function<&cellos::replay, Result<void>(std::span<const CloudEvent>)>);
static_assert(is_function<
              &cellos::run_cell_command,
              Result<cellos::ExitStatus>(const cellos::CellHandle&, const cellos::RunContext&)>);

template <class T>
concept WrittenByItself = requires(const T& value) {
    { to_json(value) } -> std::same_as<std::string>;
};
static_assert(WrittenByItself<ExecutionCellDocument>);
static_assert(WrittenByItself<CloudEvent>);
static_assert(WrittenByItself<CellReport>);
static_assert(WrittenByItself<cellos::CellosError>);
