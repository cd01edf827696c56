# shellcheck shell=bash
# Sourced by run and test: everything between a fresh clone and a working .venv.
# The caller has set $root (the repository) and calls: set_up "" | "dev"; need_display.

venv=${root:?}/.venv
log=$venv/setup.log
stamp_file=$venv/setup.stamp
index_file=$venv/torch-index # the index that the user named for torch, kept for later set-ups
unfinished=$venv/setup.unfinished
torch_index=

say() { printf '%s\n' "$*" >&2; }
die() {
  say "primordia: $*"
  exit 1
}

# Take --torch-index URL out of the arguments; the rest is left in $arguments.
take_torch_index() {
  arguments=()
  while [ $# -gt 0 ]; do
    case $1 in
      --torch-index)
        [ $# -ge 2 ] || die "--torch-index needs the address of a package index"
        torch_index=$2
        shift
        ;;
      --torch-index=*) torch_index=${1#*=} ;;
      *) arguments+=("$1") ;;
    esac
    shift
  done
}

# Hash of all that a finished environment depends on; a moved repository counts as a new one.
stamp() {
  { cat "$root/pyproject.toml" "$root/packaging/constraints.txt" && printf '%s' "$root"; } |
    { sha256sum 2>/dev/null || shasum -a 256; }
}

# Succeed if .venv is complete for the extras in $1: no Python is started to find out.
is_set_up() {
  [ -x "$venv/bin/python" ] && [ -r "$stamp_file" ] && [ ! -e "$unfinished" ] || return 1
  [ -z "$torch_index" ] || [ "$torch_index" = "$(cat "$index_file" 2>/dev/null)" ] || return 1
  local had_hash='' had_extras=''
  { read -r had_hash && read -r had_extras; } <"$stamp_file"
  set -- "${1-}" "$(stamp)"
  [ "$had_hash" = "${2%% *}" ] || return 1
  [ -z "$1" ] || [ "$had_extras" = "$1" ]
}

set_up() {
  is_set_up "$1" && return
  mkdir -p "$venv" || die "cannot write to $root"
  # Two starts at once: the second waits, then finds the stamp.
  exec 8<"$root/packaging/constraints.txt"
  ! command -v flock >/dev/null || flock 8
  if ! is_set_up "$1"; then
    say "Setting up Primordia in $venv (once; log: .venv/setup.log)"
    : >"$log"
    (unset PYTHONHOME PYTHONPATH PIP_TARGET PIP_PREFIX && PIP_USER=0 install_everything "$1") || exit $?
  fi
  exec 8<&-
}

install_everything() {
  local extras=$1 target=$root
  find_python
  say "[1/5] Python $python_version ($python)"
  install_system_libraries
  make_environment
  [ -z "$extras" ] || target="${root}[$extras]"
  say "[4/5] Python packages: about 2 GB on the disk with a CPU build of torch, more with a CUDA build"
  [ -n "$torch_index" ] || torch_index=$(cat "$index_file" 2>/dev/null)
  if [ -n "$torch_index" ] && [ "$torch_index" != "$(cat "$index_file" 2>/dev/null)" ]; then
    # A build that is there already satisfies the same pin, so it has to be replaced by force.
    pip_install --index-url "$torch_index" --no-deps --force-reinstall torch
    printf '%s\n' "$torch_index" >"$index_file"
  elif [ -n "$torch_index" ]; then
    pip_install --index-url "$torch_index" --no-deps torch
  elif [ "$(uname)" = Linux ] && ! compgen -G "$venv/lib/python3*/site-packages/torch" >/dev/null; then
    say "      torch comes from pip's index; on Linux its default is the CUDA build (--torch-index URL: another)"
  fi
  pip_install setuptools
  pip_install --no-build-isolation -e "$target"
  say "[5/5] kernels: compiling them once"
  step "compiling the kernels" "$venv/bin/python" -m engine.warm \
    || say "      $failure; they compile when first used"
  printf '%s\n%s\n' "$(stamp | cut -d ' ' -f 1)" "$extras" >"$stamp_file"
  rm -f "$unfinished"
  say "      ready"
}

