import type { ModeManifest, Preview } from '#lib/brokers/contract.ts'
import type { SendRequest } from '#lib/feed/feed.ts'
import type { DestinationView } from '#lib/ledger/model/views.ts'
import type { Settings } from '#lib/protocol/room.ts'
import { type HeaderLine, headersOf } from './message-headers.ts'
import { changedSettings, initialSettings, settingFields } from './setting-fields.ts'

/** What a message is given beside its text. */
export interface Extras {
  key: string
  headers: readonly HeaderLine[]
  settings: Settings
}

export const NO_EXTRAS: Extras = { key: '', headers: [], settings: {} }

/** What differs from the mode's defaults, of what the mode knows. Nothing set is known without working out a form. */
function settingsOf({ messageSettings }: ModeManifest, settings: Settings): Settings {
  if (Object.keys(settings).length === 0) return {}
  const defaults = initialSettings(settingFields(messageSettings))
  const known = Object.entries(settings).filter(([name]) => name in defaults)
  return changedSettings(defaults, Object.fromEntries(known))
}

/** How many extras are set: the number beside the options button. */
export const extrasSet = (mode: ModeManifest, { headers, settings }: Extras): number =>
  (mode.can.headers ? Object.keys(headersOf(headers)).length : 0) +
  Object.keys(settingsOf(mode, settings)).length

/** The part of a send that the mode understands; what is empty is left out. */
export function extrasFor(
  mode: ModeManifest,
  extras: Extras,
): Pick<SendRequest, 'key' | 'headers' | 'settings'> {
  const headers = mode.can.headers ? headersOf(extras.headers) : {}
  const settings = settingsOf(mode, extras.settings)
  return {
    ...(mode.can.key === null || extras.key === '' ? {} : { key: extras.key }),
    ...(Object.keys(headers).length === 0 ? {} : { headers }),
    ...(Object.keys(settings).length === 0 ? {} : { settings }),
  }
}

/** Where a message is going to go, as the mode's manifest derives it from what is on the screen. */
export function previewOf(
  mode: ModeManifest,
  extras: Extras,
  view: DestinationView | undefined,
): Preview | null {
  if (!mode.preview || !view) return null
  const defaults = initialSettings(settingFields(mode.messageSettings))
  const draft = {
    key: extras.key,
    headers: headersOf(extras.headers),
    settings: { ...defaults, ...settingsOf(mode, extras.settings) },
  }
  const { destination, consumers, facts } = view
  const receivers = consumers.filter(({ role }) => role === undefined)
  return mode.preview(draft, {
    settings: destination.settings,
    consumers: receivers,
    facts: facts?.facts ?? null,
  })
}
