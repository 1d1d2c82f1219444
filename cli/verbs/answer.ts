import { jsonText } from "../output/list.ts";
import type { CommonOptions, VerbInput, VerbModule } from "../verb.ts";
import { actor, admin, type AdminOptions } from "../workspace/admin.ts";

interface Options extends CommonOptions, AdminOptions {
  readonly by?: string;
  readonly comment?: string;
  readonly pick?: string;
}

/** The verb that answers a task with `choice`, or with its second argument. */
export function answer(choice?: string): VerbModule<Options & { workspace?: string }> {
  return {
    run: async ({ terminal, arguments: [task = "", given = ""], options }: VerbInput<Options>) => {
      const chosen = choice ?? given;
      const by = actor(options);
      const { body } = await admin(
        `tasks/${encodeURIComponent(task)}/choose`,
        {
          choice: chosen,
          ...(options.pick === undefined ? {} : { pick: options.pick }),
          ...(options.comment === undefined ? {} : { comment: options.comment }),
        },
        options,
        terminal,
      );
      const what = options.pick === undefined ? chosen : `${chosen} ${options.pick}`;
      terminal.out(
        options.json === true ? jsonText(body) : `task ${task}: ${what} by ${by}, recorded\n`,
      );
      return 0;
    },
  };
}
