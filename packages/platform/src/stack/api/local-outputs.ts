import type { AddressBook } from "../../endpoints.ts";
import { functionUrl, stageUrl } from "../../endpoints.ts";
import type { StackModel } from "../stack-model.ts";

/**
 * Rewrites the addresses of this platform's own stages and function URLs in a text to those at which they answer here.
 * Addresses that belong to nobody here stay as they are.
 */
export function withLocalAddresses(text: string, model: StackModel, book: AddressBook): string {
  return text
    .replaceAll(
      /https:\/\/([a-z0-9]+)\.execute-api\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?\/([A-Za-z0-9_$-]+)\/?/g,
      (whole: string, apiId: string, stage: string) => {
        const isOwn = model.stages.some((each) => each.apiId === apiId && each.name === stage);
        if (!isOwn) return whole;
        const local = stageUrl(apiId, stage, book);
        return whole.endsWith("/") ? local : local.slice(0, -1);
      },
    )
    .replaceAll(
      /https:\/\/([a-z0-9]+)\.lambda-url\.[a-z0-9-]+\.on\.aws(\/?)/g,
      (whole: string, urlId: string, slash: string) => {
        if (!model.urls.some(({ id }) => id === urlId)) return whole;
        const local = functionUrl(urlId, book);
        return slash === "" ? local.slice(0, -1) : local;
      },
    );
}
