/// @file
/// What a run took, as the json layer sees it in reports and events.
#pragma once

#include <cellos/core/usage.hpp>
#include <cellos/json/describe.hpp>

// JSON has no durations: the unit goes into the name.
template <>
struct boost::hana::accessors_impl<cellos::ResourceUsage> {
    template <class T = cellos::ResourceUsage>
    static constexpr auto apply() {
        using ::cellos::json::detail::Member;
        return ::boost::hana::make_tuple(
            ::boost::hana::make_pair(BOOST_HANA_STRING("wall_ns"), Member<&T::wall>{}),
            ::boost::hana::make_pair(BOOST_HANA_STRING("user_time_ns"), Member<&T::user_time>{}),
            ::boost::hana::make_pair(
                BOOST_HANA_STRING("system_time_ns"), Member<&T::system_time>{}
            ),
            ::boost::hana::make_pair(
                BOOST_HANA_STRING("peak_memory_bytes"), Member<&T::peak_memory_bytes>{}
            ),
            ::boost::hana::make_pair(
                BOOST_HANA_STRING("sandbox_cpu_time_ns"), Member<&T::sandbox_cpu_time>{}
            ),
            ::boost::hana::make_pair(
                BOOST_HANA_STRING("sandbox_peak_memory_bytes"),
                Member<&T::sandbox_peak_memory_bytes>{}
            )
        );
    }
};
