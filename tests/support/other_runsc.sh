# shellcheck shell=bash
# A runsc of another version than the installed one, for the tests to run with as well.

# other_runsc <folder>
#
# Prints the path of the runsc in the backports of this Debian release. Downloads it once, to the
# folder, with apt-get's checks of signatures and the system's own mirror, and leaves the system's
# sources and packages as they are. Fails and says why where there is none.
other_runsc() {
    local folder=$1 keyring=/usr/share/keyrings/debian-archive-keyring.gpg release mirror
    local program=$folder/root/usr/bin/runsc
    if [[ -x $program ]]; then
        printf '%s\n' "$program"
        return
    fi
    release=$(. /etc/os-release && [[ $ID == debian ]] && printf '%s' "${VERSION_CODENAME-}")
    if [[ ! $release ]]; then
        echo "only Debian's backports have another version" >&2
        return 1
    fi
    # "URIs: http://host/debian" or "deb [options] http://host/debian suite component".
    mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null |
        grep -v '^ *#' | grep -oE '(https?|mirror\+[a-z]+)://[^ ]+/debian/?( |$)' | head -n 1 || true)
    if [[ ! $mirror || ! -e $keyring ]]; then
        echo "no mirror of Debian in the sources of this system, or no keyring" >&2
        return 1
    fi

    mkdir -p "$folder"/{lists,cache}/partial "$folder/cache/archives/partial"
    echo "deb [signed-by=$keyring] ${mirror% } $release-backports main" >"$folder/sources.list"
    local options=(
        -q
        -o "Dir::Etc::SourceList=$folder/sources.list"
        -o Dir::Etc::SourceParts=-
        -o "Dir::State::Lists=$folder/lists"
        -o "Dir::Cache=$folder/cache"
        -o "APT::Sandbox::User="
    )
    if ! (
        cd "$folder" &&
            apt-get "${options[@]}" update &&
            apt-get "${options[@]}" -t "$release-backports" download runsc &&
            dpkg -x runsc_*.deb root
    ) >"$folder/log" 2>&1 </dev/null; then
        echo "could not be downloaded: $(tail -n 1 "$folder/log")" >&2
        return 1
    fi
    printf '%s\n' "$program"
}
