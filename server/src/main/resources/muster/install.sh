#!/bin/sh
# Installs the Muster agent on this machine and enrols it at the server this script came from.
#
#   curl -sSL SERVER/install | sh -s -- --token TOKEN
#
# The script is as trustworthy as the connection it came over; the agent it downloads is verified
# against the checksum written here, whatever connection that comes over. It holds a secret only when
# it was asked for with the key of a device (/api/agents/install-script): then it needs no token.
# Nothing happens before the last line: a download that breaks off does nothing.

base_url=@BASE_URL@
ca_pin=@CA_PIN@
agent_sha256=@AGENT_SHA256@

# The device whose script this is; empty when it is everybody's.
device_id=@DEVICE_ID@
device_name=@DEVICE_NAME@
device_key=@DEVICE_KEY@

usage() {
  cat <<'EOF'
usage: sh install.sh --token TOKEN [OPTION]...

  --token TOKEN   the enrolment token, needed once (or the environment variable MUSTER_ENROLL_TOKEN,
                  which other users of this machine cannot see); the script of one device has its key
                  and takes no token
  --name NAME     the name wished for this device (default: its host name)
  --tag TAG       a tag wished for; may be repeated
  --foreground    no service: run the agent here and now, until it is stopped
  --background    where there is no systemd: start the agent and leave it running
  --replace       the script of one device: take the place of the device that is enrolled here
  --vacant        fail when a device is enrolled here already
  --agent-jar FILE
                  a copy of the agent that is here already, instead of a download
  --uninstall     stop the agent and remove it, its credential and what it kept; policy.json stays.
                  With --agent-jar: end the installation with that copy, and leave an agent alone
                  that has another key than this script
  --allow-plaintext
                  accept a server without TLS on another machine: everybody on the way can take
                  this machine over
  --dir DIR       where the agent goes (default: MUSTER_AGENT_DIR of the environment, else
                  /opt/muster-agent as root, else ~/.local/share/muster-agent)
  --dry-run       find out whether it would work, say what would be done, and do nothing

exit status: 0 done, 1 failed, 2 wrong usage
EOF
}

say() { printf '%s\n' "$*"; }

fail() {
  printf 'muster: %s\n' "$*" >&2
  exit 1
}

misuse() {
  printf 'muster: %s\n' "$*" >&2
  usage >&2
  exit 2
}

# A word quoted for the shell where it has to be.
shell_word() {
  case $1 in
    '' | *[!A-Za-z0-9_./:=+-]*) ;;
    *)
      printf '%s' "$1"
      return 0
      ;;
  esac
  printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")"
}

# A word quoted for a unit of systemd, where % and $ are special too.
unit_word() {
  printf '"%s"' "$(printf '%s' "$1" | sed -e 's/[\\"]/\\&/g' -e 's/%/%%/g' -e 's/\$/$$/g')"
}

# One more argument of "muster-agent run", in both spellings.
add_argument() {
  case $2 in
    *[[:cntrl:]]*) misuse "$1: control characters are not allowed" ;;
  esac
  shell_arguments="$shell_arguments $1 $(shell_word "$2")"
  unit_arguments="$unit_arguments $1 $(unit_word "$2")"
}

# The feature number of a Java runtime: 17, or 8 for what calls itself 1.8.
java_major() {
  "$1" -version 2>&1 | sed -n 's/.*version "\(1\.\)\{0,1\}\([0-9]*\).*/\2/p' | head -n 1
}

# Sets java to the first runtime that is new enough; leaves the newest version seen in java_seen.
find_java() {
  java=''
  java_seen=''
  for candidate in "${JAVA_HOME:-/nonexistent}/bin/java" "$(command -v java 2>/dev/null || :)" \
    /usr/lib/jvm/*/bin/java /opt/java/*/bin/java; do
    [ -x "$candidate" ] || continue
    major=$(java_major "$candidate")
    case $major in '' | *[!0-9]*) continue ;; esac
    if [ "$major" -ge 17 ]; then
      java=$candidate
      java_seen=$major
      return 0
    fi
    java_seen=$major
  done
  return 1
}

