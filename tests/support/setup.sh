# shellcheck shell=bash
# Set-up that examples/run, tests/run and bench/run share; they source it.
# Nothing here writes to stdout or reads stdin: both belong to what the scripts run.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

# So that a second checkout finds what the first one compiled.
export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1

say() { printf '==> %s\n' "$*" >&2; }

die() {
    printf '%s: %s\n' "$0" "$*" >&2
    exit 1
}

as_root() {
    if ((EUID == 0)); then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        die "not root, and there is no sudo. As root: $*"
    fi
}

# refresh_package_lists <what is missing>
package_lists_are_fresh=
refresh_package_lists() {
    if [[ $package_lists_are_fresh ]]; then
        return
    fi
    command -v apt-get >/dev/null ||
        die "this is not Debian or Ubuntu, so packages have to be installed by hand: $1"
    as_root apt-get update -q </dev/null >&2
    package_lists_are_fresh=yes
}

# What every build needs, as install_packages wants it.
build_packages=(
    g++:g++
    cmake:cmake
    ninja-build:ninja
    libboost-dev:boost/hana.hpp
    libexpected-dev:tl/expected.hpp
    nlohmann-json3-dev:nlohmann/json.hpp
)

# A program on PATH, or a file below a root: what matters is that it is there, not who installed it.
is_there() {
    command -v "$1" >/dev/null || [[ -e /usr/include/$1 || -e /usr/local/include/$1 || -e /$1 ]]
}

# install_packages <package>:<what shows that it is there>...
install_packages() {
    local entry missing=()
    for entry in "$@"; do
        is_there "${entry#*:}" || missing+=("${entry%%:*}")
    done
    if ((${#missing[@]} == 0)); then
        return
    fi

    say "installing ${missing[*]}"
    refresh_package_lists "${missing[*]}"
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -q -y --no-install-recommends "${missing[@]}" </dev/null >&2 ||
        die "could not install ${missing[*]}"

    # A library that was missing before is remembered as missing.
    rm -f "$root"/build/*/CMakeCache.txt
}

# Sets clang_version: the lowest installed one from 16 on, else the lowest that can be installed. The
# lowest, because formatting and warnings differ from version to version.
choose_clang() {
    local version
    for version in {16..30}; do
        if command -v "clang++-$version" >/dev/null; then
            clang_version=$version
            return
        fi
    done
    refresh_package_lists "clang 16 or later"
    for version in {16..30}; do
        if [[ -n $(apt-cache show "clang-$version" 2>/dev/null) ]]; then
            clang_version=$version
            return
        fi
    done
    die "the distribution offers no clang 16 or later"
}

# build <preset> <target> [<cmake option>...]
# Locked, so that two calls at once don't build in one folder at the same time.
ninja_options=()
build() {
    local preset=$1 target=$2 folder=$root/build/$1
    shift 2
    mkdir -p "$folder"
    (
        flock 9
        # Ninja repeats the configuration by itself when a CMakeLists.txt has changed, not when this has.
        if [[ ! -e $folder/CMakeCache.txt || $root/CMakePresets.json -nt $folder/build.ninja ]]; then
            cmake -S "$root" --preset "$preset" "$@" >"$folder/configure.log" 2>&1 ||
                { cat "$folder/configure.log" && exit 1; }
        fi
        cmake --build "$folder" --target "$target" \
            --parallel "${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc)}" -- "${ninja_options[@]}"
    ) 9>"$folder.lock" </dev/null >&2
}