# Run "$@" with its output in the log, showing that it lives; on failure say why in $failure.
step() {
  local what=$1 status line
  shift
  printf '$ %s\n' "$*" >>"$log"
  exec 7> >(show_progress)
  "$@" >>"$log" 2>&1 </dev/null 7>&-
  status=$?
  exec 7>&-
  [ ! -t 2 ] || printf '\r\033[K' >&2
  [ "$status" != 0 ] || return 0
  line=$(grep -iE '^ *(E: |[A-Za-z]*error:)' "$log" | grep -v ResolutionImpossible | tail -n 1)
  [ -n "$line" ] || line=$(grep -v '^\$ ' "$log" | grep . | tail -n 1)
  failure="$what failed: ${line:-no message} (log: $log)"
  return 1
}

pip_install() {
  step "installing the Python packages" "$venv/bin/python" -m pip install --no-input \
    --disable-pip-version-check --progress-bar off -c "$root/packaging/constraints.txt" "$@" && return
  # pip itself has put back what there was: an environment that was complete still is.
  rm -f "$unfinished"
  die "$failure"
}

# The last line of the log, each second in place on a terminal, each 20 seconds elsewhere, until the
# other end of the pipe that is standard input is closed.
show_progress() {
  local seconds=0 line
  while read -r -t 1 line || [ $? -gt 128 ]; do
    seconds=$((seconds + 1))
    line=$(tail -n 1 "$log" | tr -cd '[:print:]' | cut -c 1-70)
    if [ -t 2 ]; then
      printf '\r\033[K      %s s  %s' "$seconds" "$line" >&2
    elif [ $((seconds % 20)) = 0 ]; then
      say "      ... $seconds s: $line"
    fi
  done
}

# The first Python >= 3.11 that runs (a pyenv shim may exist and not run), in $python.
find_python() {
  local candidate
  if [ -n "${PRIMORDIA_PYTHON-}" ]; then
    runs "$PRIMORDIA_PYTHON" || die "PRIMORDIA_PYTHON=$PRIMORDIA_PYTHON is no Python 3.11 or later that runs"
    python=$(command -v "$PRIMORDIA_PYTHON")
    return
  fi
  for candidate in python3.11 python3.12 python3.13 python3.14 python3 python; do
    if runs "$candidate"; then
      python=$(command -v "$candidate")
      return
    fi
  done
  die "no Python 3.11 or later was found: install one (Debian: apt-get install python3 python3-venv) or name it with PRIMORDIA_PYTHON=/path/to/python"
}

# Succeed if $1 is such a Python; its version is left in $python_version.
runs() {
  python_version=$("$1" -S -c '
import sys
print("%d.%d.%d" % sys.version_info[:3])
sys.exit(sys.version_info < (3, 11))' 2>>"$log" </dev/null)
}

# Debian splits this part of Python off.
has_ensurepip() {
  "$python" -S -c 'import ensurepip' 2>/dev/null
}

make_environment() {
  if "$venv/bin/python" -m pip --version >>"$log" 2>&1; then
    runs "$venv/bin/python" || die "$venv was made with a Python older than 3.11: remove it and start again"
    say "[3/5] environment: present"
    if [ -e "$unfinished" ]; then
      say "      the last set-up was interrupted: looking for half-installed packages"
      step "repairing the environment" "$venv/bin/python" "$root/packaging/repair.py" || die "$failure"
    fi
  else
    say "[3/5] environment: making .venv"
    has_ensurepip || die "$python cannot make environments: sudo apt-get install -y python${python_version%.*}-venv"
    find "$venv" -mindepth 1 -maxdepth 1 ! -name setup.log -exec rm -rf {} +
    step "making the environment" "$python" -m venv "$venv" || die "$failure"
  fi
  : >"$unfinished"
}

# Lines "what is looked for" "the Debian package that has it"; a path is a program.
system_needs() {
  [ "$(uname)" = Linux ] || return 0
  cat <<'NEEDS'
libGL.so.1 libgl1
libEGL.so.1 libegl1
libEGL_mesa.so.0 libegl-mesa0
libGLX_mesa.so.0 libglx-mesa0
libglib-2.0.so.0 libglib2.0-0
libfontconfig.so.1 libfontconfig1
libfreetype.so.6 libfreetype6
libdbus-1.so.3 libdbus-1-3
libgssapi_krb5.so.2 libgssapi-krb5-2
libxkbcommon.so.0 libxkbcommon0
libxkbcommon-x11.so.0 libxkbcommon-x11-0
libX11-xcb.so.1 libx11-xcb1
libxcb-cursor.so.0 libxcb-cursor0
libxcb-icccm.so.4 libxcb-icccm4
libxcb-image.so.0 libxcb-image0
libxcb-keysyms.so.1 libxcb-keysyms1
libxcb-randr.so.0 libxcb-randr0
libxcb-render-util.so.0 libxcb-render-util0
libxcb-shape.so.0 libxcb-shape0
libxcb-sync.so.1 libxcb-sync1
libxcb-xfixes.so.0 libxcb-xfixes0
libxcb-xkb.so.1 libxcb-xkb1
NEEDS
  has_display || echo "Xvfb xvfb"
  [ -x "$venv/bin/python" ] || has_ensurepip || echo "ensurepip python${python_version%.*}-venv"
}

# The Debian packages that are missing, on one line. From 64-bit time on glib is called libglib2.0-0t64.
missing_packages() {
  local libraries what package
  libraries=$(PATH=$PATH:/usr/sbin:/sbin ldconfig -p 2>/dev/null)
  system_needs | while read -r what package; do
    case $what in
      lib*) case $libraries in *"$what "*) continue ;; esac ;;
      Xvfb) ! command -v Xvfb >/dev/null || continue ;;
    esac
    if [ "$package" = libglib2.0-0 ] && apt-cache show libglib2.0-0t64 >/dev/null 2>&1; then
      package=libglib2.0-0t64
    fi
    printf '%s ' "$package"
  done
}

