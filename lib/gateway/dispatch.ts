import { AppError, type Reply, toFailure } from '#lib/protocol/errors.ts'
import { parseInput } from '#lib/protocol/parse.ts'
import { COMMANDS, type CommandInput, type CommandName, type CommandOutput } from '#lib/protocol/socket.ts'
import { acts, type CommandContext } from './commands.ts'
import type { TokenBucket } from './token-bucket.ts'
import type { GatewayLog } from './types.ts'

export interface DispatchOptions extends CommandContext {
  bucket: TokenBucket
  log: GatewayLog
}

/** Runs one packet a socket sent: any event name, any arguments, an acknowledgement asked for or not. Never throws. */
export type Dispatch = (event: unknown, args: readonly unknown[]) => void

export function createDispatch({ bucket, log, ...context }: DispatchOptions): Dispatch {
  const run = async (event: unknown, input: unknown): Promise<Reply<unknown>> => {
    try {
      const retryAfterMs = bucket.take()
      if (retryAfterMs > 0) throw new AppError('rate-limited', 'too many commands', { retryAfterMs })
      if (!isCommand(event)) throw new AppError('command-not-found', 'there is no such command')
      return { ok: true, value: await act(context, event, input) }
    } catch (error) {
      if (!(error instanceof AppError)) log.error({ err: error, command: event }, 'a command failed')
      return toFailure(error)
    }
  }

  return (event, args) => {
    const last = args.at(-1)
    const acknowledge = typeof last === 'function' ? last : undefined
    const input = typeof args[0] === 'function' ? undefined : args[0]
    // Acknowledging a socket that has left does nothing.
    run(event, input)
      .then((reply) => acknowledge?.(reply))
      .catch((error: unknown) => log.error({ err: error, command: event }, 'an acknowledgement failed'))
  }
}

const isCommand = (event: unknown): event is CommandName =>
  typeof event === 'string' && Object.hasOwn(COMMANDS, event)

function act<C extends CommandName>(
  context: CommandContext,
  command: C,
  raw: unknown,
): CommandOutput<C> | Promise<CommandOutput<C>> {
  // The map pairs each command with its own schema, a link that the type of an indexed access loses.
  const input = parseInput(COMMANDS[command].input, raw ?? {}) as CommandInput<C>
  return acts[command](context, input)
}
