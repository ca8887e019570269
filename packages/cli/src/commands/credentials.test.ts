import { spawnSync } from "node:child_process";
import { readFile, stat, writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { Project } from "../../../packager/test/project.ts";
import { runHere } from "../../test/recording-terminal.ts";

/** What a shell has after `eval` of some text. */
function evaluated(text: string): Readonly<Record<string, string>> {
  const { stdout } = spawnSync("sh", ["-c", 'eval "$0"; env', text], {
    encoding: "utf8",
    env: { PATH: "/usr/bin:/bin" },
  });
  return Object.fromEntries(stdout.split("\n").map((line) => line.split(/=(.*)/s).slice(0, 2)));
}

describe("sluice credentials", () => {
  test("prints nothing but what a shell can evaluate", async () => {
    await using project = await Project.create({});
    const { code, out } = await runHere(["credentials"], project.folder);
    expect(code).toBe(0);
    expect(out.split("\n").every((line) => line === "" || /^export AWS_\w+='[^']*'$/.test(line))).toBe(true);
    expect(evaluated(out)).toMatchObject({
      AWS_ACCESS_KEY_ID: expect.stringMatching(/^ASIA[A-Z2-7]{16}$/),
      AWS_SECRET_ACCESS_KEY: expect.stringMatching(/^\S{40}$/),
      AWS_SESSION_TOKEN: expect.stringMatching(/^\S{200,}$/),
      AWS_REGION: "us-east-1",
      AWS_DEFAULT_REGION: "us-east-1",
      AWS_ENDPOINT_URL: "http://127.0.0.1:7000",
    });
  });

  test("are the same each time, and only their owner can read them", async () => {
    await using project = await Project.create({});
    const first = await runHere(["credentials"], project.folder);
    expect(await runHere(["credentials"], project.folder)).toEqual(first);
    expect((await stat(project.path(".sluice/credentials.json"))).mode & 0o777).toBe(0o600);
  });

  test("name the port and the region of the platform that runs", async () => {
    await using project = await Project.create({
      ".sluice/running-7123.json": JSON.stringify({ pid: process.pid, port: 7123, region: "eu-west-1" }),
    });
    const { out, talk } = await runHere(["credentials"], project.folder);
    expect(talk).toBe("");
    expect(evaluated(out)).toMatchObject({
      AWS_REGION: "eu-west-1",
      AWS_DEFAULT_REGION: "eu-west-1",
      AWS_ENDPOINT_URL: "http://127.0.0.1:7123",
    });
  });

  test("that no platform here takes come with a warning, for they may be meant for another folder's", async () => {
    await using project = await Project.create({});
    const { talk } = await runHere(["credentials"], project.folder);
    expect(talk).toBe(
      `WARNING: no platform runs with the state in ${project.path(".sluice")}. These credentials are refused by one that runs in another folder, and the port is a guess.\n`,
    );
  });

  test("come in the form of a credential process", async () => {
    await using project = await Project.create({});
    const { out, talk } = await runHere(["credentials", "--json"], project.folder);
    expect(talk).toBe("");
    expect(JSON.parse(out)).toEqual({
      Version: 1,
      AccessKeyId: expect.any(String),
      SecretAccessKey: expect.any(String),
      SessionToken: expect.any(String),
    });
  });

  test("of a user have no session token, and take away the one that the shell had", async () => {
    await using project = await Project.create({});
    const before = await runHere(["credentials"], project.folder);
    const { out } = await runHere(["credentials", "--long-term"], project.folder);
    const variables = evaluated(before.out + out);
    expect(variables).toMatchObject({
      AWS_ACCESS_KEY_ID: expect.stringMatching(/^AKIA[A-Z2-7]{16}$/),
      AWS_SECRET_ACCESS_KEY: expect.stringMatching(/^\S{40}$/),
    });
    expect(variables).not.toHaveProperty("AWS_SESSION_TOKEN");
    const json = await runHere(["credentials", "--long-term", "--json"], project.folder);
    expect(JSON.parse(json.out)).toEqual({
      Version: 1,
      AccessKeyId: variables["AWS_ACCESS_KEY_ID"],
      SecretAccessKey: variables["AWS_SECRET_ACCESS_KEY"],
    });
    const AWS_CONFIG_FILE = project.path("config");
    await runHere(["credentials", "--long-term", "--profile", "user"], project.folder, "", {
      AWS_CONFIG_FILE,
    });
    expect(await readFile(AWS_CONFIG_FILE, "utf8")).toMatch(
      /^credential_process = .* credentials --json --state ".*" --long-term$/m,
    );
  });

  test("come with a profile that has the endpoint and asks for them, beside what was there", async () => {
    await using project = await Project.create({ config: "[default]\nregion = eu-west-1\n" });
    const environment = { AWS_CONFIG_FILE: project.path("config") };
    const write = (...parameters: string[]) =>
      runHere(["credentials", "--profile", ...parameters], project.folder, "", environment);
    expect((await write("local")).code).toBe(0);
    expect((await write("local", "--state", "other")).code).toBe(0);
    const state = project.path("other");
    expect(await readFile(project.path("config"), "utf8")).toMatch(
      new RegExp(
        `^\\[default\\]\nregion = eu-west-1\n\n\\[profile local\\]\nregion = us-east-1\nendpoint_url = http://127.0.0.1:7000\ncredential_process = ".+" ".*" credentials --json --state "${state}"\n+$`,
      ),
    );
    const { code, talk } = await write("default");
    expect([code, talk]).toEqual([1, expect.stringContaining("has a profile default that is not Sluice's.")]);
  });

  test("that were spoilt are told in a line", async () => {
    await using project = await Project.create({ ".sluice/x": "" });
    await writeFile(project.path(".sluice/credentials.json"), "{", { mode: 0o600 });
    const { code, out, talk } = await runHere(["credentials"], project.folder);
    expect(talk).toMatch(/^sluice credentials: .*credentials\.json.*\n$/);
    expect({ code, out }).toEqual({ code: 1, out: "" });
  });
});
