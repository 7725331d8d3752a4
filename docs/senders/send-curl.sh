#!/bin/sh
# One reading with nothing but curl (7.75 or later): sh send-curl.sh '"temperature":21.5' SEQ
# Needs STREAM_NAME, SITE, DEVICE, AWS_REGION, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.
set -eu
[ $# -eq 2 ] || { echo "Usage: sh send-curl.sh '\"temperature\":21.5' SEQ" >&2; exit 2; }
: "${STREAM_NAME:?Set STREAM_NAME, SITE and DEVICE; for npm start: . docs/senders/local.sh}"
reading=$(printf '{"device_id":"%s","site_id":"%s","seq":%s,%s,"timestamp":"%s","timestamp_sent":"%s"}' \
  "$DEVICE" "$SITE" "$2" "$1" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$(date -u '+%Y-%m-%d %H')")
data=$(printf '%s' "$reading" | base64 | tr -d '\n')
curl --silent --show-error --fail --retry 5 --retry-all-errors --write-out '\n' \
  --aws-sigv4 "aws:amz:$AWS_REGION:kinesis" --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" \
  --header "X-Amz-Security-Token: ${AWS_SESSION_TOKEN:-}" \
  --header 'Content-Type: application/x-amz-json-1.1' \
  --header 'X-Amz-Target: Kinesis_20131202.PutRecord' \
  --data "{\"StreamName\":\"$STREAM_NAME\",\"PartitionKey\":\"$SITE\",\"Data\":\"$data\"}" \
  "${AWS_ENDPOINT_URL:-https://kinesis.$AWS_REGION.amazonaws.com}/"
