import { type AddressBook, functionUrl, httpStageUrl, stageUrl } from "../endpoints.ts";
import { defaultStage } from "../httpapi/passage.ts";
import type { LambdaFunction } from "../lambda/lambda-function.ts";
import type { HttpApiResource, StackModel } from "../stack/stack-model.ts";
import type { InvocationRecord } from "../trace/invocation-record.ts";
import type { InvocationRecords } from "../trace/invocation-records.ts";
import { localAddress } from "./local-address.ts";
import { PlatformApi } from "./platform-api.ts";
import { PlatformFunction } from "./platform-function.ts";
import { type Signatory, type SigningName, signedFetch } from "./signed-fetch.ts";

/** A request, and the signing name of the service that it is for. */
export interface SignedRequestInit extends RequestInit {
  /** By the address unless given: `execute-api` for an API, `lambda` for the rest. */
  readonly service?: SigningName;
}

/** What a client needs of the platform that it speaks to. */
export interface PlatformClientOptions {
  readonly signatory: Signatory;
  /** Address of the platform. */
  readonly url: () => string;
  readonly addressBook: () => AddressBook;
  readonly model: () => StackModel | undefined;
  readonly functions: () => readonly LambdaFunction[];
  readonly records: InvocationRecords | undefined;
}

/** Speaks to a platform as its clients do, over HTTP and with signatures, and knows what is in it. */
export class PlatformClient {
  readonly #options: PlatformClientOptions;

  constructor(options: PlatformClientOptions) {
    this.#options = options;
  }

  get records(): InvocationRecords {
    const { records } = this.#options;
    if (records !== undefined) return records;
    throw new TypeError(
      "This platform remembers no invocations: it was started with recordsInvocations: false.",
    );
  }

  get invocations(): readonly InvocationRecord[] {
    return this.records.list();
  }

  function(name: string): PlatformFunction {
    const { signatory, url, addressBook } = this.#options;
    const functions = this.#options.functions();
    const target = functions.find((one) => one.logicalId === name || one.name === name);
    if (target === undefined) {
      throw noSuch(
        "function",
        name,
        functions.map((one) => one.logicalId ?? one.name),
      );
    }
    const urls = this.#model?.urls.filter(({ functionName }) => functionName === target.name) ?? [];
    const own = urls.find(({ qualifier }) => qualifier === undefined) ?? urls[0];
    return new PlatformFunction({
      name: target.name,
      logicalId: target.logicalId,
      arn: target.arn,
      platformUrl: url(),
      signatory,
      url: own && { url: functionUrl(own.id, addressBook()), isSigned: own.authType === "AWS_IAM" },
      records: this.records,
    });
  }

  api(logicalId: string, stageName: string | undefined): PlatformApi {
    const apis = [...(this.#model?.apis.values() ?? [])];
    const resource = apis.find((one) => one.logicalId === logicalId);
    const httpApis = [...(this.#model?.httpApis.values() ?? [])];
    const httpApi = httpApis.find((one) => one.logicalId === logicalId);
    if (httpApi !== undefined) return this.#httpApi(httpApi, stageName);
    if (resource === undefined) {
      throw noSuch(
        "API",
        logicalId,
        [...apis, ...httpApis].map((one) => one.logicalId),
      );
    }
    const stages = this.#model?.stages.filter(({ apiId }) => apiId === resource.id) ?? [];
    const stage =
      stageName === undefined
        ? (stages.find(({ isOfDeployment }) => !isOfDeployment) ?? stages[0])
        : stages.find((one) => one.name === stageName);
    if (stage === undefined) {
      throw noSuch(
        `stage of ${logicalId}`,
        stageName ?? "",
        stages.map((one) => one.name),
      );
    }
    const methods = resource.api.resources.flatMap((one) => [...one.methods.values()]);
    return new PlatformApi({
      logicalId,
      stage: stage.name,
      url: stageUrl(resource.id, stage.name, this.#options.addressBook()),
      isSigned: methods.some(({ authorization }) => authorization === "AWS_IAM"),
      signatory: this.#options.signatory,
    });
  }

  #httpApi({ id, logicalId }: HttpApiResource, stageName: string | undefined): PlatformApi {
    const model = this.#model;
    const stages = model?.httpStages.filter(({ apiId }) => apiId === id) ?? [];
    const stage =
      stageName === undefined
        ? (stages.find(({ name }) => name === defaultStage) ?? stages[0])
        : stages.find(({ name }) => name === stageName);
    if (stage === undefined) {
      throw noSuch(
        `stage of ${logicalId}`,
        stageName ?? "",
        stages.map(({ name }) => name),
      );
    }
    const routes = model?.httpRoutes.filter(({ apiId }) => apiId === id) ?? [];
    return new PlatformApi({
      logicalId,
      stage: stage.name,
      url: httpStageUrl(id, stage.name, this.#options.addressBook()),
      isSigned: routes.some(({ route }) => route.authorizer.kind === "AWS_IAM"),
      signatory: this.#options.signatory,
    });
  }

  fetch(address: string | URL, { service, ...init }: SignedRequestInit): Promise<Response> {
    const url = localAddress(address, this.#options.url());
    const isOfApi = url.hostname.includes(".execute-api.") || url.pathname.startsWith("/_aws/execute-api/");
    const signingName = service ?? (isOfApi ? "execute-api" : "lambda");
    return signedFetch(
      new Request(url, { redirect: "manual", ...init }),
      signingName,
      this.#options.signatory,
      init.signal ?? undefined,
    );
  }

  async invocationOf(response: Response): Promise<InvocationRecord> {
    const record = await this.records.whenAnsweredOver(response.headers);
    if (record === undefined) {
      throw new TypeError(
        `No invocation goes with this response, whose status is ${response.status}: no function ran, or it is forgotten already.`,
      );
    }
    return record;
  }

  get #model(): StackModel | undefined {
    return this.#options.model();
  }
}

function noSuch(what: string, name: string, known: readonly string[]): TypeError {
  const others = known.length === 0 ? "none" : known.join(", ");
  return new TypeError(`The template has no ${what} "${name}". It has ${others}.`);
}