need_java() {
  find_java && return 0
  if [ -n "$java_seen" ]; then
    say "muster: the Java here is version $java_seen; the agent needs 17 or later." >&2
  else
    say "muster: there is no Java here; the agent needs version 17 or later." >&2
  fi
  say 'muster: install one and run this again, for instance:' >&2
  say '  Debian, Ubuntu:  apt-get install openjdk-17-jre-headless' >&2
  say '  Fedora, RHEL:    dnf install java-17-openjdk-headless' >&2
  say '  Alpine:          apk add openjdk17-jre-headless' >&2
  exit 1
}

need_tools() {
  downloader=''
  if command -v curl >/dev/null 2>&1; then
    downloader=curl
  elif command -v wget >/dev/null 2>&1; then
    downloader=wget
  else
    fail 'neither curl nor wget is here; install one of them and run this again.'
  fi
  if command -v sha256sum >/dev/null 2>&1; then
    sha256='sha256sum'
  elif command -v shasum >/dev/null 2>&1; then
    sha256='shasum -a 256'
  elif command -v openssl >/dev/null 2>&1; then
    sha256='openssl dgst -sha256 -r'
  else
    fail 'nothing here computes SHA-256 (sha256sum, shasum or openssl).'
  fi
  for tool in setsid mkfifo; do
    command -v "$tool" >/dev/null 2>&1 \
      || fail "$tool is missing; the agent needs it to run commands (package util-linux or coreutils)."
  done
}

# Puts what is at $1 into the file $2, and the answer's headers into $2.headers. The server's private
# CA is unknown to this machine, so with a pin the transfer itself is not authenticated: the checksum
# in this script is.
download() {
  case $downloader in
    curl) curl -fsS ${ca_pin:+-k} --max-time 300 -D "$2.headers" -o "$2" "$1" ;;
    wget)
      wget -q -S -t 1 ${ca_pin:+--no-check-certificate} -T 60 -O "$2" "$1" 2>"$2.headers" \
        || { grep '^wget' "$2.headers" >&2; return 1; }
      ;;
  esac
}

# For how many seconds the answer with the headers in $1 asks to be left alone, a minute at most;
# nothing unless it says that the server is busy (429, 503).
pause_wanted() {
  status=$(sed -n 's/^ *HTTP\/[0-9.]* \([0-9]*\).*/\1/p' "$1" | tail -n 1)
  case $status in
    429 | 503) ;;
    *) return 0 ;;
  esac
  seconds=$(sed -n 's/^ *[Rr]etry-[Aa]fter: *\([0-9]\{1,\}\).*/\1/p' "$1" | tail -n 1)
  case $seconds in
    [0-9] | [1-5][0-9]) say "$seconds" ;;
    '') say 5 ;;
    *) say 60 ;;
  esac
}

# Downloads $1 to $2; a server that is busy is asked some times.
download_patiently() {
  asked=1
  until download "$1" "$2"; do
    pause=''
    [ "$asked" -ge 5 ] || [ ! -e "$2.headers" ] || pause=$(pause_wanted "$2.headers")
    rm -f "$2.headers"
    [ -n "$pause" ] || return 1
    say "The server is busy; trying again in $pause s."
    sleep "$pause"
    asked=$((asked + 1))
  done
  rm -f "$2.headers"
}

# Whether the server can be reached from here.
reaches_server() {
  case $downloader in
    curl) curl -fsS ${ca_pin:+-k} --max-time 10 -o /dev/null "$base_url/healthz" ;;
    wget)
      wget -q -t 1 ${ca_pin:+--no-check-certificate} -T 10 -O /dev/null "$base_url/healthz"
      ;;
  esac
}

