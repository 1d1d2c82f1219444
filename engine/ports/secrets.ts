/** Secrets and environment values. Values never reach logs, errors or the store. */
export interface Secrets {
  /** The value, or undefined when it is not set. */
  secret(name: string): string | undefined;
  env(name: string): string | undefined;
}
