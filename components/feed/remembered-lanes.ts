import * as z from 'zod'
import { type ChoiceStorage, type Choices, choicesKey, REMEMBERED, tabStorage } from './lane-choice.ts'

const choicesSchema = z.record(z.string(), z.array(z.string()).max(REMEMBERED))

/** What this tab chose in a room before. Storage may be forbidden or hold anything: then nothing is remembered. */
export function rememberedLanes(room: string, storage: ChoiceStorage | null = tabStorage()): Choices {
  try {
    const parsed = choicesSchema.safeParse(JSON.parse(storage?.getItem(choicesKey(room)) ?? '{}'))
    return parsed.success ? parsed.data : {}
  } catch {
    return {}
  }
}
