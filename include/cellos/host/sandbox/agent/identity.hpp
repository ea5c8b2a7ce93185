/// @file
/// Who the agent is, who its commands are, and how it acts for their user; for the agent alone.
#pragma once

#include <cellos/host/sandbox/agent/calls.hpp>
#include <cellos/host/sandbox/agent/wire.hpp>

#include <cstdint>

#include <linux/capability.h>
#include <linux/fcntl.h>
#include <linux/prctl.h>

namespace cellos::inline CELLOS_ABI::sandbox::agent {

struct Identity {
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;

    friend constexpr bool operator==(const Identity&, const Identity&) = default;
};

/// The permitted and effective capabilities of a process.
struct Capabilities {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3]{};

    long take() { return call(__NR_capget, &header, data); }
    long apply() { return call(__NR_capset, &header, data); }
};

/// What the agent inherited, as /proc/self/status has it: one file tells what would take a hundred
/// system calls, of 10 to 50 microseconds each in a sandbox.
class Inheritance {
public:
    Inheritance() {
        int file =
            static_cast<int>(call(__NR_openat, AT_FDCWD, "/proc/self/status", O_RDONLY | O_CLOEXEC)
            );
        if (file < 0) return;
        const long got = call(__NR_read, file, text_, sizeof text_ - 1);
        size_ = got > 0 ? static_cast<std::size_t>(got) : 0;
        close(file);
    }

    /// The set of this name, or `otherwise` if it isn't told.
    [[nodiscard]] std::uint64_t set(const char* name, std::uint64_t otherwise) const {
        const std::size_t length = length_of(name);
        for (std::size_t line = 0; line + length + 1 < size_;) {
            std::size_t same = 0;
            while (same < length && text_[line + same] == name[same]) ++same;
            if (same == length && text_[line + same] == ':') return number(line + same + 1);
            while (line < size_ && text_[line] != '\n') ++line;
            ++line;
        }
        return otherwise;
    }

private:
    static constexpr std::size_t length_of(const char* name) {
        std::size_t length = 0;
        while (name[length] != '\0') ++length;
        return length;
    }

    [[nodiscard]] std::uint64_t number(std::size_t at) const {
        std::uint64_t value = 0;
        for (; at < size_ && text_[at] != '\n'; ++at) {
            const char c = text_[at];
            if (c >= '0' && c <= '9') value = value << 4 | static_cast<std::uint64_t>(c - '0');
            if (c >= 'a' && c <= 'f') value = value << 4 | static_cast<std::uint64_t>(c - 'a' + 10);
        }
        return value;
    }

    char text_[4096];
    std::size_t size_ = 0;
};

/// Who the agent is.
class Self {
public:
    /// Once, at the beginning. Afterwards the agent is not `user`, though one of its group, and
    /// nothing that it starts can have a capability again. What commands are to inherit is settled,
    /// so that as little as possible is left to do when one comes.
    long settle(Identity user, const Inheritance& inherited) {
        constexpr std::uint64_t all = ~std::uint64_t{0};
        const std::uint64_t bounding = inherited.set("CapBnd", all);
        for (int capability = 0; capability < 64; ++capability) {
            if ((bounding >> capability & 1) == 0) continue;
            // Without the file, this ends at the first that the kernel doesn't know.
            const long result = call(__NR_prctl, PR_CAPBSET_DROP, capability, 0L, 0L);
            if (result < 0 && bounding != all) return result;
            if (result < 0) break;
        }
        if (const long result = capabilities_.take(); result < 0) return result;
        for (auto& data : capabilities_.data) {
            data.effective = data.permitted;
            data.inheritable = 0;
        }
        own_ = {static_cast<std::uint32_t>(call(__NR_getuid)), user.gid};
        call(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L);
        long result = call(__NR_setgroups, 0, nullptr);
        if (result >= 0) result = call(__NR_setresgid, own_.gid, own_.gid, own_.gid);
        if (result < 0) return result;
        if (own_.uid == user.uid) {
            own_.uid = agent_uid(user.uid);
            keep_capabilities();
            result = call(__NR_setresuid, own_.uid, own_.uid, own_.uid);
            if (result < 0) return result;
        } else if (own_.uid != 0) {
            keep_capabilities();
        }
        call(__NR_prctl, PR_SET_DUMPABLE, 0L, 0L, 0L);
        return capabilities_.apply();
    }

    /// Could a command of `user` signal the agent?
    [[nodiscard]] bool is(Identity user) const { return own_.uid == user.uid; }

    /// What `work` returns, done with the effective identity of `user`. Its real and saved ones
    /// stay, so that it can return, and so that this user can neither signal nor trace it
    /// meanwhile.
    template <class Work>
    long acting_as(Identity user, Work work) {
        const bool other_group = user.gid != own_.gid;
        long result = 0;
        if (other_group) result = call(__NR_setresgid, unchanged, user.gid, unchanged);
        if (result >= 0) result = call(__NR_setresuid, unchanged, user.uid, unchanged);
        if (result >= 0) result = work();
        if (call(__NR_setresuid, unchanged, own_.uid, unchanged) < 0) end(1);
        // Who becomes user 0 again has them by that.
        if (own_.uid != 0 && capabilities_.apply() < 0) end(1);
        if (other_group && call(__NR_setresgid, unchanged, own_.gid, unchanged) < 0) end(1);
        return result;
    }

    /// Makes a child one of `user`, for good, without groups and capabilities.
    [[nodiscard]] long become(Identity user) const {
        long result = 0;
        if (user.gid != own_.gid) result = call(__NR_setresgid, user.gid, user.gid, user.gid);
        if (result >= 0) result = call(__NR_setresuid, user.uid, user.uid, user.uid);
        // Who ceases to be user 0 has none by that.
        if (result < 0 || (own_.uid == 0 && user.uid != 0)) return result;
        Capabilities none;
        return none.apply();
    }

private:
    static constexpr std::uint32_t unchanged = ~std::uint32_t{0};

    // Acting as user 0 and ceasing to must not cost it everything.
    static void keep_capabilities() { call(__NR_prctl, PR_SET_KEEPCAPS, 1L, 0L, 0L); }

    Identity own_{};
    Capabilities capabilities_{};
};

} // namespace cellos::inline CELLOS_ABI::sandbox::agent
