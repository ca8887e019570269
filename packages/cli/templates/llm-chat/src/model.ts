import type { LanguageModel } from "ai";
import { mockModel } from "./mock-model.ts";

/**
 * The model that answers: a mock, which wants no key and no network. The README says how to put a real one here, for
 * instance Amazon Bedrock's: `bedrock("amazon.nova-lite-v1:0")` of `@ai-sdk/amazon-bedrock`.
 */
export const model: LanguageModel = mockModel();
