// Stacks in a process of their own, so that it can be killed: folder, templates that are deployed one after the other, and
// "delete" if the stack is deleted then. It says which objects and buckets it is about, and stays there.
import { MemoryObjects } from "./memory-objects.ts";
import { StackBench } from "./stack-bench.ts";

const [folder = "", templates = "[]", end] = process.argv.slice(2);
const forever = (what: string) => {
  process.send?.(what);
  return new Promise<never>(() => {});
};

class HeldObjects extends MemoryObjects {
  override beforeRead = (key: string) => forever(`read ${key}`);

  override deleteBucket(bucket: string): Promise<void> {
    return forever(`delete ${bucket}`);
  }
}

// Whoever listens stays.
process.on("message", () => {});
const bench = await StackBench.open(folder, new HeldObjects());
for (const template of JSON.parse(templates) as object[]) await bench.deploy("s", template);
if (end === "delete") await bench.delete("s");
await forever("end");
