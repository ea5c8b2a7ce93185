// What goes between the supervising process and an agent, on either side the same bytes: no
// padding, in which memory of the sender would travel, and no layout that a compiler may choose.
#include <cellos/host/sandbox/agent/wire.hpp>

#include <cstddef>
#include <type_traits>

namespace wire = cellos::sandbox::agent;

template <class T, std::size_t Size>
inline constexpr bool is_plain_bytes =
    sizeof(T) == Size && std::is_trivially_copyable_v<T> && std::is_standard_layout_v<T> &&
    std::has_unique_object_representations_v<T>;

static_assert(is_plain_bytes<wire::Head, 24>);
static_assert(is_plain_bytes<wire::Put, 16>);
static_assert(is_plain_bytes<wire::File, 16>);
static_assert(is_plain_bytes<wire::Exec, 32>);
static_assert(is_plain_bytes<wire::Limit, 16>);
static_assert(is_plain_bytes<wire::Signal, 8>);
static_assert(is_plain_bytes<wire::Tell, 48>);
