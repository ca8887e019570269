import type { Behaviour, Contract, Verdict } from "./contract.ts";

const words: Readonly<Record<Verdict, string>> = {
  pass: "pass",
  differs: "differs",
  unknown: "AWS unknown",
  "not emulated": "not emulated",
};

/** The page that shows what is as on AWS, and by which test. */
export function conformancePage(contracts: readonly Contract[]): string {
  const all = contracts.flatMap(({ behaviours }) => behaviours);
  const documented = all.filter(({ verdict }) => verdict !== "unknown");
  const passing = documented.filter(({ verdict }) => verdict === "pass").length;
  const percent = (Math.floor((1_000 * passing) / documented.length) / 10).toFixed(1);
  return `${[
    "# Conformance",
    `Sluice does ${passing} of the ${documented.length} behaviours below as AWS documents them or was recorded to do them: ${percent} %. Each is shown by the test beside it; a run of all tests writes this page, and fails where a test of it is missing or fails.`,
    table(
      ["Verdict", "What it means", "Rows"],
      [
        ["pass", "as AWS documents it, or was recorded to do it", count(all, "pass")],
        ["differs", "known to be otherwise here; the note says why", count(all, "differs")],
        [
          "AWS unknown",
          "AWS says nothing, or contradicts itself; the note says what we chose",
          count(all, "unknown"),
        ],
        ["not emulated", "the note says what happens instead", count(all, "not emulated")],
      ],
    ),
    ...contracts.map(section),
  ].join("\n\n")}\n`;
}

function section({ title, sources, behaviours }: Contract): string {
  const rows = behaviours.map(({ behaviour, verdict, test, note = "" }) => [
    behaviour,
    words[verdict],
    [test === undefined ? "" : link(test), note].filter((part) => part !== "").join("; "),
  ]);
  const from = sources.map((source, index) => `[${index + 1}](${source})`).join(", ");
  return `## ${title}\n\nSources: ${from}.\n\n${table(["Behaviour", "Verdict", "Test, and what to know"], rows)}`;
}

function link(test: string): string {
  const [file = "", ...names] = test.split(" > ");
  const name = names.join(" › ") || file.replace(/^.*\//, "");
  return `[${escaped(name)}](../${file})`;
}

function count(behaviours: readonly Behaviour[], verdict: Verdict): string {
  return String(behaviours.filter((each) => each.verdict === verdict).length);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** In a cell, a bar would end it. */
function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}

function escaped(text: string): string {
  return text.replace(/[[\]*_`<>]/g, "\\$&");
}
