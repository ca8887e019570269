import os
import urllib.request


def handler(event, context):
    order = event.get("queryStringParameters") or event
    if "gate" in order:
        urllib.request.urlopen(f"{order['gate']}/snake").read()
    print("hissing")
    if "failure" in order:
        raise ValueError(order["failure"])
    return {
        "statusCode": 203,
        "headers": {"x-name": context.function_name},
        "body": f"{os.environ['AWS_EXECUTION_ENV']} {context.memory_limit_in_mb}",
    }
