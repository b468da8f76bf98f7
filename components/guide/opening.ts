import { systemOf, systems } from '#lib/brokers/systems.ts'
import type { Feed } from '#lib/feed/feed.ts'
import { sendTargets } from '../feed/lane-ref.ts'
import { errorWords } from '../words/errors.ts'
import { targetsWords } from '../words/targets.ts'

/** The one line of an empty desk: what this is. */
export const OPENING = 'One message, three brokers: see who gets it, who does not, and why.'

/** "Send one to all three" */
export function sendFirstWords(feed: Feed): string {
  const labels = sendTargets(feed).map(({ manifest }) => manifest.label)
  return `Send one to ${targetsWords(labels, systems.length).all}`
}

/** What the first message says. */
export const FIRST_TEXT = 'Hello, who gets this?'

/** Sends a message to the destination that each lane shows. Answers in words what went wrong; empty when nothing did. */
export async function sendToLanes(feed: Feed, text: string): Promise<string> {
  const to = sendTargets(feed).map(({ manifest, destination }) => ({ system: manifest.id, destination }))
  const [first] = (await feed.send({ to, text })).refused
  return first ? errorWords(first.code, { ...first, label: systemOf(first.system)?.label }) : ''
}
