import type * as client from "@aws-sdk/client-api-gateway";
import type { Account } from "@aws-sdk/client-api-gateway";
import type { OperationsOf } from "../../wire/service-api.ts";
import { type ApiPlane, defined } from "./api-plane.ts";
import { readChanges } from "./patch.ts";
import { badRequest, notFound, refusing } from "./refusals.ts";

const type = "AWS::ApiGateway::Account";

/** What holds for the whole account, and what this platform has none of. */
export function accountOperations(plane: ApiPlane) {
  return {
    GetAccount: () => accountShape(plane),
    UpdateAccount: ({ patchOperations }) => {
      for (const { path, op, value } of readChanges(patchOperations)) {
        if (path === "/features") continue;
        if (path !== "/cloudwatchRoleArn") throw badRequest(`Invalid patch path ${path}`);
        const role = op === "remove" || value === "" ? undefined : value;
        const [known] = plane.ofType("Account");
        refusing("The account's role for logs", () => {
          if (known !== undefined) plane.resources.change(known, { CloudWatchRoleArn: role });
          else if (role !== undefined) {
            plane.resources.create({ type, name: "account", properties: { CloudWatchRoleArn: role } });
          }
        });
      }
      return accountShape(plane);
    },
    // There are no custom domains, VPC links or certificates here.
    GetDomainNames: () => ({ items: [] }),
    GetDomainName: ({ domainName }) => {
      throw notFound(`Invalid domain name identifier specified: ${domainName}`);
    },
    GetVpcLinks: () => ({ items: [] }),
    GetClientCertificates: () => ({ items: [] }),
  } satisfies OperationsOf<typeof client>;
}

function accountShape(plane: ApiPlane): Account {
  return defined({
    cloudwatchRoleArn: plane.model.apiLogRoles.at(-1),
    throttleSettings: { burstLimit: 5000, rateLimit: 10_000 },
    features: ["UsagePlans"],
    apiKeyVersion: "4",
  });
}
