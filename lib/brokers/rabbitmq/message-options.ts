import { z } from 'zod'
import type { Settings } from '#lib/protocol/room.ts'
import { mandatorySetting, persistentSetting, prioritySetting, ttlSetting } from './consumer-settings.ts'
import { parsed } from './settings.ts'

const optionsSchema = z.object({
  priority: prioritySetting,
  ttlMs: ttlSetting,
  mandatory: mandatorySetting,
  persistent: persistentSetting,
})
/** What one message was given besides its text, key and headers. */
export type MessageOptions = z.infer<typeof optionsSchema>

const DEFAULTS: MessageOptions = optionsSchema.parse({})

/** All defaults where nothing was set, which costs nothing. Throws AppError `invalid`. */
export const optionsOf = (settings: Settings | undefined): MessageOptions =>
  settings === undefined ? DEFAULTS : parsed(optionsSchema, settings, 'message')
