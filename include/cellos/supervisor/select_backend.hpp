#pragma once

#include <cellos/core/backend_concepts.hpp>
#include <cellos/core/result.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace cellos::inline CELLOS_ABI {

namespace detail {

template <class... Bs>
[[nodiscard]] consteval bool names_are_distinct() {
    const std::array<std::string_view, sizeof...(Bs)> names{Bs::name...};
    for (std::size_t i = 0; i < names.size(); ++i)
        for (std::size_t j = 0; j < i; ++j)
            if (names[i] == names[j]) return false;
    return true;
}

// The visitor's result is passed on: a Result unchanged, anything else as the value of a Result.
template <class Answer>
struct AsResult {
    using type = Result<Answer>;
};
template <class T>
struct AsResult<Result<T>> {
    using type = Result<T>;
};

} // namespace detail

/// Turns a name that is known at run time, such as a program's `CELLOS_CELL_BACKEND`, into a type:
/// calls `visitor` with `std::type_identity<B>` for the backend B with this name, and returns the
/// visitor's result as a Result. There is no default: an unknown name is an error (Unsupported)
/// that lists the known ones. As thread-safe as the visitor.
///
///     const auto run = [&]<class Backend>(std::type_identity<Backend>) -> Result<CellReport> {
///         return Supervisor{Backend{}}.run(document);
///     };
///     const char* name = std::getenv("CELLOS_CELL_BACKEND");
///     auto report = select_backend<StubCellBackend, MyBackend>(name ? name : "stub", run);
///
/// The visitor may use the type as it likes; no supervisor is needed.
template <CellBackend... Bs, class Visitor>
    requires(sizeof...(Bs) > 0 && (std::is_invocable_v<Visitor&, std::type_identity<Bs>> && ...))
[[nodiscard]] auto select_backend(std::string_view name, Visitor&& visitor) {
    static_assert(detail::names_are_distinct<Bs...>(), "two backends must not have the same name");
    using Answer = std::common_type_t<std::invoke_result_t<Visitor&, std::type_identity<Bs>>...>;

    std::string unknown{"unknown backend '"};
    unknown.append(name).append("'; known:");
    ((unknown.append(" ").append(Bs::name)), ...);
    typename detail::AsResult<Answer>::type answer =
        failure(CellosError::Kind::Unsupported, std::move(unknown));

    const auto offer = [&]<class B>(std::type_identity<B> backend) {
        if (name != std::string_view{B::name}) return false;
        if constexpr (std::is_void_v<Answer>) {
            visitor(backend);
            answer = Result<void>{};
        } else {
            answer = visitor(backend);
        }
        return true;
    };
    static_cast<void>((offer(std::type_identity<Bs>{}) || ...));
    return answer;
}

} // namespace cellos::inline CELLOS_ABI
