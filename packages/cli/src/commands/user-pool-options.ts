import { resolve } from "node:path";
import { type CommandInput, type Terminal, UsageError } from "../command.ts";

/** The option for key sets that stand in for those of user pools. */
export const userPoolOptions = { "user-pool-keys": { type: "string", multiple: true } } as const;

/** Key sets by id of the pool, as the user named them. @throws {UsageError} */
export function userPoolKeysOf(input: CommandInput, { folder }: Terminal): Record<string, string> {
  const given = (input.values["user-pool-keys"] ?? []) as string[];
  return Object.fromEntries(
    given.map((text) => {
      const [, id, place] = /^([\w-]+_[A-Za-z0-9]+)=(.+)$/.exec(text) ?? [];
      if (id !== undefined && place !== undefined) {
        return [id, /^https?:/.test(place) ? place : resolve(folder, place)];
      }
      throw new UsageError(
        `--user-pool-keys is "${text}"; give the pool's id and its key set, such as us-east-1_AbCd=keys.json.`,
      );
    }),
  );
}