# Whether there is room for the agent and what it keeps, in KiB, where $1 will be.
need_space() {
  nearest=$1
  while [ ! -d "$nearest" ]; do
    nearest=$(dirname "$nearest")
  done
  free=$(df -Pk "$nearest" 2>/dev/null | sed -n '2s/^.* \([0-9]\{1,\}\)  *[0-9]*%.*$/\1/p')
  case $free in '' | *[!0-9]*) return 0 ;; esac
  [ "$free" -ge "$least_free" ] \
    || fail "$nearest has $free KiB left; the agent needs $least_free KiB."
}

# Puts the verified agent at $1.
fetch_agent() {
  fetched="$1.new"
  rm -f "$fetched"
  [ -z "$agent_jar" ] || cp "$agent_jar" "$fetched" || fail "cannot copy $agent_jar"
  [ -n "$agent_jar" ] || download_patiently "$base_url/install/agent.jar" "$fetched" \
    || { rm -f "$fetched"; fail "cannot download $base_url/install/agent.jar"; }
  got=$($sha256 "$fetched" | cut -d ' ' -f 1)
  if [ "$got" != "$agent_sha256" ]; then
    rm -f "$fetched"
    fail "the agent that came is not the expected one (SHA-256 $got, expected $agent_sha256)."
  fi
  chmod 644 "$fetched"
  mv -f "$fetched" "$1"
}

write_launcher() {
  trim=''
  [ "$java_seen" -lt 21 ] || trim='-XX:TrimNativeHeapInterval=10000 '
  # The locale of a daemon is often plain ASCII: -Dsun.jnu.encoding spells file names in UTF-8.
  cat >"$1.new" <<EOF
#!/bin/sh
jar=$(shell_word "$2")

start_java() {
  MALLOC_ARENA_MAX=1 exec $(shell_word "$java") -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \\
    -Xms4m -Xmx32m -Xss256k -XX:-UsePerfData -XX:ReservedCodeCacheSize=16m $trim\\
    -Dfile.encoding=UTF-8 -Dsun.jnu.encoding=UTF-8 -Dmuster.agent.jar="\$jar" -jar "\$jar" "\$@"
}
EOF
  cat >>"$1.new" <<'EOF'
# Starts the Muster agent with a small memory footprint, and starts it anew where no service manager
# does (MUSTER_AGENT_SUPERVISED). A version that an update has just brought is on trial: when it has
# not proven itself after three starts, or in so many seconds, the one before it takes its place.
trial_seconds=${MUSTER_AGENT_TRIAL_SECONDS:-600}

# Where updates keep the agent's versions; nothing before the first of them.
versions() {
  link=$(readlink "$jar") || return 1
  printf '%s\n' "${link%/current/*}"
}

on_trial() {
  versions=$(versions) && [ -e "$versions/trial" ] \
    && [ "slots/$(cat "$versions/trial")" = "$(readlink "$versions/current")" ]
}

leave_version() {
  echo 'muster-agent: the new version did not prove itself; back to the one before.' >&2
  ln -sfn "$(readlink "$versions/previous")" "$versions/current.new"
  mv -fT "$versions/current.new" "$versions/current"
  rm -f "$versions/trial" "$versions/starts"
}

# Ends a version that hangs.
watch() {
  seconds=$trial_seconds
  while [ "$seconds" -gt 0 ]; do
    sleep 1
    on_trial && kill -0 "$1" 2>/dev/null || return 0
    seconds=$((seconds - 1))
  done
  kill -9 "$1"
}

count_start() {
  starts=$(cat "$versions/starts" 2>/dev/null)
  case $starts in '' | *[!0-9]*) starts=0 ;; esac
  [ "$starts" -lt 3 ] || { leave_version; return; }
  echo $((starts + 1)) >"$versions/starts"
  (watch $$ </dev/null >/dev/null 2>&1 9<&- &)
}

