import type * as lambdaClient from "@aws-sdk/client-lambda";
import type { OperationsOf } from "../../wire/service-api.ts";
import { invalidParameter } from "./refusals.ts";

const mappings =
  "Event source mappings are not served by this platform. Invoke the function with an event of the source instead: sluice invoke, or the Invoke operation.";
const scaling =
  "Scaling of managed instances is not served by this platform: execution environments come and go as they are needed.";
const signing = "Code signing is not served by this platform: code is run whether it is signed or not.";
const runtimes =
  "The runtime of a function is this machine's here, and can't be pinned to a version of AWS's.";
const layerPolicies =
  "This platform has one account, which can use all of its layers: they have no policies here.";

/** What is refused in so many words, since people who call it wonder what to do instead. */
export function refusedOperations() {
  const refuse = (message: string) => ({
    rights: () => [],
    run: (): never => {
      throw invalidParameter(message);
    },
  });
  return {
    CreateEventSourceMapping: refuse(mappings),
    UpdateEventSourceMapping: refuse(mappings),
    GetEventSourceMapping: refuse(mappings),
    DeleteEventSourceMapping: refuse(mappings),
    PutFunctionScalingConfig: refuse(scaling),
    GetFunctionScalingConfig: refuse(scaling),
    PutFunctionCodeSigningConfig: refuse(signing),
    CreateCodeSigningConfig: refuse(signing),
    PutRuntimeManagementConfig: refuse(runtimes),
    AddLayerVersionPermission: refuse(layerPolicies),
    RemoveLayerVersionPermission: refuse(layerPolicies),
    GetLayerVersionPolicy: refuse(layerPolicies),
  } satisfies OperationsOf<typeof lambdaClient>;
}
