#pragma once

#include <cellos/host/gvisor/bundle/places.hpp>

namespace cellos::inline CELLOS_ABI::gvisor {

CELLOS_DECL std::optional<std::filesystem::path> path_of(
    const HostPlace& place, const CellPlaces& places
) {
    switch (place.base) {
    case HostPlace::Base::Directory: return places.directory / place.path;
    case HostPlace::Base::Volumes: return places.volumes / place.path;
    case HostPlace::Base::Inputs: return places.inputs;
    default: return place.path;
    }
}

} // namespace cellos::inline CELLOS_ABI::gvisor
