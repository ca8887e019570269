import { run, skip, type Tool } from "./tool.ts";

/** Finds a curl that signs requests. */
export async function findCurl(): Promise<Tool<string>> {
  const version = /^curl (\d+)\.(\d+)/.exec(await run("curl", ["--version"]).catch(() => ""));
  if (version === null) return skip("curl is not on this machine.");
  const [major, minor] = [Number(version[1]), Number(version[2])];
  // https://curl.se/docs/manpage.html#--aws-sigv4; names under localhost are resolved since 7.85.
  if (major < 7 || (major === 7 && minor < 85)) {
    return skip(
      `curl ${major}.${minor} is older than 7.85, and can't sign requests to names under localhost.`,
    );
  }
  return { tool: "curl" };
}
