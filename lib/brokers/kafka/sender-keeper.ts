import type { DriverLog } from '../contract.ts'
import { reasonOf } from './errors.ts'
import type { LinkOptions } from './link.ts'
import { openSender, type Sender, type SenderKind } from './sender.ts'

/** Always one producer to send with while the broker is up: a new one takes the place of each that failed. */
export interface SenderKeeper {
  /** The usable producer; waits while one is connecting, rejects when that fails. Nothing was sent then. */
  get(): Promise<Sender>
  /** Sees to it that there is one, so that the next message needn't wait for it. */
  warm(): void
  /**
   * Opens a new one, which then takes the place of the one in use; that one ends once its receipts are there. Resolves once
   * it did, or once it couldn't.
   */
  renew(): Promise<void>
  /** No further messages; what is in flight may still get its receipt. */
  retire(): void
  /** Everything in flight is lost. */
  kill(reason: string): void
  /** Resolves once all have ended; call `kill` or let their receipts come first. */
  gone(): Promise<void>
}

export function createSenderKeeper(
  options: LinkOptions & { log: DriverLog },
  kind: SenderKind,
): SenderKeeper {
  const alive = new Set<Sender>()
  let current: Sender | undefined
  let opening: Promise<Sender> | undefined
  let round = 0

  const open = async (): Promise<Sender> => {
    const mine = round
    const opened = await openSender(options, kind)
    if (mine !== round) {
      opened.kill('the broker went away')
      throw new Error('the broker went away')
    }
    for (const sender of alive) if (sender.isGone) alive.delete(sender)
    alive.add(opened)
    current = opened
    return opened
  }

  const get = (): Promise<Sender> => {
    if (current?.usable) return Promise.resolve(current)
    opening ??= open().finally(() => {
      opening = undefined
    })
    return opening
  }

  return {
    get,
    warm: () => {
      get().catch((error) => options.log.debug({ reason: reasonOf(error) }, 'no producer yet'))
    },
    renew: async () => {
      const old = current
      if (!old) return
      try {
        await open()
        old.retire()
      } catch (error) {
        options.log.debug({ reason: reasonOf(error) }, 'the producer was not renewed')
      }
    },
    retire: () => {
      round++
      current?.retire()
      current = undefined
    },
    kill: (reason) => {
      round++
      current = undefined
      for (const sender of alive) sender.kill(reason)
    },
    gone: async () => {
      await Promise.all([...alive].map((sender) => sender.gone()))
      alive.clear()
    },
  }
}
