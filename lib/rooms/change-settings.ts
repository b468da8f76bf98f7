import type { Settings } from '#lib/protocol/room.ts'
import { type ConsumerFace, roleOf } from './consumer-face.ts'
import type { ConsumerLine } from './consumer-line.ts'

export interface SettingsParts {
  face: ConsumerFace
  line: ConsumerLine
  /** From now on these hold, here and at the next attachment. */
  settle(settings: Settings): void
  leave(): Promise<void>
  attach(): Promise<void>
  ensure(): Promise<void>
}

/**
 * Settings of one consumer, handed to its driver where it is attached; what the driver refuses changes nothing. A change
 * of role takes leaving and joining, so that every arrival is told in the role in which it came.
 */
export async function changeSettings(parts: SettingsParts, settings: Settings): Promise<void> {
  const { face, line, settle } = parts
  const isAttached = line.busy && face.now.state !== 'crashed'
  if (isAttached && roleOf(settings).role !== face.now.role) return await rejoin(parts, settings)
  if (isAttached) await line.handle?.update(settings)
  settle(settings)
}

async function rejoin({ face, settle, leave, attach, ensure }: SettingsParts, settings: Settings) {
  const before = face.now.settings
  await leave()
  settle(settings)
  try {
    await attach()
  } catch (error) {
    settle(before)
    await ensure()
    throw error
  }
}
