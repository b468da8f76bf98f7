import type { LifeStep } from '#lib/brokers/contract.ts'
import type { LifeView, MessageView } from './views.ts'

/** One system's side of a message, with its steps in order of measured time. */
export interface LifeOnPaper {
  life: LifeView
  steps: readonly LifeStep[]
}

const INDENT = 2

/** A message and all that became of it, as JSON that a person can read. Times are milliseconds since the epoch. */
export function messageJson(message: MessageView, lives: readonly LifeOnPaper[]): string {
  const { lives: _, ...content } = message
  const told = lives.map(({ life, steps }) => ({
    system: life.system,
    destination: life.destination,
    receipt: life.receipt,
    earlierDeliveries: life.earlier,
    steps,
  }))
  return JSON.stringify({ ...content, lives: told }, null, INDENT)
}
