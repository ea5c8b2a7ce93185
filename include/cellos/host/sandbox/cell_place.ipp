#pragma once

#include <cellos/core/error.hpp>
#include <cellos/host/sandbox/cell_place.hpp>

#include <cerrno>
#include <string>

#include <fcntl.h>
#include <sys/stat.h>

namespace cellos::inline CELLOS_ABI::sandbox {

CELLOS_DECL Result<os::Descriptor> take_place(int state, std::int64_t most) {
    auto file = os::open_at(state, "places", O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
    if (!file) return file;
    static_cast<void>(::fchmod(file->get(), 0600)); // the next must be able to open it
    for (std::int64_t place = 0; place < most; ++place) {
        // Of the open file, not of the process: two cells of one program have two places.
        struct flock lock {};
        lock.l_type = F_WRLCK;
        lock.l_whence = SEEK_SET;
        lock.l_start = place;
        lock.l_len = 1;
        if (::fcntl(file->get(), F_OFD_SETLK, &lock) == 0) return file;
        if (errno != EAGAIN && errno != EACCES) return os::failure("cannot count the cells");
    }
    return failure(
        CellosError::Kind::TooManyCells,
        "there are " + std::to_string(most) +
            " already, the operator's ceiling: try again when one has ended"
    );
}

} // namespace cellos::inline CELLOS_ABI::sandbox
