#!/usr/bin/env bash
# Makes .venv in the project root with the pinned packages and the project itself (editable), and sees to a Vulkan
# driver. Safe to run again at any time; does nothing, quickly, when everything is in place.
#
# PYTHON=/path/to/python3.12 names an interpreter that is not found by itself.
set -euo pipefail
cd "$(dirname "$0")/.."
ROOT=$(pwd -P)
STEP=setup
source scripts/system.sh

readonly VENV=$ROOT/.venv
readonly INSTALLED=$VENV/.installed VULKAN=$VENV/.vulkan
readonly NEEDED_GIB=8

# True when $1 runs and is CPython 3.12. A pyenv shim exists for every version and fails for all but the active one.
is_python312() {
    "$1" -c 'import sys; sys.exit(not (sys.implementation.name == "cpython" and sys.version_info[:2] == (3, 12)))' \
        >/dev/null 2>&1 </dev/null
}

python_candidates() {
    [[ -z ${PYTHON:-} ]] || echo "$PYTHON"
    type -aP python3.12 python3 python || true
    compgen -G "${PYENV_ROOT:-${HOME:-}/.pyenv}/versions/3.12*/bin/python3.12" | sort -rV || true
    compgen -G '/opt/*/bin/python3.12' || true
    local uv
    for uv in uv "${HOME:-}/.local/bin/uv" "${HOME:-}/.cargo/bin/uv"; do
        if command -v "$uv" >/dev/null; then "$uv" python find --no-project 3.12 2>/dev/null </dev/null || true; fi
    done
}

# Prints the interpreter itself where a candidate is some venv's: that venv may go, or be the one to be replaced.
find_python() {
    local candidate
    while read -r candidate; do
        if is_python312 "$candidate"; then
            "$candidate" -c 'import sys; print(sys._base_executable)'
            return
        fi
    done < <(python_candidates)
    return 1
}

# A .venv that was copied from elsewhere or lost its interpreter is no use: its paths are absolute.
venv_is_ours() {
    is_python312 "$VENV/bin/python" && grep -qsF "$VENV" "$VENV/bin/activate" \
        && "$VENV/bin/python" -c 'import pip' 2>/dev/null
}

# Debian and Ubuntu ship venv's other half, ensurepip, as a package of its own.
ensure_ensurepip() {
    local python=$1
    "$python" -c 'import ensurepip, venv' 2>/dev/null && return
    command -v apt-get >/dev/null && has_root \
        || fail "$python has no ensurepip; run: sudo apt-get install python3.12-venv"
    { apt_get update && apt_get install -y --no-install-recommends python3.12-venv; } \
        || fail "$python has no ensurepip and apt-get could not install python3.12-venv"
    say "installed python3.12-venv"
}

make_venv() {
    local python
    if venv_is_ours; then
        say "using $VENV ($("$VENV/bin/python" -V))"
        return
    fi
    # venv --clear would empty the directory behind a link: an environment that others use.
    [[ ! -L $VENV ]] || fail "$VENV is a link to $(readlink "$VENV"), which was made elsewhere and is left alone; \
remove the link (rm .venv) and run this again"
    python=$(find_python) || fail "no Python 3.12 found on PATH, in pyenv or through uv. Get one (uv python install 3.12, \
pyenv install 3.12, or apt-get install python3.12 python3.12-venv) or name yours: PYTHON=/path/to/python3.12 scripts/setup.sh"
    ensure_ensurepip "$python"
    enough_disk
    "$python" -m venv --clear "$VENV" </dev/null || fail "$python -m venv failed"
    say "made $VENV from $python ($("$python" -V))"
}

enough_disk() {
    local free
    free=$(df -Pk "$ROOT" | awk 'NR == 2 { print int($4 / 1024 / 1024) }')
    ((free >= NEEDED_GIB)) || fail "$free GiB free in $ROOT; the packages need $NEEDED_GIB GiB (torch brings CUDA)"
}

# uv is ten times faster than pip here. One on PATH serves; otherwise the venv gets its own.
find_uv() { command -v uv || { [[ -x $VENV/bin/uv ]] && echo "$VENV/bin/uv"; }; }

install_packages() {
    local uv version quiet=--quiet
    if ! uv=$(find_uv); then
        version=$(sed -n 's/^uv==//p' requirements.txt)
        "$VENV/bin/python" -m pip install -qq --disable-pip-version-check "uv==$version" </dev/null \
            || fail "pip could not install uv; is a package registry reachable?"
        uv=$VENV/bin/uv
        say "installed uv $version"
    fi
    [[ -t 2 ]] && quiet=
    say "installing $(grep -c == requirements.txt) packages (6 GB the first time)"
    export UV_HTTP_TIMEOUT=${UV_HTTP_TIMEOUT:-300}
    # --no-deps: requirements.txt is the whole resolution, and leaves out what pyproject.toml overrides.
    # Compiled once: where PYTHONDONTWRITEBYTECODE is set, as containers have it, every process would compile all it
    # imports again, 7 s of a command that loads a checkpoint.
    "$uv" pip install $quiet --python "$VENV/bin/python" --no-deps --compile-bytecode -r requirements.txt </dev/null \
        || fail "the packages could not be installed; the lines above say which"
    "$uv" pip install $quiet --python "$VENV/bin/python" --no-deps --editable . </dev/null \
        || fail "the project could not be installed into $VENV"
    (cd "$ROOT" && "$VENV/bin/python" -m compileall -q harness policies robotwin_env robotwin_maniskill) || true
    say "installed the packages and the project"
}

# What an installation depends on; the root because an editable installation is a path.
installation() { { echo "$ROOT"; cat requirements.txt pyproject.toml; } | sha256sum | cut -c1-16; }

main() {
    # Two commands started at once must not build one environment twice.
    if command -v flock >/dev/null; then
        exec 9<"$ROOT/scripts/setup.sh"
        flock 9
    fi
    local wanted driver did=
    wanted=$(installation)
    if [[ $(cat "$INSTALLED" 2>/dev/null) != "$wanted" ]] || ! venv_is_ours; then
        did=1
        make_venv
        install_packages
        echo "$wanted" >"$INSTALLED"
    fi
    driver=$(bash scripts/vulkan.sh --fingerprint)
    if [[ $(cat "$VULKAN" 2>/dev/null) != "$driver" ]]; then
        did=1
        bash scripts/vulkan.sh "$VENV/bin/python"
        bash scripts/vulkan.sh --fingerprint >"$VULKAN"
    fi
    [[ $did ]] || say "nothing to do"
}

main
