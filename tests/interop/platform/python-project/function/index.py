import json
import os
import sys
import urllib.request

print("loading")


def handler(event, context):
    order = event.get("queryStringParameters") or event
    if "gate" in order:
        urllib.request.urlopen(f"{order['gate']}/snake").read()
    print("hissing")
    if "failure" in order:
        raise ValueError(order["failure"])
    if "exit" in order:
        sys.exit(order["exit"])
    facts = {
        "name": context.function_name,
        "memoryMb": context.memory_limit_in_mb,
        "environment": os.environ["AWS_EXECUTION_ENV"],
        "isAtTaskRoot": os.getcwd() == os.environ["LAMBDA_TASK_ROOT"],
        "pid": os.getpid(),
    }
    return {"statusCode": 203, "headers": {"x-name": "snake"}, "body": json.dumps(facts)}
