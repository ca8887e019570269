import { FrontDoor } from "../front-door/front-door.ts";
import { Authenticator } from "../iam/caller.ts";
import { roleOf } from "../iam/role.ts";
import { UserPoolKeys } from "../tokens/user-pool-keys.ts";
import { type ServiceApisOptions, serviceApis } from "./service-apis.ts";

/** The front door of a platform, which leads to all that the others have. */
export function platformFrontDoor(parts: Omit<ServiceApisOptions, "restApis">): FrontDoor {
  const { setting, stores, functions, messaging, stacks } = parts;
  const { accountId, region, options, isUnsigned, limits, clock, emit } = setting;
  const door: FrontDoor = new FrontDoor({
    accountId,
    region,
    host: options.host,
    isUnsigned,
    limits,
    clock,
    userPoolKeys: new UserPoolKeys(clock, setting.templateFolder, options.userPoolKeys),
    authenticator: new Authenticator((id) => stores.sessions.find(id), region),
    administrator: () => stores.sessions.administrator,
    findActingRole: (arn) => roleOf(arn, stacks.model?.roles.values() ?? []),
    services: serviceApis({ ...parts, restApis: () => door.restApis }),
    lambda: functions.lambda,
    archives: stores.archives,
    invoke: functions.invoke,
    asynchronous: messaging.asynchronous,
    logs: stores.logs,
    metrics: stores.metrics,
    model: () => stacks.model,
    urls: () => stacks.endpoints.map(({ url }) => url),
    emit,
  });
  return door;
}
