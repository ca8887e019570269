import type { Behaviour, Contract } from "../contract.ts";
import { notEmulated, passing, unknown } from "../rows.ts";

const folder = "packages/platform/src/apigateway";
const table = `${folder}/integration/header-table.test.ts`;
const http = `${folder}/integration/http-proxy.test.ts`;
const lengths = `${folder}/request-limits.test.ts`;

const always = [
  "Age",
  "Accept",
  "Accept-Charset",
  "Accept-Encoding",
  "Content-Encoding",
  "Content-Type",
  "Pragma",
  "Range",
  "Referer",
  "Warn",
];

function rows(
  of: "request" | "response",
  outcome: "passed" | "dropped" | "renamed",
  words: string,
  names: readonly string[],
): readonly Behaviour[] {
  return passing(
    table,
    names.map((name) => [`\`${name}\` of a ${of} ${words}.`, `a ${of} header > ${name} is ${outcome}`]),
  );
}

/** Which headers get through a REST API. */
export const restHeaders: Contract = {
  title: "REST API: headers on their way",
  sources: [
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html",
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html",
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/setup-http-integrations.html",
  ],
  behaviours: [
    ...rows("request", "passed", "reaches the function", [
      ...always,
      "Authorization",
      "Date",
      "User-Agent",
      "Via",
    ]),
    ...rows("request", "dropped", "does not reach the function", [
      "Connection",
      "Content-MD5",
      "Max-Forwards",
      "Proxy-Authenticate",
      "Server",
      "TE",
      "Upgrade",
      "WWW-Authenticate",
    ]),
    ...rows("response", "passed", "reaches the client", always),
    ...rows("response", "renamed", "reaches the client as `x-amzn-Remapped-…`", [
      "Authorization",
      "Connection",
      "Content-MD5",
      "Date",
      "Max-Forwards",
      "Server",
      "User-Agent",
      "WWW-Authenticate",
    ]),
    ...rows("response", "dropped", "does not reach the client", [
      "Expect",
      "Host",
      "Proxy-Authenticate",
      "TE",
      "Trailer",
      "Transfer-Encoding",
      "Upgrade",
      "Via",
    ]),
    ...passing(http, [
      [
        "`Content-Encoding` of a request is not passed to a backend.",
        "headers of a request > content-encoding: gzip",
      ],
      ["`Via` of a request is not passed to a backend.", "headers of a request > via: x"],
      ["`Content-MD5` of a request is not passed to a backend.", "headers of a request > content-md5: x"],
      ["`Max-Forwards` of a request is not passed to a backend.", "headers of a request > max-forwards: 1"],
      ["`Server` of a request is not passed to a backend.", "headers of a request > server: x"],
      ["`TE` of a request is not passed to a backend.", "headers of a request > te: x"],
      [
        "`WWW-Authenticate` of a request is not passed to a backend.",
        "headers of a request > www-authenticate: x",
      ],
      ["`Accept` of a request is passed to a backend.", "headers of a request > accept: text/x"],
      ["`User-Agent` of a request is passed to a backend.", "headers of a request > user-agent: agent"],
      [
        "`Authorization` without a signature is passed to a backend.",
        "headers of a request > authorization: Bearer x",
      ],
      [
        "`Authorization` with a signature is not passed to a backend.",
        "headers of a request > authorization: AWS4-HMAC-SHA256 x",
      ],
      [
        "`Authorization` of a method with AWS_IAM is not passed to a backend.",
        "headers of a request > do not carry a signature that was for API Gateway",
      ],
      [
        "`Host` of a request to a backend is the backend's.",
        "headers of a request > tell whose API it is, who sent it",
      ],
      [
        "`Content-Length` of a request to a backend is counted anew.",
        "a request is passed on > with its body and a length that is counted anew",
      ],
      [
        "A backend's `Server`, `Date` and `WWW-Authenticate` are renamed, and its `Via` is dropped.",
        "an answer is passed back > with headers that are renamed, left out, or as they were",
      ],
      [
        "A path keeps its escapes on the way to a backend.",
        "a request is passed on > its path in a greedy parameter",
      ],
      [
        "Mapped parameters reach a backend as header, query and path.",
        "a request is passed on > with the parameters that are mapped, as recorded",
      ],
      [
        "A backend that can't be reached is 504 `Network error communicating with endpoint`.",
        "where the backend has no answer > nobody listens: 504",
      ],
      [
        "A backend's answer of more than 10 MB is refused.",
        "where the backend has no answer > it is larger than 10 MB: 500",
      ],
    ]),
    ...passing(lengths, [
      [
        "`X-HTTP-Method-Override` overrides the method.",
        "X-HTTP-Method-Override > is the method, and the function sees nothing of it",
      ],
      [
        "A method's ARN of more than 1,600 bytes is 414 `Request URI too long`.",
        "a request that is longer than API Gateway takes > a method's ARN of 1,601 bytes: 414",
      ],
      [
        "A URL may have 10,240 bytes.",
        "a request that is longer than API Gateway takes > a URL of 10,240 bytes: 200",
      ],
    ]),
    ...unknown(lengths, [
      [
        "What a URL of more than 10,240 bytes gets.",
        "414 `Request URI too long`, as a method's ARN that is too long",
        "a request that is longer than API Gateway takes > a URL of 10,241 bytes: 414",
      ],
      [
        "What headers of more than 10,240 bytes get.",
        "431 `Request Header Fields Too Large`",
        "a request that is longer than API Gateway takes > headers of more than 10,240 bytes together: 431",
      ],
      [
        "What `X-HTTP-Method-Override` does with a value that is no method.",
        "it counts for nothing",
        "X-HTTP-Method-Override > counts for nothing where it is no method",
      ],
    ]),
    {
      behaviour: "A request with `Transfer-Encoding` to a Lambda integration is an error.",
      verdict: "differs",
      note: "it is taken, and its length counts as that of any other: clients in the field send such requests",
      test: `${table} > a request in chunks is taken, and the function does not see how it came`,
    },
    ...notEmulated([
      [
        "Edge-optimized and private APIs take URLs of 8,192 bytes, and private ones headers of 8,000.",
        "10,240 bytes, as on Regional endpoints",
      ],

      [
        "`HTTP_PROXY` reaches private backends by VPC link.",
        "such a method answers 501, and is told at start",
      ],
    ]),
  ],
};
