#!/bin/sh
# Fetch what an archive has, screen it, send the results back; round after round.
#
# Each command is one of ctbone with the options of its file in CTBONE_CONFIG, and goes on where it
# was: what is known lies in CTBONE_RESULTS, so that this script can be killed at any moment. Where
# a command fails, the others and the next round are tried all the same.
#
#   CTBONE_CONFIG   folder of fetch.yaml, screen.yaml and send.yaml      /config
#   CTBONE_RESULTS  folder of everything that is written                 /results
#   CTBONE_EVERY_S  seconds from the end of a round to the next          600
#   CTBONE_ROUNDS   rounds to go; 0 for ever                             0
#
# The file "round" in CTBONE_RESULTS says how the last round went: begun, ok, or failed and what.
# Exit codes: 0 if the last round went well or a signal ended it, 1 if it did not.
set -u

config=${CTBONE_CONFIG:-/config}
results=${CTBONE_RESULTS:-/results}
every_s=${CTBONE_EVERY_S:-600}
rounds=${CTBONE_ROUNDS:-0}
child=
failed=

# A shell hears a signal only once its command has ended: commands run beside it.
run() {
  "$@" &
  child=$!
  wait "$child"
  status=$?
  child=
  return "$status"
}

stop() {
  trap '' INT TERM
  if [ -n "$child" ]; then
    kill -TERM "$child" 2>/dev/null
    wait "$child"
  fi
  exit 0
}

note() {
  printf '%s %s\n' "$1" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" >"$results/round" || rm -f "$results/round"
}

# Code 3 of ctbone is no failure: there is nothing to do yet.
attempt() {
  command=$1
  shift
  run ctbone "$command" --config "$config/$command.yaml" "$@"
  case $? in
    0 | 3) ;;
    *) failed="$failed $command" ;;
  esac
}

round() {
  failed=
  attempt fetch --out "$results/fetched"
  if [ -d "$results/fetched/objects" ]; then
    attempt screen --export "$results/fetched/objects" --out "$results/screening"
  fi
  if [ -d "$results/screening/dicom" ]; then
    attempt send --files "$results/screening/dicom" --out "$results/sent"
  fi
}

trap stop INT TERM
[ -e "$results/round" ] || note begun
done=0
while :; do
  round
  if [ -n "$failed" ]; then note "failed:$failed"; else note ok; fi
  done=$((done + 1))
  [ "$done" = "$rounds" ] && break
  run sleep "$every_s"
done
[ -z "$failed" ]
