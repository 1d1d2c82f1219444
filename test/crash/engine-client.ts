/** The admin API of an engine that may be gone: what it cannot answer is undefined. */
export class EngineClient {
  readonly #url: string;
  readonly #token: string;

  constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  async get<T>(path: string): Promise<T | undefined> {
    return this.#ask("GET", path);
  }

  async post<T>(path: string, body: unknown): Promise<T | undefined> {
    return this.#ask("POST", path, JSON.stringify(body));
  }

  async #ask<T>(method: string, path: string, body?: string): Promise<T | undefined> {
    try {
      const answer = await fetch(`${this.#url}/admin/v1${path}`, {
        method,
        headers: { "content-type": "application/json", authorization: `Bearer ${this.#token}` },
        signal: AbortSignal.timeout(10_000),
        ...(body === undefined ? {} : { body }),
      });
      const value = (await answer.json()) as T;
      return answer.ok ? value : undefined;
    } catch {
      return undefined;
    }
  }
}
