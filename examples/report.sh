#!/bin/sh
# A device made of nothing but sh, curl and jq: reports how the machine does every 15 seconds, runs
# the shell commands that it is handed out, and tells how they ended. An id and a key are all it
# needs; see docs/api.md, "Devices without an agent".
#
#   MUSTER_URL=https://muster.example:18781 MUSTER_ID=dev_… MUSTER_KEY=agt_… sh report.sh
#
# It says what it has received, so a command whose answer got lost on the way is given again; what
# it has run it remembers in $seen and never runs twice. MUSTER_CA names the server's certificate
# authority where the system does not know it (GET /install/ca.pem).
set -eu
: "${MUSTER_URL:?}" "${MUSTER_ID:?}" "${MUSTER_KEY:?}"
seen=${MUSTER_STATE:-$HOME/.muster-report}
results=$(mktemp)
printed=$(mktemp)
key=$(mktemp) # never among the arguments, which everybody on this machine can read
trap 'rm -f "$results" "$printed" "$key"' EXIT
trap 'exit 0' INT TERM
touch "$seen"
printf 'X-Agent-Key: %s\n' "$MUSTER_KEY" >"$key"

measures() {
  read -r up _ </proc/uptime
  read -r l1 l5 l15 _ </proc/loadavg
  mem=$(awk '/^MemTotal/{t=$2} /^MemAvailable/{a=$2} END{printf "%.1f", (t-a)*100/t}' /proc/meminfo)
  disk=$(df -P / | awk 'NR==2{sub("%","",$5); print $5}')
  jq -nc --arg hostname "$(uname -n)" --arg os "$(. /etc/os-release && echo "$PRETTY_NAME")" \
    --argjson up "$up" --argjson mem "$mem" --argjson disk "$disk" \
    --argjson l1 "$l1" --argjson l5 "$l5" --argjson l15 "$l15" --slurpfile results "$results" \
    '{hostname: $hostname, os: $os, capabilities: ["bash"], uptime_s: $up, mem_percent: $mem,
      disk_percent: $disk, load_1m: $l1, load_5m: $l5, load_15m: $l15, received: [],
      results: $results}'
}

run() { # id, line, seconds
  if grep -qx "$1" "$seen"; then # this script was stopped in the middle of it
    jq -nc --arg id "$1" '{id: $id, status: "error", error: "interrupted; it may have run"}' \
      >>"$results"
    return
  fi
  printf '%s\n' "$1" >>"$seen"
  code=0
  timeout -k 5 "$3" sh -c "$2" >"$printed" 2>&1 </dev/null || code=$?
  head -c 16384 "$printed" | tr -d '\000' | jq -Rsc --arg id "$1" --argjson code "$code" \
    '{id: $id, output: .} + if $code == 124 then {status: "timed_out"}
      else {status: "ok", exit_code: $code} end' >>"$results"
}

while :; do
  wait=1
  if answer=$(measures | curl -sSf ${MUSTER_CA:+--cacert "$MUSTER_CA"} -H @"$key" \
    -H 'Content-Type: application/json' --data-binary @- \
    "$MUSTER_URL/api/agents/$MUSTER_ID/report"); then
    : >"$results"
    wait=0
    printf '%s' "$answer" | jq -r '.commands[] | select(.type == "shell") | @base64' |
      while read -r order; do
        order=$(printf '%s' "$order" | base64 -d)
        # Only a line for the shell: argv, cwd, env and stdin are more than this script can do.
        if ! printf '%s' "$order" | jq -e '.params | keys - ["command", "timeout"] == []' >/dev/null; then
          printf '%s' "$order" | jq -c '{id, status: "error",
            error: "this device takes command and timeout only"}' >>"$results"
          continue
        fi
        run "$(printf '%s' "$order" | jq -r .id)" \
          "$(printf '%s' "$order" | jq -r .params.command)" \
          "$(printf '%s' "$order" | jq -r .timeout)"
      done
  fi
  # Results are told at once, but not to a server that has just refused or not answered.
  [ "$wait" = 0 ] && [ -s "$results" ] || sleep "${MUSTER_INTERVAL:-15}"
done
