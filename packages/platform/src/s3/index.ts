import { type HttpRequest, headerOf } from "../front-door/http-request.ts";
import type { ServiceEntry } from "../wire/service-api.ts";
import type { S3Store } from "./s3-store.ts";
import { bucketOfHost } from "./virtual-host.ts";

export { objectsOfCaller } from "./objects-of-caller.ts";
export { S3Store } from "./s3-store.ts";

/** Where S3 is found. */
export function s3Service(store: S3Store): ServiceEntry {
  return {
    name: "S3",
    signingName: "s3",
    protocols: ["rest-xml"],
    target: "AmazonS3",
    version: "2006-03-01",
    xmlNamespace: "http://s3.amazonaws.com/doc/2006-03-01/",
    pathOf: bucketPath,
    framesBodies: true,
    load: async () => (await import("./s3-api.ts")).s3Api(store),
  };
}

/** The path in path style. */
function bucketPath(request: HttpRequest): string {
  const bucket = bucketOfHost(headerOf(request, "host") ?? "");
  return bucket === undefined ? request.rawPath : `/${bucket}${request.rawPath}`;
}
