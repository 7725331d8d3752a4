#!/bin/sh
# Lines of metrics such as {"temperature":21.5} on stdin → readings. Needs the AWS CLI, STREAM_NAME, SITE and DEVICE.
set -eu
: "${STREAM_NAME:?Set STREAM_NAME, SITE and DEVICE; for npm start: . docs/senders/local.sh}"
seq=0
[ ! -f "$DEVICE.seq" ] || seq=$(cat "$DEVICE.seq") # kept, so that a restart goes on counting
packed=$(mktemp)
trap 'rm -f "$packed"' EXIT

# One record of at most 100 lines at a time, so that none overtakes another; again until it is taken.
send() {
  [ -s "$packed" ] || return 0
  until aws kinesis put-record --stream-name "$STREAM_NAME" --partition-key "$SITE" --data "fileb://$packed" >/dev/null
  do sleep 1; done
  : >"$packed"
}

lines=0
while read -r metrics; do
  body=${metrics#\{}
  made=$(date -u +%Y-%m-%dT%H:%M:%SZ)
  sent=$(date -u '+%Y-%m-%d %H')
  printf '{"device_id":"%s","site_id":"%s","seq":%s,"timestamp":"%s","timestamp_sent":"%s",%s\n' \
    "$DEVICE" "$SITE" "$seq" "$made" "$sent" "$body" >>"$packed"
  seq=$((seq + 1))
  echo "$seq" >"$DEVICE.seq"
  lines=$((lines + 1))
  [ $((lines % 100)) -ne 0 ] || send
done
send
