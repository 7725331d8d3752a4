"""What boto3 gets from the emulator at argv[1], as JSON: results, and refusals as it shows them."""
import datetime, json, os, sys, time, urllib.error, urllib.request
import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

ENDPOINT, FOLDER = sys.argv[1:]
ARN = 'arn:aws:kinesis:us-east-1:000000000000:stream/orders'
SHARD = 'shardId-000000000000'
seen = {}


def client(service, **config):
    return boto3.client(
        service, endpoint_url=ENDPOINT, region_name='us-east-1', aws_access_key_id='a', aws_secret_access_key='b',
        config=Config(read_timeout=10, retries={'total_max_attempts': 1}, **config))


def see(name, call):
    try:
        seen[name] = call()
    except ClientError as error:
        seen[name] = {'code': error.response['Error']['Code'], 'message': error.response['Error'].get('Message', ''),
                      'status': error.response['ResponseMetadata']['HTTPStatusCode']}


def fetch(url):
    try:
        with urllib.request.urlopen(url) as answer:
            return [answer.status, answer.read().decode()]
    except urllib.error.HTTPError as error:
        return [error.code, error.read().decode()]


kinesis = client('kinesis')
now = datetime.datetime.now(datetime.timezone.utc)


def read_from(when):
    iterator = kinesis.get_shard_iterator(
        StreamARN=ARN, ShardId=SHARD, ShardIteratorType='AT_TIMESTAMP', Timestamp=when)['ShardIterator']
    return [record['Data'].decode() for record in kinesis.get_records(ShardIterator=iterator)['Records']]


for name, ago in [('10 minutes ago', 600), ('one second ago', 1), ('now', 0), ('in a minute', -60)]:
    see(f'empty, {name}', lambda: read_from(now - datetime.timedelta(seconds=ago)))
kinesis.put_record(StreamARN=ARN, PartitionKey='k', Data=b'x')
see('before it', lambda: read_from(now - datetime.timedelta(seconds=1)))
# boto3 sends whole seconds.
time.sleep(1.1)
see('after it', lambda: read_from(datetime.datetime.now(datetime.timezone.utc)))
see('list_shards', lambda: len(kinesis.list_shards(StreamARN=ARN)['Shards']))
see('update_shard_count', lambda: kinesis.update_shard_count(
    StreamARN=ARN, TargetShardCount=2, ScalingType='UNIFORM_SCALING')['TargetShardCount'])
see('resource_policy', lambda: kinesis.get_resource_policy(ResourceARN=ARN))


def subscribe():
    consumer = kinesis.register_stream_consumer(StreamARN=ARN, ConsumerName='fan')['Consumer']
    events = kinesis.subscribe_to_shard(
        ConsumerARN=consumer['ConsumerARN'], ShardId='shardId-000000000000',
        StartingPosition={'Type': 'TRIM_HORIZON'})['EventStream']
    return [record['Data'].decode() for record in next(iter(events))['SubscribeToShardEvent']['Records']]


see('subscribe_to_shard', subscribe)
see('transact', lambda: client('dynamodb').transact_get_items(
    TransactItems=[{'Get': {'TableName': 'items', 'Key': {'id': {'S': 'a'}}}}]))

s3 = client('s3')
target = os.path.join(FOLDER, 'downloaded')
see('download', lambda: s3.download_file('archive', 'big', target))
seen['downloaded'] = os.path.getsize(target) if os.path.exists(target) else 0
see('head', lambda: s3.head_object(Bucket='archive', Key='nobody'))
see('tagging', lambda: s3.get_object_tagging(Bucket='archive', Key='big'))
for name, version in [('s3v4', 's3v4'), ('s3', 's3')]:
    signer = client('s3', signature_version=version)
    params = {'Bucket': 'archive', 'Key': 'small'}
    seen[f'presigned {name}'] = fetch(signer.generate_presigned_url('get_object', Params=params, ExpiresIn=60))
    short = signer.generate_presigned_url('get_object', Params=params, ExpiresIn=1)
    time.sleep(2.1)
    seen[f'expired {name}'] = fetch(short)

sts = client('sts')
see('identity', lambda: sts.get_caller_identity()['Arn'])
see('identity, presigned', lambda: fetch(sts.generate_presigned_url('get_caller_identity'))[0])
see('assume_role', lambda: sts.assume_role(RoleArn='arn:aws:iam::000000000000:role/x', RoleSessionName='name'))
see('list_metrics', lambda: len(client('cloudwatch').list_metrics()['Metrics']))
see('list_dashboards', lambda: client('cloudwatch').list_dashboards())
# Query, EC2's form of it, CBOR, JSON, and REST with JSON and with XML. S3 Control cannot be reached at an IP address.
for service, operation in [('autoscaling', 'describe_auto_scaling_groups'), ('ec2', 'describe_regions'),
                           ('secretsmanager', 'list_secrets'), ('eks', 'list_clusters'),
                           ('route53', 'list_hosted_zones')]:
    see(service, lambda: getattr(client(service), operation)())
print(json.dumps(seen))
