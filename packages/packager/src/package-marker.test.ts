import { describe, expect, test } from "vitest";
import { Project } from "../test/project.ts";
import { encodePackageMarker, packageMarkerPath, readPackageMarker } from "./package-marker.ts";

const marker = { node: "24.21.0", architecture: "arm64", entry: "index.mjs" } as const;

test("a marker reads back as it was written", async () => {
  await using project = await Project.create({ [packageMarkerPath]: encodePackageMarker(marker) });
  expect(await readPackageMarker(project.folder)).toEqual(marker);
});

describe("a package without a marker of Sluice", () => {
  test.each([
    { has: "none", content: undefined },
    { has: "something that is not JSON", content: "{" },
    { has: "another tool's JSON", content: '{"name":"x"}' },
    { has: "null", content: "null" },
    { has: "a version that is none", content: encodePackageMarker({ ...marker, node: "24" }) },
    {
      has: "an entry outside of the package",
      content: encodePackageMarker({ ...marker, entry: "a/../../x" }),
    },
    { has: "an entry with an absolute path", content: encodePackageMarker({ ...marker, entry: "/bin/x" }) },
  ])("has $has", async ({ content }) => {
    await using project = await Project.create(content === undefined ? {} : { [packageMarkerPath]: content });
    expect(await readPackageMarker(project.folder)).toBeUndefined();
  });
});
