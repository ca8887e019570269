import { Transcript } from "../platform/transcript.ts";

/** An answer over HTTP, read as it comes. */
export class StreamedAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body = new Transcript();
  /** Whether the body came to its proper end, once nothing more comes. */
  readonly isComplete: Promise<boolean>;

  private constructor(response: Response) {
    this.status = response.status;
    this.headers = response.headers;
    this.isComplete = this.#read(response);
  }

  /** Resolves once status and headers are there. */
  static async to(url: string, query: Readonly<Record<string, string>> = {}): Promise<StreamedAnswer> {
    return new StreamedAnswer(await fetch(`${url}?${new URLSearchParams(query)}`));
  }

  async #read(response: Response): Promise<boolean> {
    const decoder = new TextDecoder();
    try {
      for await (const bytes of response.body ?? []) {
        this.body.append(decoder.decode(bytes, { stream: true }));
      }
      return true;
    } catch {
      return false;
    } finally {
      this.body.end();
    }
  }
}
