import { type LossyProxy, startLossyProxy } from "./lossy-proxy.ts";
import { type Operations, type OperationsOptions, startOperations } from "./operations.ts";
import { startTryton, type TrytonClient } from "./tryton.ts";

/** Operations of which Tryton plays the ERP's, and Tryton itself beside them. */
export interface TrytonOperations<Name extends string> extends Operations<Name> {
  /** Asks Tryton past the engine. */
  readonly tryton: TrytonClient;
  /** Stands between the engine and Tryton. */
  readonly proxy: LossyProxy;
}

/** `environment` is what the systems beside Tryton need. */
export async function startTrytonOperations<Name extends string>({
  environment = {},
  ...options
}: Omit<OperationsOptions<Name>, "environment"> & {
  readonly environment?: Readonly<Record<string, string>>;
}): Promise<TrytonOperations<Name>> {
  const tryton = await startTryton();
  const proxy = await startLossyProxy(tryton.url);
  const world = await startOperations({
    ...options,
    environment: { ...environment, ...tryton.environment, TRYTON_URL: proxy.url },
  }).catch(async (error: unknown) => {
    await proxy.close();
    throw error;
  });
  return {
    ...world,
    tryton: tryton.admin,
    proxy,
    stop: async () => {
      await world.stop();
      await proxy.close();
    },
  };
}
