# What devices publish at a broker → readings, a line each, for the gateway of a site. Copy it, and keep what you have:
#   mosquitto_sub -h BROKER -R -t 'zigbee2mqtt/+' -t 'tele/+/SENSOR' -F %J |
#     jq -nc --unbuffered -f to-readings.jq | mosquitto_pub -h 127.0.0.1 -q 1 -t readings -l
# on the machine of the gateway, which asks for no password there. -R: what a broker has retained is old. A message
# without a metric is named on stderr.

# Names of values → metrics of the contract. A name of yours that is missing is a line more.
def metrics: {
  temperature: "temperature", Temperature: "temperature", tC: "temperature", temp: "temperature",
  cpu: "cpu", usage_percent: "cpu", ram: "ram", memory: "ram", used_percent: "ram", hd: "hd", disk: "hd"
};

# A number, or a text that is one.
def number: if type == "string" then (try tonumber catch empty) elif type == "number" then . else empty end;

# RFC 3339 as it is or with its offset repaired, or seconds, ms, µs or ns since 1970. A local time without a zone is none.
def time:
  if type == "number" then
    (if . > 1e17 then . / 1e6 elif . > 1e14 then . / 1e3 elif . > 1e11 then . else . * 1e3 end | . + 0.5 | floor) as $ms
    | ($ms / 1000 | floor | todate[:19]) + "." + ($ms % 1000 + 1000 | tostring[1:]) + "Z"
  elif type == "string" and test("T.*(Z|[+-][0-9]{2}:?[0-9]{2})$") then
    sub("Z(?=[+-])"; "") | sub("(?<h>[+-][0-9]{2})(?<m>[0-9]{2})$"; "\(.h):\(.m)")
  else empty end;

# The values that are metrics, by the contract's names.
def measured: [objects | to_entries[] | {key: metrics[.key], value: (.value | number)} | select(.key)] | from_entries;

# {device, values, at}, by what each program sends.
def parts($topic):
  ($topic | split("/")) as $levels
  | if type != "object" then {device: $levels[1], values: {temperature: .}} # ESPHome: a number alone
    elif .uplink_message then # The Things Network
      {device: .end_device_ids.device_id, values: .uplink_message.decoded_payload, at: .received_at}
    elif .fields and .tags then {device: .tags.host, values: .fields, at: .timestamp} # Telegraf
    elif .plugin and .values then {device: .host, values: {(.plugin): .values[0]}, at: .time} # collectd
    elif (.metrics | type) == "array" then # Sparkplug B as JSON
      {device: $levels[-1], values: (.metrics | map({key: .name, value}) | from_entries), at: .timestamp}
    elif .params then {device: .src, values: (.params | [.[] | objects] | add), at: .params.ts} # Shelly, as RPC
    else # Zigbee2MQTT; Tasmota, whose sensors are inside; Shelly's status
      (if $levels[1] == "status" then $levels[0] else $levels[1] end) as $device
      | [to_entries[] | select(.value | measured != {})] as $inside
      | if measured != {} then {device: $device, values: .}
        else $inside[] | {device: ([$device, (select($inside | length > 1) | .key)] | join("-")), values: .value} end
    end;

foreach (inputs | . as {$topic, $tst} | (.payload | if type == "array" then .[] else . end) as $payload
    | [$payload | parts($topic)] | if . == [] then [{}] else . end | .[] | {$topic, $tst, part: .}) as $in
  ({seqs: {}};
    ($in.part.device // "unknown" | tostring | gsub("[^A-Za-z0-9._-]+"; "-")[:64]) as $device
    | ($in.part.values | measured) as $values
    | if $values == {} then .reading = null
      else
        .reading = {device_id: $device, seq: (.seqs[$device] // 0),
          timestamp: ([$in.part.at, $in.tst, now] | map(time) | first)} + $values
        | .seqs[$device] = .reading.seq + 1
      end;
    .reading // ("no metric in \($in.topic)\n" | stderr | empty))
