"""Uploads a file in parts, downloads it again, and prints as a line of JSON what S3 tells of it."""

import filecmp
import json
import sys

import boto3

bucket, key, source, target = sys.argv[1:]
s3 = boto3.client("s3")
s3.create_bucket(Bucket=bucket)
s3.upload_file(source, bucket, key, ExtraArgs={"Metadata": {"maker": "boto3"}})
s3.download_file(bucket, key, target)
head = s3.head_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED")
listed = s3.list_objects_v2(Bucket=bucket)["Contents"]
part = s3.get_object(Bucket=bucket, Key=key, Range="bytes=0-9")
location = s3.get_bucket_location(Bucket=bucket)["LocationConstraint"]
print(
    json.dumps(
        {
            "same": filecmp.cmp(source, target, shallow=False),
            "parts": head["ETag"].strip('"').split("-")[1],
            "checksum": head["ChecksumType"],
            "metadata": head["Metadata"],
            "listed": [[each["Key"], each["Size"]] for each in listed],
            "range": [part["ContentRange"], len(part["Body"].read())],
            "location": location,
        }
    )
)
