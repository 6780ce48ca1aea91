#!/bin/sh
# Installs the Muster agent on this machine and enrols it at the server this script came from.
#
#   curl -sSL @BASE_URL@/install | sh -s -- --token TOKEN
#
# The script holds no secret. It is as trustworthy as the connection it came over; the agent it
# downloads is verified against the checksum written here, whatever connection that comes over.
# Nothing happens before the last line: a download that breaks off does nothing.

base_url='@BASE_URL@'
ca_pin='@CA_PIN@'
agent_sha256='@AGENT_SHA256@'

usage() {
  cat <<'EOF'
usage: sh install.sh --token TOKEN [OPTION]...

  --token TOKEN   the enrolment token, needed once (or the environment variable MUSTER_ENROLL_TOKEN,
                  which other users of this machine cannot see)
  --name NAME     the name wished for this device (default: its host name)
  --tag TAG       a tag wished for; may be repeated
  --foreground    no service: run the agent here and now, until it is stopped
  --allow-plaintext
                  accept a server without TLS on another machine: everybody on the way can take
                  this machine over
  --dir DIR       where the agent goes (default: /opt/muster-agent as root, else
                  ~/.local/share/muster-agent)
  --dry-run       say what would be done, and do nothing

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

# Puts the verified agent at $1.
fetch_agent() {
  fetched="$1.new"
  rm -f "$fetched"
  download_patiently "$base_url/install/agent.jar" "$fetched" \
    || { rm -f "$fetched"; fail "cannot download $base_url/install/agent.jar"; }
  got=$($sha256 "$fetched" | cut -d ' ' -f 1)
  if [ "$got" != "$agent_sha256" ]; then
    rm -f "$fetched"
    fail "the downloaded agent is not the expected one (SHA-256 $got, expected $agent_sha256)."
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
# Starts the Muster agent with a small memory footprint.
MALLOC_ARENA_MAX=1 exec $(shell_word "$java") -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \\
  -Xms4m -Xmx32m -Xss256k -XX:-UsePerfData -XX:ReservedCodeCacheSize=16m $trim\\
  -Dfile.encoding=UTF-8 -Dsun.jnu.encoding=UTF-8 -jar $(shell_word "$2") "\$@"
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
  say '  unit     /etc/systemd/system/muster-agent.service'
  [ -z "$dry_run" ] || { say 'Nothing was done (--dry-run).'; return 0; }
  mkdir -p "$dir" "$state"
  chmod 755 "$dir"
  chmod 700 "$state"
  fetch_agent "$dir/muster-agent.jar"
  write_launcher "$dir/muster-agent" "$dir/muster-agent.jar"
  [ -s "$state/credential.json" ] || write_token "$state/enroll.token"
  write_unit /etc/systemd/system/muster-agent.service
  systemctl daemon-reload
  systemctl enable --quiet muster-agent.service
  systemctl restart muster-agent.service
  await_enrolment
}

run_foreground() {
  say 'Running the Muster agent in the foreground:'
  say "  program  $dir (with $java)"
  say "  state    $state"
  [ -z "$dry_run" ] || { say 'Nothing was done (--dry-run).'; return 0; }
  mkdir -p "$dir" "$state"
  chmod 700 "$state"
  fetch_agent "$dir/muster-agent.jar"
  write_launcher "$dir/muster-agent" "$dir/muster-agent.jar"
  [ -s "$state/credential.json" ] || write_token "$state/enroll.token"
  say 'Stop it with Ctrl-C; start it again with:'
  say "  $(shell_word "$dir/muster-agent") run --state $(shell_word "$state")"
  unset token MUSTER_ENROLL_TOKEN
  umask 022
  eval "exec $(shell_word "$dir/muster-agent") run$shell_arguments"
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

# A machine that is enrolled here already needs no token: only its agent is renewed.
check_credential() {
  if [ ! -s "$state/credential.json" ]; then
    [ -n "$token" ] || misuse 'the enrolment token is missing'
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
  dry_run=''
  allow_plaintext=''
  shell_arguments=''
  unit_arguments=''
  while [ $# -gt 0 ]; do
    case $1 in
      --foreground) foreground=yes ;;
      --dry-run) dry_run=yes ;;
      --allow-plaintext) allow_plaintext=yes ;;
      -h | --help)
        usage
        return 0
        ;;
      --token | --name | --tag | --dir)
        [ $# -ge 2 ] || misuse "$1: its value is missing"
        case $1 in
          --token) token=$2 ;;
          --name) add_argument --name "$2" ;;
          --tag) add_argument --tag "$2" ;;
          --dir) dir=$2 ;;
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
  case $dir in
    '' | /*) ;;
    *) dir=$PWD/$dir ;;
  esac
  check_server
  need_java
  need_tools
  place
  check_credential
  add_argument --server "$base_url"
  add_argument --state "$state"
  add_argument --token-file "$state/enroll.token"
  [ -z "$ca_pin" ] || add_argument --ca-pin "$ca_pin"
  if [ -n "$allow_plaintext" ]; then
    shell_arguments="$shell_arguments --allow-plaintext"
    unit_arguments="$unit_arguments --allow-plaintext"
  fi
  if [ -n "$service" ]; then
    install_service
  else
    run_foreground
  fi
}

main "$@"
