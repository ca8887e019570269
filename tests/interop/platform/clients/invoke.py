"""Prints what a buffered call answers as a line of JSON, or the error's name and text."""

import json
import sys

import boto3
from botocore.exceptions import ClientError

name, event = sys.argv[1:]
try:
    answer = boto3.client("lambda").invoke(FunctionName=name, Payload=event)
    print(json.dumps([answer["StatusCode"], answer.get("FunctionError"), json.load(answer["Payload"])]))
except ClientError as error:
    print(json.dumps([error.response["Error"]["Code"], error.response["Error"]["Message"]]))