# Until it ends for good: 75 asks for another start.
keep() {
  child=''
  stopped=''
  trap 'stopped=yes; [ -z "$child" ] || kill "$child" 2>/dev/null' TERM INT HUP
  while :; do
    MUSTER_AGENT_SUPERVISED=yes "$0" "$@" <&0 &
    child=$!
    exec 9<&-
    wait "$child"
    status=$?
    while kill -0 "$child" 2>/dev/null; do
      wait "$child"
      status=$?
    done
    case $stopped$status in
      75) ;;
      yes* | 0 | 2 | 3 | 129 | 130 | 143) exit "$status" ;;
      *) on_trial && { [ -z "$MUSTER_AGENT_PID_FILE" ] || [ -e "$MUSTER_AGENT_PID_FILE" ]; } \
        || exit "$status" ;;
    esac
    sleep 1
    [ -z "$stopped" ] || exit 143
  done
}

if [ "$1" = run ]; then
  [ -n "$MUSTER_AGENT_SUPERVISED" ] || keep "$@"
  [ -z "$MUSTER_AGENT_PID_FILE" ] || echo $$ >"$MUSTER_AGENT_PID_FILE"
  exec 9<&-
  unset MUSTER_AGENT_SUPERVISED MUSTER_AGENT_PID_FILE
  ! on_trial || count_start
fi
start_java "$@"
EOF
  chmod 755 "$1.new"
  mv -f "$1.new" "$1"
}

write_unit() {
  jitter=$(($$ % 5))
  cat >"$1.new" <<EOF
[Unit]
Description=Muster agent
Documentation=$base_url
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=0

[Service]
ExecStart=$(unit_word "$dir/muster-agent") run$unit_arguments
Environment=MUSTER_AGENT_SUPERVISED=yes
Restart=always
RestartSec=$((5 + jitter))
# The server refused the enrolment (3), or the command line is wrong (2): asking again is useless.
RestartPreventExitStatus=2 3
SuccessExitStatus=143
# The agent ends its commands itself; one that is killed for memory does not take it along.
KillMode=mixed
TimeoutStopSec=30
OOMPolicy=continue
UMask=0022
# Commands are children of the agent and have the rights of root: whatever would take those away
# (NoNewPrivileges, ProtectSystem, ProtectHome, PrivateTmp and their like) is left out on purpose.

[Install]
WantedBy=multi-user.target
EOF
  chmod 644 "$1.new"
  mv -f "$1.new" "$1"
}

# Writes the token where only this user can read it. Only printf, a builtin, ever gets it as an
# argument, so no process list shows it.
write_token() {
  rm -f "$1"
  printf '%s\n' "$token" >"$1"
  chmod 600 "$1"
}

# The process in $1 is an agent started from here, not another that has its number by now.
is_agent() {
  case $1 in '' | *[!0-9]*) return 1 ;; esac
  tr '\0' '\n' 2>/dev/null <"/proc/$1/cmdline" \
    | grep -qxF -e "$dir/muster-agent.jar" -e "$dir/muster-agent"
}

# Stops the agent that is here: one at a time uses the state.
stop_agent() {
  if [ -n "$service" ]; then
    [ -e "$unit" ] || return 0
    stopped=yes
    systemctl stop muster-agent.service
    return 0
  fi
  [ -s "$state/agent.pid" ] || return 0
  pid=$(cat "$state/agent.pid")
  is_agent "$pid" || return 0
  stopped=yes
  rm -f "$state/agent.pid"
  kill "$pid"
  waited=0
  while [ "$waited" -lt 20 ] && is_agent "$pid"; do
    sleep 1
    waited=$((waited + 1))
  done
  ! is_agent "$pid" || kill -9 "$pid"
}

# Gives the agent the key of its device. As with the token, only printf ever gets it as an argument.
adopt() {
  set -- adopt --force --server "$base_url" --device "$device_id" --state "$state"
  [ -z "$device_name" ] || set -- "$@" --name "$device_name"
  [ -z "$ca_pin" ] || set -- "$@" --ca-pin "$ca_pin"
  [ -z "$allow_plaintext" ] || set -- "$@" --allow-plaintext
  printf '%s\n' "$device_key" | "$dir/muster-agent" "$@" --token-file /dev/stdin >/dev/null \
    || { resume_agent; fail 'the agent does not take the key of its device.'; }
}

