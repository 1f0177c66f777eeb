# shellcheck shell=bash
# Sourced by ./check, ./demo and ./dev: packages and headings. Prints before it acts, never starts a service.

step() { printf '\n== %s ==\n' "$*"; }

# setup_packages INSTALL GROUPS : makes the packages of cmake/debian-12.packages in the named groups present.
setup_packages() {
    local install=$1 groups=$2 group package missing=()
    while read -r group package; do
        case $group in '' | '#'*) continue ;; esac
        case " $groups " in *" $group "*) ;; *) continue ;; esac
        if [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" != installed ]; then
            missing+=("$package")
        fi
    done < <(sed 's/ *#.*//' cmake/debian-12.packages)
    [ ${#missing[@]} -gt 0 ] || return 0
    step "packages to install"
    printf '  %s\n' "${missing[@]}"
    if [ "$install" = no ]; then
        echo "these packages are missing; install them or leave out --no-install" >&2
        return 1
    fi
    local as_root=()
    [ "$(id -u)" = 0 ] || as_root=(sudo)
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
        apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null
}

# unpack_packages INSTALL GROUP : downloads the packages of the group and what they need, and those of GROUP-alone without
# what they need, and unpacks them below build/system/: daemons that tests start themselves must not be started as
# services of the machine, and some would replace another.
unpack_packages() {
    local install=$1 group=$2 wanted alone missing
    wanted=$(sed 's/ *#.*//' cmake/debian-12.packages | awk -v group="$group" '$1 == group { print $2 }' | tr '\n' ' ')
    alone=$(sed 's/ *#.*//' cmake/debian-12.packages | awk -v group="$group-alone" '$1 == group { print $2 }' | tr '\n' ' ')
    [ "$(cat build/system/unpacked 2>/dev/null)" != "$wanted$alone" ] || return 0
    if [ "$install" = no ]; then
        echo "not unpacked into build/system: $wanted$alone; leave out --no-install" >&2
        return 1
    fi
    step "packages to unpack into build/system"
    mkdir -p build/system/archives
    local as_root=()
    [ "$(id -u)" = 0 ] || as_root=(sudo)
    "${as_root[@]}" apt-get update -qq
    # shellcheck disable=SC2086
    missing=$(apt-get -s install --no-install-recommends $wanted 2>/dev/null | awk '/^Inst/ { print $2 }')
    [ -n "$missing" ] || missing=$wanted
    missing="$missing $alone"
    # shellcheck disable=SC2086
    printf '  %s\n' $missing
    local as_user=()
    [ "$(id -u)" != 0 ] || as_user=(-o APT::Sandbox::User=root)
    # shellcheck disable=SC2086
    (cd build/system/archives && apt-get download -qq "${as_user[@]}" $missing)
    local archive
    for archive in build/system/archives/*.deb; do
        dpkg -x "$archive" build/system/root
    done
    echo "$wanted$alone" >build/system/unpacked
}
