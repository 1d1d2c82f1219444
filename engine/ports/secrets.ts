/** Secrets and environment values. Values never reach logs, errors or the store. */
export interface Secrets {
  /** The value, or undefined when it is not set. */
  secret(name: string): string | undefined;
  env(name: string): string | undefined;
  /** Why a secret has no value although somebody said where it is. */
  whyNot?(name: string): string | undefined;
}