# The agent that was stopped goes on, with the credential that it has.
resume_agent() {
  [ -n "$stopped" ] || return 0
  if [ -n "$service" ]; then
    systemctl start muster-agent.service || :
  else
    start_in_background
  fi
}

# The agent, which says its number before it lets go of the copy that it came from: whoever ends the
# installation finds it by one or the other.
start_in_background() {
  MUSTER_AGENT_PID_FILE=$state/agent.pid
  export MUSTER_AGENT_PID_FILE
  eval "umask 022; exec setsid $(shell_word "$dir/muster-agent") run$shell_arguments" \
    >>"$state/agent.log" 2>&1 </dev/null &
  background_pid=$!
}

# Everything but the start.
put_in_place() {
  mkdir -p "$dir" "$state"
  [ -z "$service" ] || chmod 755 "$dir"
  chmod 711 "$state"
  fetch_agent "$dir/muster-agent.jar"
  write_launcher "$dir/muster-agent" "$dir/muster-agent.jar"
  if [ -n "$device_key" ]; then
    stop_agent
    adopt
  elif [ ! -s "$state/credential.json" ]; then
    write_token "$state/enroll.token"
  fi
}

await_start() {
  sleep 1
  if systemctl is-active --quiet muster-agent.service; then
    say "Done: $(shell_word "$device_name") connects to $base_url."
    say "Its state: $(shell_word "$dir/muster-agent") status --state $(shell_word "$state")"
    say 'Its log:   journalctl -u muster-agent'
    return 0
  fi
  say 'muster: the agent is installed, but has ended. Its log says:' >&2
  journalctl -u muster-agent.service -n 5 --no-pager -o cat >&2 2>/dev/null || :
  exit 1
}

await_enrolment() {
  waited=0
  while [ "$waited" -lt 15 ]; do
    if [ -s "$state/credential.json" ]; then
      say 'Enrolled. The device is in the server'\''s list now.'
      say "Its state: $(shell_word "$dir/muster-agent") status --state $(shell_word "$state")"
      say 'Its log:   journalctl -u muster-agent'
      return 0
    fi
    if ! systemctl is-active --quiet muster-agent.service; then
      [ "$waited" -lt 3 ] || break
    fi
    sleep 1
    waited=$((waited + 1))
  done
  say 'muster: the agent is installed, but not enrolled yet. Its log says:' >&2
  journalctl -u muster-agent.service -n 5 --no-pager -o cat >&2 2>/dev/null || :
  exit 1
}

install_service() {
  say 'Installing the Muster agent as a service of systemd:'
  say "  program  $dir (with $java)"
  say "  state    $state"
  say "  unit     $unit"
  say_device
  [ -z "$dry_run" ] || { say 'Nothing was done (--dry-run).'; return 0; }
  put_in_place
  write_unit "$unit"
  systemctl daemon-reload
  systemctl enable --quiet muster-agent.service
  systemctl restart muster-agent.service
  if [ -n "$device_key" ]; then
    await_start
  else
    await_enrolment
  fi
}

say_device() {
  [ -z "$device_id" ] || say "  device   $device_id ($(shell_word "$device_name"))"
}

run_foreground() {
  say 'Running the Muster agent in the foreground:'
  say "  program  $dir (with $java)"
  say "  state    $state"
  say_device
  [ -z "$dry_run" ] || { say 'Nothing was done (--dry-run).'; return 0; }
  put_in_place
  say 'Stop it with Ctrl-C; start it again with:'
  say "  $(shell_word "$dir/muster-agent") run --state $(shell_word "$state")"
  unset token MUSTER_ENROLL_TOKEN
  umask 022
  eval "exec $(shell_word "$dir/muster-agent") run$shell_arguments" 9<&-
}

