import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";

/** A security scheme with a function as authorizer, in the template's terms. */
export function authorizerScheme(
  functionName: string,
  settings: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return {
    type: "apiKey",
    name: "Authorization",
    in: "header",
    "x-amazon-apigateway-authtype": "custom",
    "x-amazon-apigateway-authorizer": {
      authorizerUri: {
        "Fn::Sub": `arn:aws:apigateway:\${AWS::Region}:lambda:path/2015-03-31/functions/\${${functionName}.Arn}/invocations`,
      },
      ...settings,
    },
  };
}

/** Lets the authorizers of the API `Api` invoke a function. */
export function authorizerPermission(functionName: string): Record<string, unknown> {
  return {
    Type: "AWS::Lambda::Permission",
    Properties: {
      Action: "lambda:InvokeFunction",
      FunctionName: { Ref: functionName },
      Principal: "apigateway.amazonaws.com",
      SourceArn: {
        "Fn::Sub": `arn:aws:execute-api:\${AWS::Region}:\${AWS::AccountId}:\${Api}/authorizers/*`,
      },
    },
  };
}

/** Someone who signs tokens, as a user pool does. */
export class TokenSigner {
  readonly #privateKey: KeyObject;
  /** The keys to verify with. */
  readonly keySet: { readonly keys: readonly object[] };

  constructor(keyId = "key-1") {
    const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    this.#privateKey = privateKey;
    this.keySet = {
      keys: [{ ...publicKey.export({ format: "jwk" }), kid: keyId, use: "sig", alg: "RS256" }],
    };
  }

  /** A token with those claims. */
  sign(claims: Readonly<Record<string, unknown>>, header: Readonly<Record<string, unknown>> = {}): string {
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const signed = `${encode({ alg: "RS256", kid: "key-1", typ: "JWT", ...header })}.${encode(claims)}`;
    const signature = sign("sha256", Buffer.from(signed), this.#privateKey).toString("base64url");
    return `${signed}.${signature}`;
  }
}
