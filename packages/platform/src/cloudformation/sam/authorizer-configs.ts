import { get, isGiven, type ValueMap } from "../value.ts";
import { expectMap } from "./property-schema.ts";

/**
 * The entries of an API's `Auth.Authorizers`, by name, each checked only once it is wanted: the first mistake is told.
 *
 * @throws {SamError} if one is no map.
 */
export function* authorizerConfigs(
  logicalId: string,
  auth: ValueMap,
): Iterable<readonly [name: string, config: ValueMap]> {
  const configs = get(auth, "Authorizers");
  if (!isGiven(configs)) return;
  const subject = { id: logicalId };
  for (const [name, config] of Object.entries(expectMap(configs, subject, "Auth.Authorizers"))) {
    yield [name, expectMap(config, subject, `Auth.Authorizers.${name}`)];
  }
}
