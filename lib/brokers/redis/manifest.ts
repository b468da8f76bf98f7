import * as z from 'zod'
import { AppError } from '#lib/protocol/errors.ts'
import { matchesGlob } from '#lib/util/glob.ts'
import type { Can, Draft, Manifest, ModeManifest, Preview, PreviewContext, Varying } from '../contract.ts'
import { channelFact, queueFact, streamFact } from './life-facts.ts'
import { subChannel } from './names.ts'
import { fanoutProfile, listProfile, logProfile, profile, queueProfile } from './profile.ts'
import {
  fanoutConsumerSettings,
  listConsumerSettings,
  listDestinationSettings,
  logConsumerSettings,
  logDestinationSettings,
  queueConsumerSettings,
  queueDestinationSettings,
} from './settings.ts'
import { fanoutSnippets, logSnippets, queueSnippets } from './snippets.ts'

/** The error for a power that a mode lacks, in the manifest's words. */
export const notCapable = ({ lacks }: ModeManifest, power: keyof Can): AppError =>
  new AppError('not-capable', lacks[power] ?? '')

export const queueMode: ModeManifest = {
  ...queueProfile,
  destinationSettings: queueDestinationSettings,
  consumerSettings: queueConsumerSettings,
  messageSettings: z.object({}),
  snippets: queueSnippets,
  fact: queueFact,
  preview: () => ({ kind: 'open' }),
}

export const listMode: ModeManifest = {
  ...queueMode,
  ...listProfile,
  destinationSettings: listDestinationSettings,
  consumerSettings: listConsumerSettings,
}

/** Those who listen now to the channel, by its name or by a pattern. */
function fanoutPreview({ key }: Draft, { consumers }: PreviewContext): Preview {
  const rest = subChannel('', key)
  const hears = ({ settings, state }: PreviewContext['consumers'][number]) => {
    if (state !== 'attached' && state !== 'paused') return false
    const { listensTo, pattern } = fanoutConsumerSettings.catch(EXACT).parse(settings)
    return listensTo === 'exact' ? rest === '' : matchesGlob(pattern, rest)
  }
  return { kind: 'consumers', names: consumers.filter(hears).map(({ name }) => name) }
}
const EXACT = { listensTo: 'exact', pattern: '*', processingMs: 0 } as const

export const fanoutMode: ModeManifest = {
  ...fanoutProfile,
  destinationSettings: z.object({}),
  consumerSettings: fanoutConsumerSettings,
  messageSettings: z.object({}),
  snippets: fanoutSnippets,
  fact: channelFact,
  preview: fanoutPreview,
}

const logPreview = (_draft: Draft, { consumers }: PreviewContext): Preview => ({
  kind: 'consumers',
  names: consumers.filter(({ state }) => state === 'attached' || state === 'paused').map(({ name }) => name),
})

export const logMode: ModeManifest = {
  ...logProfile,
  destinationSettings: logDestinationSettings,
  consumerSettings: logConsumerSettings,
  startsAtEnd: ({ from }) => from === 'new',
  messageSettings: z.object({}),
  snippets: logSnippets,
  fact: streamFact,
  preview: logPreview,
}

/** A stream with a group, or a bare list: its settings decide. */
const queue: ModeManifest & Varying<ModeManifest> = {
  ...queueMode,
  variant: ({ kind }) => (kind === 'list' ? listMode : queueMode),
}

export const manifest: Manifest = { ...profile, modes: { queue, fanout: fanoutMode, log: logMode } }
