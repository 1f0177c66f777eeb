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
