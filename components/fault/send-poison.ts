import type { Feed } from '#lib/feed/feed.ts'
import { POISON_HEADER } from '#lib/protocol/poison.ts'
import type { LaneRef } from '../feed/lane-ref.ts'
import { errorWords } from '../words/errors.ts'

const TEXT = 'Nobody can process this'

/** Sends a message whose processing always fails, which is one header. Answers in words what went wrong. */
export async function sendPoison(feed: Feed, { manifest, destination }: LaneRef): Promise<string> {
  const { id: system, label } = manifest
  const headers = { [POISON_HEADER]: 'true' }
  const [refused] = (await feed.send({ to: [{ system, destination }], text: TEXT, headers })).refused
  return refused ? errorWords(refused.code, { label, ...refused }) : ''
}
