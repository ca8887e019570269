"""Prints each event of a streamed response as a line of JSON, as it comes."""

import json
import sys

import boto3

name, event = sys.argv[1:]
answer = boto3.client("lambda").invoke_with_response_stream(FunctionName=name, Payload=event)
for item in answer["EventStream"]:
    if "PayloadChunk" in item:
        item = {"PayloadChunk": item["PayloadChunk"]["Payload"].decode()}
    print(json.dumps(item), flush=True)