run_background() {
  say 'Starting the Muster agent in the background, as there is no systemd here:'
  say "  program  $dir (with $java)"
  say "  state    $state"
  say "  log      $state/agent.log"
  say_device
  [ -z "$dry_run" ] || { say 'Nothing was done (--dry-run).'; return 0; }
  put_in_place
  stop_agent
  unset token MUSTER_ENROLL_TOKEN
  start_in_background
  sleep 1
  if ! kill -0 "$background_pid" 2>/dev/null; then
    say 'muster: the agent is installed, but has ended. Its log says:' >&2
    tail -n 5 "$state/agent.log" >&2
    exit 1
  fi
  say "Done: it runs as process $background_pid, and connects to $base_url."
  say 'It does not start by itself when this machine does; start it again with:'
  say "  $(shell_word "$dir/muster-agent") run --state $(shell_word "$state")"
}

# Ends the installation with the copy at $agent_jar, which it holds open: nobody begins with it any
# more, and whoever holds it is killed, until nobody does.
end_installation() {
  [ -r "$agent_jar" ] || return 0
  exec 8<"$agent_jar"
  rm -f "$agent_jar"
  tries=0
  while kill_holders; do
    tries=$((tries + 1))
    [ "$tries" -lt 20 ] || fail 'the installation that is under way here does not end.'
    [ "$tries" -lt 10 ] || sleep 1
  done
  exec 8<&-
}

# Whether there were any.
kill_holders() {
  none=yes
  for process in /proc/[0-9]*; do
    if [ "$process/fd/9" -ef "/proc/$$/fd/8" ]; then
      none=''
      kill -9 "${process#/proc/}" 2>/dev/null || :
    fi
  done
  [ -z "$none" ]
}

# Whether the agent that is here has the key of this script.
has_key() {
  printf '%s\n' "$device_key" | grep -qF -f - "$state/credential.json"
}

# Removes downloads and records of software; a version that is in use stays, for it may be running.
remove_updates() {
  for software in "$state/updates"/*; do
    if [ -L "$software/current" ] && [ "${software##*/}" != muster-agent ]; then
      say "  kept     $software, which deployments installed"
    else
      rm -rf "$software"
    fi
  done
  rmdir "$state/updates" 2>/dev/null || :
}

# Removes what this script and the agent have made, and nothing else. The script of one device leaves
# another's alone.
uninstall() {
  if [ -n "$agent_jar" ] && [ -s "$state/credential.json" ] && ! has_key; then
    say 'The agent that is here was not installed with this copy; it was left alone.'
    return 0
  fi
  if [ -n "$device_id" ] && [ -s "$state/credential.json" ] \
    && ! grep -qF "\"device_id\":\"$device_id\"" "$state/credential.json"; then
    fail "another device is enrolled here; it was left alone."
  fi
  say 'Removing the Muster agent:'
  say "  program  $dir"
  say "  state    $state"
  [ -z "$dry_run" ] || { say 'Nothing was done (--dry-run).'; return 0; }
  stop_agent
  if [ -n "$service" ] && [ -e "$unit" ]; then
    systemctl disable --quiet muster-agent.service || :
    rm -f "$unit" "$unit.new"
    systemctl daemon-reload
  fi
  for file in muster-agent muster-agent.new muster-agent.jar muster-agent.jar.new \
    muster-agent.jar.new.headers; do
    rm -f "$dir/$file"
  done
  for file in credential.json credential.json.new enroll.token hardware-id status.json lock journal spool transfers \
    terminals agent.log agent.pid; do
    rm -rf "${state:?}/$file"
  done
  remove_updates
  rmdir "$state" 2>/dev/null || :
  rmdir "$dir" 2>/dev/null || :
  say 'Done.'
}

# Where secrets may go in clear: to this machine only.
check_server() {
  case $base_url in
    https://* | http://localhost | http://localhost[:/]* | http://127.* | http://\[::1\]*) ;;
    *)
      [ -n "$allow_plaintext" ] \
        || fail "$base_url is another machine without TLS; see --allow-plaintext."
      ;;
  esac
}

