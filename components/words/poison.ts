import type { ModeProfile } from '#lib/brokers/contract.ts'
import { isPoison } from '#lib/protocol/poison.ts'

export const POISON_MEANS = 'poison, its processing always fails'

interface Carries {
  readonly headers: Readonly<Record<string, string>> | null
}

/** Whether a message is poison to who processes it here. Elsewhere it passes, or its header does not ride along. */
export const isPoisonAt = ({ can }: ModeProfile, { headers }: Carries): boolean =>
  can.poison && isPoison(headers)
