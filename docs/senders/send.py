"""Lines of metrics such as {"temperature": 21.5} on stdin → readings. Needs boto3, STREAM_NAME, SITE and DEVICE."""
import json, os, pathlib, random, sys, time
from datetime import datetime, timezone
import boto3

STREAM, SITE, DEVICE = (os.environ.get(name) for name in ("STREAM_NAME", "SITE", "DEVICE"))
if not (STREAM and SITE and DEVICE):
    sys.exit("Set STREAM_NAME, SITE and DEVICE; for npm start: . docs/senders/local.sh")
SEQ = pathlib.Path(f"{DEVICE}.seq")  # kept, so that a restart goes on counting
kinesis, seq, waiting, last_sent = boto3.client("kinesis"), 0, [], time.time()
if SEQ.exists():
    seq = int(SEQ.read_text())


def send():
    """One record of at most 100 lines (24 KB) at a time, so that none overtakes another; again until it is taken."""
    while waiting:
        hour = datetime.now(timezone.utc).strftime("%Y-%m-%d %H")
        lines = "\n".join(json.dumps({**reading, "timestamp_sent": hour}) for reading in waiting[:100])
        answer = kinesis.put_records(StreamName=STREAM, Records=[{"Data": lines, "PartitionKey": SITE}])
        if answer["FailedRecordCount"] == 0:
            del waiting[:100]
        else:
            time.sleep(random.random())


for line in sys.stdin:
    now = datetime.now(timezone.utc).isoformat()
    waiting.append({**json.loads(line), "device_id": DEVICE, "site_id": SITE, "seq": seq, "timestamp": now})
    seq += 1
    SEQ.write_text(str(seq))
    if len(waiting) >= 100 or time.time() - last_sent > 1:
        send()
        last_sent = time.time()
send()
