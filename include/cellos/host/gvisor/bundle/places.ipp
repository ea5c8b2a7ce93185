#pragma once

#include <cellos/host/gvisor/bundle/places.hpp>

namespace cellos::inline CELLOS_ABI::gvisor {

CELLOS_DECL std::filesystem::path path_of(const HostPlace& place, const CellPlaces& places) {
    return place.base == HostPlace::Base::Volumes ? places.volumes / place.path : place.path;
}

} // namespace cellos::inline CELLOS_ABI::gvisor