install_system_libraries() {
  local missing sudo=()
  missing=$(missing_packages)
  if [ -z "$missing" ]; then
    say "[2/5] system libraries: present"
    return
  fi
  [ "$(id -u)" = 0 ] || sudo=(sudo -n)
  if command -v apt-get >/dev/null && { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }; then
    say "[2/5] system libraries: installing $missing"
    # Package lists that cannot be renewed may still do.
    step "apt-get update" "${sudo[@]}" apt-get update || say "      $failure"
    missing=$(missing_packages)
    # shellcheck disable=SC2086 # a list of words
    step "apt-get install" "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
      apt-get install -y --no-install-recommends $missing || say "      $failure"
    missing=$(missing_packages)
    [ -n "$missing" ] || return 0
  else
    say "[2/5] system libraries: some are missing"
  fi
  say "      to install them on Debian or Ubuntu, run: sudo apt-get install -y $missing"
  say "      going on; the window and a virtual display need them, the commands without a window do not"
}

# Succeed if a display can be used, or if Qt was told to do without: a local one needs its socket.
has_display() {
  local number=${DISPLAY-}
  case ${QT_QPA_PLATFORM-} in
    offscreen* | minimal* | vnc* | eglfs* | linuxfb*) return 0 ;;
  esac
  [ -z "${WAYLAND_DISPLAY-}" ] || return 0
  [ -n "$number" ] || return 1
  case $number in
    :*)
      number=${number#:}
      [ -e "/tmp/.X11-unix/X${number%%.*}" ] || grep -qs "X11-unix/X${number%%.*}$" /proc/net/unix
      ;;
  esac
}

# Start a virtual display on a free number for this process; it ends when the process does.
start_virtual_display() {
  local folder number='' tries=0
  command -v Xvfb >/dev/null || die "there is no display, and no Xvfb to make a virtual one: sudo apt-get install -y xvfb"
  folder=$(mktemp -d) || die "cannot write to ${TMPDIR:-/tmp}"
  # The watcher reads until the last holder of descriptor 9 is gone: the program that this shell becomes.
  # A session of its own: Ctrl-C is for the program, not for its display.
  # shellcheck disable=SC2016 # expanded by the inner shell
  exec 9> >(exec setsid bash -c 'Xvfb -displayfd 3 -screen 0 1920x1200x24 -nolisten tcp 3>"$1/number" </dev/null &
    cat; kill "$!"; wait "$!"; rm -rf "$1"' watcher "$folder" >"$folder/log" 2>&1)
  while [ -z "$number" ] && [ $((tries += 1)) -le 100 ]; do
    sleep 0.1
    [ ! -s "$folder/number" ] || number=$(cat "$folder/number")
  done
  [ -n "$number" ] || die "the virtual display did not start: $(grep . "$folder/log" | tail -n 1)"
  export DISPLAY=:$number
  unset WAYLAND_DISPLAY
}