place() {
  service=''
  unit=/etc/systemd/system/muster-agent.service
  dir=${dir:-${MUSTER_AGENT_DIR:-}}
  case $dir in
    '' | /*) ;;
    *) dir=$PWD/$dir ;;
  esac
  if [ "$(id -u)" = 0 ]; then
    state=/var/lib/muster-agent
    if [ -z "$foreground" ] && [ -d /run/systemd/system ] && command -v systemctl >/dev/null 2>&1
    then
      service=yes
    elif [ -n "$dir" ]; then
      state=$dir/state
    fi
    dir=${dir:-/opt/muster-agent}
  elif [ -n "$dir" ]; then
    state=$dir/state
  else
    [ -n "${HOME:-}" ] || fail 'HOME is not set; say --dir.'
    dir=$HOME/.local/share/muster-agent
    state=$dir
  fi
}

# A machine that is enrolled here already needs no token: only its agent is renewed, or its key.
check_credential() {
  if [ ! -s "$state/credential.json" ]; then
    [ -n "$token$device_key$dry_run" ] || misuse 'the enrolment token is missing'
  elif [ -n "$vacant" ]; then
    fail "a device is enrolled here already: there is $state/credential.json."
  elif [ -n "$replace" ]; then
    return 0
  elif [ -n "$device_key" ] \
    && ! grep -qF "\"device_id\":\"$device_id\"" "$state/credential.json"; then
    fail 'this machine is enrolled already, as another device; --replace takes its place.'
  elif ! grep -qF "\"server\":\"$base_url\"" "$state/credential.json"; then
    fail "this machine is enrolled at another server; remove $state/credential.json first."
  fi
}

main() {
  set -eu
  umask 077
  token=${MUSTER_ENROLL_TOKEN:-}
  dir=''
  foreground=''
  background=''
  replace=''
  vacant=''
  agent_jar=''
  remove=''
  dry_run=''
  stopped=''
  least_free=65536
  allow_plaintext=''
  shell_arguments=''
  unit_arguments=''
  while [ $# -gt 0 ]; do
    case $1 in
      --foreground) foreground=yes ;;
      --background) background=yes ;;
      --replace) replace=yes ;;
      --vacant) vacant=yes ;;
      --uninstall) remove=yes ;;
      --dry-run) dry_run=yes ;;
      --allow-plaintext) allow_plaintext=yes ;;
      -h | --help)
        usage
        return 0
        ;;
      --token | --name | --tag | --dir | --agent-jar)
        [ $# -ge 2 ] || misuse "$1: its value is missing"
        case $1 in
          --token) token=$2 ;;
          --name) add_argument --name "$2" ;;
          --tag) add_argument --tag "$2" ;;
          --dir) dir=$2 ;;
          --agent-jar) agent_jar=$2 ;;
        esac
        shift
        ;;
      *) misuse "$1: no such option" ;;
    esac
    shift
  done
  case $token in
    *[!A-Za-z0-9_.-]*) misuse 'the token holds characters that no token has' ;;
  esac
  [ -z "$token" ] || [ -z "$device_key" ] || misuse '--token: this script has the key of its device'
  [ -z "$replace" ] || [ -n "$device_key" ] || misuse '--replace: only the script of one device can'
  place
  if [ -n "$remove" ]; then
    [ -z "$agent_jar" ] || [ -n "$dry_run" ] || end_installation
    uninstall
    return 0
  fi
  if [ -n "$agent_jar" ]; then
    [ -r "$agent_jar" ] || fail "cannot read $agent_jar"
    exec 9<"$agent_jar"
  fi
  check_server
  need_java
  need_tools
  check_credential
  need_space "$dir"
  need_space "$state"
  [ -z "$dry_run" ] || reaches_server || fail "cannot reach $base_url from here."
  add_argument --server "$base_url"
  add_argument --state "$state"
  [ -n "$device_key" ] || add_argument --token-file "$state/enroll.token"
  [ -z "$ca_pin" ] || add_argument --ca-pin "$ca_pin"
  if [ -n "$allow_plaintext" ]; then
    shell_arguments="$shell_arguments --allow-plaintext"
    unit_arguments="$unit_arguments --allow-plaintext"
  fi
  if [ -n "$service" ]; then
    install_service
  elif [ -n "$background" ]; then
    run_background
  else
    run_foreground
  fi
}

{ main "$@"; }
