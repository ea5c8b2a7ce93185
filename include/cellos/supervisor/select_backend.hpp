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

// What the visitor says is passed on: a Result as it is, anything else as the value of one.
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
/// calls `visitor` with the `std::type_identity<B>` of the backend B that has this name, and
/// returns what it returned, as a Result. No other name stands for any backend, and there is no
/// default: an unknown one is an error that lists those there are.
///
///     const auto run = [&]<class Backend>(std::type_identity<Backend>) -> Result<CellReport> {
///         return Supervisor{Backend{}}.run(document);
///     };
///     const char* name = std::getenv("CELLOS_CELL_BACKEND");
///     auto report = select_backend<StubCellBackend, MyBackend>(name ? name : "stub", run);
///
/// Needs no supervisor: the visitor may do with the type what it likes.
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
