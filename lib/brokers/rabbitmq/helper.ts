import type { Control } from './control.ts'
import { queueExists } from './queue.ts'

/** An exchange and its queue of one name, beside a destination: for its dead letters, or for what no binding took. */
export interface Helper {
  readonly name: string
  /** One more each time the queue was found to be gone, with everything in it. */
  readonly generation: number
  /** Makes what is missing. Throws AppError `broker-refused` when something else of that name is in the way. */
  ensure(): Promise<void>
  /** `onlyMade`: leaves it there unless it was made here. */
  remove(onlyMade: boolean): Promise<void>
}

/** Durable both, so that what was given up on is found again, and so that no version of RabbitMQ refuses them. */
export function createHelper(control: Control, name: string): Helper {
  let generation = 0
  let isMade = false
  let isSure = false
  return {
    name,
    get generation() {
      return generation
    },
    ensure: async () => {
      if (!(await queueExists(control, name))) {
        isMade = true
        if (isSure) generation += 1
      }
      await control.withChannel(async (channel) => {
        await channel.assertExchange(name, 'fanout', { durable: true })
        await channel.assertQueue(name, { durable: true })
        await channel.bindQueue(name, name, '')
      })
      isSure = true
    },
    remove: async (onlyMade) => {
      if (onlyMade && !isMade) return
      await control.withChannel(async (channel) => {
        await channel.deleteQueue(name)
        await channel.deleteExchange(name)
      })
    },
  }
}
