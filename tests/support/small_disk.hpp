#pragma once

#include "support/gvisor_fixture.hpp"

#include <cstddef>
#include <filesystem>
#include <string>

#include <sys/mount.h>

namespace cellos_tests {

/// A file system of `size` bytes, gone with the object.
class SmallDisk {
public:
    explicit SmallDisk(std::size_t size) {
        std::filesystem::create_directory(mount_point_.path());
        mounted_ = ::mount(
                       "cellos-test",
                       mount_point_.path().c_str(),
                       "tmpfs",
                       MS_NODEV,
                       ("mode=700,size=" + std::to_string(size)).c_str()
                   ) == 0;
    }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;
    ~SmallDisk() {
        if (mounted_) ::umount2(mount_point_.path().c_str(), MNT_DETACH);
    }
    [[nodiscard]] bool mounted() const noexcept { return mounted_; }
    [[nodiscard]] const std::filesystem::path& path() const noexcept { return mount_point_.path(); }

private:
    StateDirectory mount_point_{};
    bool mounted_ = false;
};

} // namespace cellos_tests
