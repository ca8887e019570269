import { apiGatewayService } from "../apigateway/control/index.ts";
import type { TestInvocations } from "../apigateway/test-invocation.ts";
import { cloudWatchService } from "../cloudwatch/index.ts";
import { ecrService } from "../ecr/index.ts";
import { httpStageUrl } from "../endpoints.ts";
import { eventsService } from "../events/index.ts";
import { httpApiService } from "../httpapi/control/index.ts";
import { defaultStage } from "../httpapi/passage.ts";
import { iamService } from "../iam/api/index.ts";
import { findManagedPolicy } from "../iam/managed-policies.ts";
import { kmsService } from "../kms/api/index.ts";
import { lambdaService } from "../lambda/control/index.ts";
import { logsService } from "../logs/index.ts";
import { objectsOfCaller, s3Service } from "../s3/index.ts";
import { snsService } from "../sns/index.ts";
import { sqsService } from "../sqs/index.ts";
import { ssmService } from "../ssm/index.ts";
import { cloudFormationService, withLocalAddresses } from "../stack/api/index.ts";
import { DirectResources } from "../stack/direct-resources.ts";
import { emptyModel } from "../stack/stack-model.ts";
import { stsService } from "../sts/index.ts";
import { wafService } from "../wafv2/api/index.ts";
import type { ServiceEntry } from "../wire/service-api.ts";
import type { PlatformFunctions } from "./platform-functions.ts";
import type { PlatformMessaging } from "./platform-messaging.ts";
import type { PlatformPort } from "./platform-port.ts";
import type { PlatformSetting } from "./platform-setting.ts";
import type { PlatformStacks } from "./platform-stacks.ts";
import type { PlatformStores } from "./platform-stores.ts";

/** What the services of AWS work on. */
export interface ServiceApisOptions {
  readonly setting: PlatformSetting;
  readonly stores: PlatformStores;
  readonly functions: PlatformFunctions;
  readonly messaging: PlatformMessaging;
  readonly stacks: PlatformStacks;
  readonly port: PlatformPort;
  /** REST APIs, as they are served. */
  readonly restApis: () => TestInvocations;
}

/** Every service of AWS that the platform serves, the invocation of functions apart. */
export function serviceApis(options: ServiceApisOptions): ServiceEntry[] {
  const { setting, stores, messaging, stacks, port } = options;
  const { accountId, region, nowMs } = setting;
  return [
    cloudFormationService({
      stacks: stacks.service,
      objects: (context) => objectsOfCaller(stores.objects, context),
      model: () => stacks.model,
      addressBook: () => port.addressBook,
      showsLocalAddresses: setting.options.showsLocalAddresses ?? true,
    }),
    cloudWatchService(stores.metrics, nowMs),
    ecrService(stores.repositories),
    eventsService(messaging.events),
    logsService(stores.logs, `arn:aws:logs:${region}:${accountId}`),
    sqsService({ service: messaging.sqs, accountId, urlOf: (name) => port.queueUrl(name) }),
    s3Service(stores.objects),
    snsService(messaging.sns),
    ssmService(stores.parameters),
    ...resourceApis(options),
    stsService({
      sessions: stores.sessions,
      findRole: (arn) => stacks.model?.roles.get(arn),
      findManagedPolicy,
    }),
    kmsService({ store: stores.keys, nowMs }),
    iamService({
      accountId,
      store: stores.identities,
      model: () => stacks.model ?? emptyModel(),
      refresh: () => stacks.service.engine.refresh(),
      nowMs,
    }),
    wafService({ deployed: () => stacks.model }),
  ];
}

/** Those that make, change and remove what stacks could have as well. */
function resourceApis(options: ServiceApisOptions): ServiceEntry[] {
  const { setting, stores, functions, stacks, port, restApis } = options;
  const { accountId, region, templateFolder } = setting;
  const showsLocalAddresses = setting.options.showsLocalAddresses !== false;
  const model = () => stacks.model ?? emptyModel();
  const common = {
    accountId,
    region,
    model,
    resources: new DirectResources(() => stacks.service.engine),
    fileTimeMs: () => stacks.served.fileTimeMs,
  };
  return [
    lambdaService({
      ...common,
      packages: stores.packages,
      objects: (context) => objectsOfCaller(stores.objects, context),
      archives: stores.archives,
      find: (name, qualifier) => functions.lambda.find(name, qualifier),
      templateFolder,
      localAddress: (url) => (showsLocalAddresses ? withLocalAddresses(url, model(), port.addressBook) : url),
    }),
    apiGatewayService({ ...common, doors: restApis }),
    httpApiService({
      ...common,
      localAddress: (apiId) =>
        showsLocalAddresses ? httpStageUrl(apiId, defaultStage, port.addressBook) : undefined,
    }),
  ];
}
