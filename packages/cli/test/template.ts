/** A function of one file, `<name>.ts`, built by esbuild. */
export function built(name: string, properties: Readonly<Record<string, unknown>> = {}): unknown {
  return {
    Type: "AWS::Serverless::Function",
    Metadata: {
      BuildMethod: "esbuild",
      BuildProperties: {
        EntryPoints: [`${name}.ts`],
        Format: "esm",
        OutExtension: [".js=.mjs"],
        Target: "node24",
      },
    },
    Properties: { Handler: `${name}.handler`, Runtime: "nodejs24.x", Timeout: 30, ...properties },
  };
}

/** An event of a REST API. */
export function route(path: string): unknown {
  return {
    Type: "Api",
    Properties: { Path: path, Method: "get", ResponseTransferMode: "RESPONSE_STREAM" },
  };
}

export const openUrl = { FunctionUrlConfig: { AuthType: "NONE", InvokeMode: "RESPONSE_STREAM" } };

/** A SAM template. */
export function template(resources: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ Transform: "AWS::Serverless-2016-10-31", Resources: resources }, undefined, 2);
}

/** The source of a function that streams what `body` writes. */
export function streamingSource(body: string): string {
  return `declare const awslambda: any;
export const handler = awslambda.streamifyResponse(async (event: any, stream: any) => {
  ${body}
  stream.end();
});
`;
}
