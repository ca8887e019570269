import type { Contract } from "../contract.ts";
import { notEmulated, passing, unknown } from "../rows.ts";

const folder = "packages/platform/src/signature";
const shared = `${folder}/shared-authenticator.test.ts`;
const verify = `${folder}/verify-signature.test.ts`;
const vectors = `${folder}/verify-signature.vectors.test.ts`;
const facts = `${folder}/verify-signature.facts.test.ts`;
const s3 = `${folder}/s3-authenticator.test.ts`;
const chunks = `${folder}/aws-chunked.test.ts`;
const suite = (name: string) =>
  `a signed request of AWS's suite > is accepted, but not with any bit of its signature changed: ${name}`;

/** Signatures of version 4, as the services verify them. */
export const sigv4: Contract = {
  title: "Signature Version 4",
  sources: [
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-signing-elements.html",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-authentication-methods.html",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html",
    "https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html",
    "https://github.com/awslabs/aws-c-auth/tree/495329c2433034bd8fd53fc6ba9e0202d3fac876/tests/aws-signing-test-suite",
  ],
  behaviours: [
    ...passing(vectors, [
      ["All 38 cases of AWS's suite hold, in the header and in the URL.", "a signed request of AWS's suite"],
      ["A repeated header counts with all its values.", suite("get-header-key-duplicate")],
      ["Blanks around and within a header's value are normalised.", suite("get-header-value-trim")],
      ["Values of a header keep their order.", suite("get-header-value-order")],
      ["Dot segments of a path are removed.", suite("get-relative-normalized")],
      ["A path that is not normalised keeps its dot segments.", suite("get-relative-unnormalized")],
      ["Slashes of a path are collapsed.", suite("get-slashes-normalized")],
      ["A blank in a path is escaped.", suite("get-space-normalized")],
      ["Unreserved characters stay as they are.", suite("get-unreserved")],
      ["Characters beyond ASCII are escaped by their bytes.", suite("get-utf8")],
      ["Query parameters are sorted by name.", suite("get-vanilla-query-order-key-case")],
      ["A query parameter may have no value.", suite("post-vanilla-empty-query-value")],
      ["A session token is signed with the request.", suite("post-sts-header-before")],
      ["A session token may be added after the signature.", suite("post-sts-header-after")],
      ["The body is signed by its hash.", suite("post-x-www-form-urlencoded")],
    ]),
    ...passing(facts, [
      ["The IAM guide's example holds.", "a signature in the header > holds for the IAM guide's ListUsers"],
      ["The S3 guide's examples hold.", "a signature in the header > holds for the S3 guide's"],
      [
        "The S3 guide's presigned URL holds, and covers no body.",
        "the S3 guide's presigned URL holds, and covers no body",
      ],
    ]),
    ...passing(verify, [
      [
        "The parts of the header may be separated with or without blanks.",
        "a signed request > is accepted whose fields are separated by commas alone",
      ],
      [
        "Signed headers may be listed in any order.",
        "a signed request > is accepted whose signed headers are listed in another order",
      ],
      [
        "Headers that are not listed need not be signed.",
        "a signed request > is accepted with headers that are not signed",
      ],
      [
        "Names of headers count in any letter case.",
        "a signed request > is accepted whose header names have capitals",
      ],
      [
        "`Date` counts without `X-Amz-Date`.",
        "a signed request > is accepted with a Date header in place of X-Amz-Date",
      ],
      ["`X-Amz-Date` goes before `Date`.", "a signed request > prefers X-Amz-Date when both dates are there"],
      ["A request may be five minutes old.", "a signed request > is accepted five minutes old"],
      ["A request may be five minutes ahead.", "a signed request > is accepted five minutes ahead"],
      [
        "S3 takes requests that are fifteen minutes old.",
        "a signed request > is accepted for S3, a quarter of an hour old",
      ],
      [
        "A presigned URL holds until its last second.",
        "a signed request > is accepted by a presigned URL in its last second",
      ],
      [
        "A path is encoded once more for the signature, but for S3.",
        "a signed request > is accepted with a path that is encoded once more for the signature",
      ],
      [
        "S3 takes a path as it is.",
        "a signed request > is accepted of S3 with a path that is taken as it is",
      ],
      [
        "Temporary credentials come with their token, in the header.",
        "a signed request > is accepted with a session token",
      ],
      [
        "Temporary credentials come with their token, in the URL.",
        "a signed request > is accepted with a session token in its URL",
      ],
      [
        "`UNSIGNED-PAYLOAD` leaves the body of S3 uncovered.",
        "the body of an S3 request > is what UNSIGNED-PAYLOAD says",
      ],
      [
        "`STREAMING-AWS4-HMAC-SHA256-PAYLOAD` signs the body by chunks.",
        "the body of an S3 request > is what STREAMING-AWS4-HMAC-SHA256-PAYLOAD says",
      ],
      [
        "`STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER` signs trailers, too.",
        "the body of an S3 request > is what STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER says",
      ],
      [
        "`STREAMING-UNSIGNED-PAYLOAD-TRAILER` has chunks without signatures.",
        "the body of an S3 request > is what STREAMING-UNSIGNED-PAYLOAD-TRAILER says",
      ],
    ]),
    ...passing(`${folder}/verify-signature.properties.test.ts`, [
      [
        "What AWS's SDK signs is accepted, whatever is in it.",
        "a request that the AWS SDK signed > verifies, whatever is in it",
      ],
      [
        "A change of anything that is signed is refused.",
        "a request that the AWS SDK signed > is refused when anything that is signed has changed",
      ],
    ]),
    ...passing(chunks, [
      [
        "The S3 guide's chunks hold, each with the signature of the one before.",
        "the examples of the S3 guide > signed chunks",
      ],
      [
        "A changed byte of a signed chunk is refused.",
        "the decoder > refuses any changed byte of a body that is signed",
      ],
      ["Chunks before the last have at least 8 KB.", "the decoder > refuses a small chunk before the last"],
      [
        "`x-amz-decoded-content-length` is the length of the data.",
        "the decoder > refuses more than was announced",
      ],
    ]),
    ...passing(shared, [
      ["No signature: `Missing Authentication Token`.", "Lambda refuses > no signature"],
      [
        "An empty header: `Authorization header cannot be empty.`",
        "Lambda refuses > an empty Authorization header",
      ],
      ["Missing parts are all named in one message.", "Lambda refuses > missing fields, all in one message"],
      [
        "A part without an equal sign is told with the header's hash.",
        "Lambda refuses > a field without an equal sign",
      ],
      ["A stale date: `Signature expired`.", "Lambda refuses > a request that is too old"],
      ["A date ahead: `Signature not yet current`.", "Lambda refuses > a request from the future"],
      ["Another Region: `Credential should be scoped to a valid Region`.", "Lambda refuses > another Region"],
      [
        "Date, Region, service and terminator of the scope are checked.",
        "Lambda refuses > a scope that is wrong in every part, in one message",
      ],
      [
        "Another secret: `The request signature we calculated does not match`.",
        "Lambda refuses > another secret",
      ],
      ["Another body is refused.", "Lambda refuses > another body"],
      ["`host` must be signed.", "Lambda refuses > a host that is not signed"],
      [
        "Headers that begin with `x-amz-` must be signed.",
        "Lambda refuses > an x-amz header that is not signed",
      ],
      [
        "A presigned URL holds at most 604,800 seconds.",
        "Lambda refuses > a presigned URL for 604801 seconds",
      ],
      ["A presigned URL holds at least one second.", "Lambda refuses > a presigned URL for 0 seconds"],
      ["A presigned URL that has expired is refused.", "Lambda refuses > a presigned URL that has expired"],
      [
        "An unknown key: `The security token included in the request is invalid.`",
        "Lambda refuses > a key that it does not know",
      ],
      [
        "Temporary credentials without their token are refused.",
        "Lambda refuses > temporary credentials without their token",
      ],
      ["A wrong token is refused.", "Lambda refuses > a wrong token"],
      ["A token that has expired: `ExpiredTokenException`.", "Lambda refuses > a token that has expired"],
      ["A signature is in lower case.", "Lambda refuses > a signature in capitals"],
      [
        "execute-api without a signature is 403 `MissingAuthenticationTokenException`.",
        "the other families > execute-api, missing: 403",
      ],
      [
        "execute-api with a malformed header is 403 `IncompleteSignatureException`.",
        "the other families > execute-api, incomplete: 403",
      ],
      [
        "execute-api with a wrong signature is 403 `InvalidSignatureException`.",
        "the other families > execute-api, invalid: 403",
      ],
      ["Services of the JSON protocol answer 400.", "the other families > logs, invalid: 400"],
      [
        "Services of the query protocol answer 403 `SignatureDoesNotMatch`.",
        "the other families > cloudformation, invalid: 403",
      ],
      ["S3 answers 403 `SignatureDoesNotMatch`.", "the other families > s3, invalid: 403"],
      [
        "execute-api tells canonical request and string to sign.",
        "the other families > execute-api tells what it would have signed",
      ],
    ]),
    ...passing(s3, [
      ["S3 needs `x-amz-content-sha256`.", "S3 refuses > a request that says nothing of its body"],
      [
        "S3 refuses requests that are more than fifteen minutes old.",
        "S3 refuses > a request that is too old",
      ],
      ["S3 refuses a body that is not of its hash.", "S3 refuses > another body"],
      [
        "S3 tells everything that it computed.",
        "S3 refuses > a wrong signature with everything that it computed",
      ],
    ]),
    ...unknown(shared, [
      [
        "Whether Lambda takes `UNSIGNED-PAYLOAD`.",
        "it does not",
        "Lambda refuses > a body that claims to be unsigned",
      ],
      [
        "Which message a request gets that is wrong in several ways.",
        "form before scope and date, these before the key, the key before the signature; what is wrong at one station is in one message",
        "Lambda refuses > a scope that is wrong in every part, in one message",
      ],
      [
        "What two signatures at once get.",
        "they are refused",
        "Lambda refuses > a signature in the header and in the URL",
      ],
      [
        "The upper bound of `X-Amz-Expires` beyond S3.",
        "604,800 seconds, as for S3",
        "Lambda refuses > a presigned URL for 604801 seconds",
      ],
    ]),
    ...notEmulated([
      ["REST APIs take SigV4A.", "it is refused by its name: nothing here has more than one Region"],
      ["S3 takes chunks that are signed with SigV4A.", "they are refused by their name"],
    ]),
  ],
};
