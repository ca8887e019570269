// Lets a process that a test starts run the sources of the packages, as the tests themselves do.
import { registerHooks } from "node:module";

const sources: Readonly<Record<string, string>> = {
  "@sluice/packager": "../../packager/src/index.ts",
  "@sluice/runtime": "../../runtime/src/index.ts",
};

registerHooks({
  resolve: (specifier, context, next) => {
    const source = sources[specifier];
    return next(source === undefined ? specifier : new URL(source, import.meta.url).href, context);
  },
});
