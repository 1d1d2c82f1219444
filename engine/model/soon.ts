/** A value that is there, or will be: what nearly always waits for nothing need not pay for a wait. */
export type Soon<T> = T | Promise<T>;

/** Goes on with a value: within this call where it is there. */
export function whenThere<T, U>(value: Soon<T>, use: (value: T) => Soon<U>): Soon<U> {
  return value instanceof Promise ? value.then(use) : use(value);
}
